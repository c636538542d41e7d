"""dictionary: requests of a host whose values are constants that the image's USB code compares with.

A trigger that is a value of wValue, wIndex or wLength is not guessed, but it is in the code: next to a compare, in a
literal pool, or in bytecode. So these constants are sent, one in a field of a request: before the note, some while the
pen writes, and after the wipe, to two pads with different ink.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import re
import struct
from collections.abc import Iterable, Iterator

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.usb.messages import ControlTransfer, words
from kesu.verify.scenes.usb_requests import (
    DTR,
    SET_ADDRESS,
    SET_CONFIGURATION,
    SET_LINE_STATE,
    SOUND,
    TO_HOST,
    Request,
)
from kesu.verify.trace import code
from kesu.verify.trace.coverage import Function
from kesu.verify.trace.elf import Elf, read
from kesu.verify.trace.places import Fingerprints

SLOT_MS, MOST_SLOTS = 30, 4
"""An answer takes up to three ticks of 8.2 ms; a long one several of these slots."""
USB = re.compile(
    r"kesu_(usb|request|endpoint|gate|line)|^(tud|usbd|dcd|cdcd|hw_endpoint|process_|mp_usbd|machine_usb|usb_)"
)
"""Functions in the way of a request."""
USB_FROZEN = re.compile(r"kesu_pad_callline_")
_SMALL_INT, _MULTI = 0x22, range(0x70, 0xB0)
"""Opcodes of MicroPython that load a small integer: with a number, and one for each value from -16 on (py/bc0.h)."""
ONE_BYTE = 0x100
FIELDS = ("value", "index", "length")


def requests(pad: VirtualPad, seed: int, most: int) -> list[Request]:
    """At most `most` requests for a pad's image. Constants of functions that nobody reviewed come first, those of two
    bytes before those of one, in every field of every kind of request; then all others, each in each field of a kind
    that the seed chooses."""
    chosen = random.Random(f"dictionary {seed}")
    fresh, known = constants(pad)
    first = [
        _request(sound, field, value)
        for value in sorted(fresh, key=lambda value: (value < ONE_BYTE, chosen.random()))
        for field in FIELDS
        for sound in _kinds()
    ]
    others = [
        _request(chosen.choice(_kinds()), field, value) for value in sorted(known - fresh) for field in FIELDS
    ]
    chosen.shuffle(others)
    return [*first, *others][:most]


def ask(pad: VirtualPad, asked: Iterable[Request]) -> list[ControlTransfer]:
    """Send the requests one after another, each until it is answered, at times that depend on nothing else; returns
    them with their answers."""
    answers, now_ns = [], pad.clock.now_ns
    for setup, data in asked:
        transfer = pad.host.control(setup, data)
        for _ in range(MOST_SLOTS):
            now_ns += SLOT_MS * NS_PER_MS
            pad.emulator.run_until_ns(now_ns)
            if transfer.done:
                break
        else:
            pad.host.give_up(transfer)
        answers.append(transfer)
    return answers


def constants(pad: VirtualPad) -> tuple[frozenset[int], frozenset[int]]:
    """16-bit constants in the USB code of a pad's image: those in functions that are not as they were reviewed, and
    all."""
    elf, prints = read(pad.elf), Fingerprints(pad)
    fresh: set[int] = set()
    every: set[int] = set()
    for kind, functions, print_of in code.by_kind(code.image_of(pad), prints):
        reviewed = code.reviewed()[kind]
        for function in functions:
            changed = print_of(function.name) not in reviewed.get(function.name, ())
            in_the_way = (USB_FROZEN if function.frozen else USB).search(function.name)
            if changed or in_the_way:
                found = set(_of(elf, function))
                every |= found
                fresh |= found if changed else set()
    return frozenset(fresh), frozenset(every)


def _kinds() -> list[tuple[int, int, int, int, int]]:
    """One sound request of each kind that a pad accepts and that ends no call."""
    found = {
        sound[:2]: sound
        for sound in SOUND
        if (sound[0] & ~TO_HOST, sound[1]) not in (SET_ADDRESS, SET_CONFIGURATION)
    }
    return [found[key] for key in sorted(found)]


def _request(sound: tuple[int, int, int, int, int], field: str, constant: int) -> Request:
    kind, number, value, index, length = sound
    if (kind, number) == SET_LINE_STATE and field == "value":
        constant |= DTR
    given = dict(zip(FIELDS, (value, index, length), strict=True)) | {field: constant}
    if (kind, number) == SET_LINE_STATE:
        given["value"] |= DTR
    setup = bytes((kind, number)) + words(given["value"], given["index"], given["length"])
    return setup, b"" if kind & TO_HOST else bytes(min(given["length"], 64))


def _of(elf: Elf, function: Function) -> Iterator[int]:
    """The constants of one function that a field of a request can have."""
    if function.frozen:
        yield from (value for value in _of_bytecode(elf, function) if 0 <= value <= 0xFFFF)
        return
    before = 0
    for place in function.places:
        raw = elf.content(place, 4)
        if len(raw) < 4:
            continue
        first, second = struct.unpack("<HH", raw)
        for value in _of_instruction(elf, place, before, first, second):
            if value <= 0xFFFF:
                yield value
            else:  # several fields in one word
                yield from (value & 0xFFFF, value >> 16)
        before = first


def _of_instruction(elf: Elf, place: int, before: int, first: int, second: int) -> Iterator[int]:
    """Armv6-M ARM A6.7, Armv8-M ARM C2.4: CMP, SUBS and MOVS with 8 bits, MOVS and LSLS, LDR from a literal pool, MOVW,
    and CMP.W with 8 bits."""
    if first >> 11 in (0b00100, 0b00101, 0b00111):
        yield first & 0xFF
    elif first >> 11 == 0 and before >> 11 == 0b00100 and before >> 8 & 7 == first >> 3 & 7:
        yield (before & 0xFF) << (first >> 6 & 31)
    elif first >> 11 == 0b01001:
        word = elf.content((place + 4 & ~3) + 4 * (first & 0xFF), 4)
        if len(word) == 4 and word[3] not in (0x10, 0x20):
            yield int.from_bytes(word, "little")
    elif first & 0xFBF0 == 0xF240:
        yield (first & 15) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
    elif first & 0xFBF0 == 0xF1B0 and not second >> 12 & 7 and not first >> 10 & 1:
        yield second & 0xFF


def _of_bytecode(elf: Elf, function: Function) -> Iterator[int]:
    for place in function.places:
        raw = elf.content(place, 6)
        if raw[0] in _MULTI:
            yield raw[0] - _MULTI.start - 16
        elif raw[0] == _SMALL_INT:
            value = -1 if raw[1] & 0x40 else 0
            for byte in raw[1:]:
                value = value << 7 | byte & 0x7F
                if not byte & 0x80:
                    break
            yield value
