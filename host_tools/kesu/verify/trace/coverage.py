"""coverage: what of an image ran while there was ink: opcodes of frozen functions, instructions of C."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu.emulator.shadow.labels import JUMP_LONG, JUMP_SHORT, PASSED, SEEN_WITH_INK, TAKEN
from kesu.emulator.trace.tracer import COVERED_BYTES, Tracer
from kesu.verify.trace.elf import FROZEN, Elf, read
from kesu.verify.trace.places import VARIANT

OUTCOMES = (SEEN_WITH_INK, TAKEN, PASSED)
PREFIX = "kesu_pad_"
"""Of the names of the application's frozen functions, after FROZEN."""
# MicroPython, py/bc.h and py/bc0.h: the prelude of a function, and the forms of opcodes.
_FORMS = 0x0000_03A4
_NUMBER, _OFFSET = (1, 2), 3
_EXTRA_BYTE = 0x9E
_CONDITIONAL = frozenset((0x43, 0x44, 0x45, 0x46, 0x4B))
"""POP_JUMP_IF_TRUE, POP_JUMP_IF_FALSE, JUMP_IF_TRUE_OR_POP, JUMP_IF_FALSE_OR_POP, FOR_ITER."""


@dataclass(frozen=True)
class Function:
    """One function of an image. places: addresses of its opcodes, or instructions; jumps: of
    conditional ones, of which both outcomes have to be seen."""

    name: str
    frozen: bool
    places: tuple[int, ...]
    jumps: frozenset[int]


@dataclass
class Ran:
    """What ran while there was ink: one bit for each halfword of code and for each byte of bytecode."""

    seen: dict[tuple[bool, int], bytes] = field(default_factory=dict)

    @staticmethod
    def of(tracer: Tracer) -> Ran:
        """What a trace saw so far."""
        shadow = tracer.shadow
        flags = {True: shadow.fetched, False: shadow.executed}
        return Ran({(frozen, one): _bits(flags[frozen], one) for frozen in flags for one in OUTCOMES})

    def add(self, other: Ran) -> None:
        """Add what ran elsewhere on the same image."""
        for key, bits in other.seen.items():
            self.seen[key] = _either(self.seen.get(key, b""), bits)

    def ran(self, function: Function) -> int:
        """How many of its places ran."""
        return sum(self._ran(place, function) for place in function.places)

    def reached(self, function: Function) -> int:
        """How many of its places ran, and how many ends of its conditional jumps were seen."""
        return sum(
            _bit(self.seen.get((function.frozen, one), b""), _index(place, function))
            for place in function.places
            for one in (OUTCOMES if place in function.jumps else (SEEN_WITH_INK,))
        )

    def _ran(self, place: int, function: Function) -> bool:
        index = _index(place, function)
        wanted = OUTCOMES if place in function.jumps else (SEEN_WITH_INK,)
        return all(_bit(self.seen.get((function.frozen, one), b""), index) for one in wanted)


def mark_jumps(tracer: Tracer, image: Image) -> None:
    """Let the trace see how the conditional jumps of the frozen functions end."""
    flash, flags = tracer.pad.flash, tracer.shadow.fetched
    for function in image.frozen:
        for place in function.jumps:
            offset = place - FLASH_BASE
            flags[offset] |= JUMP_LONG if flash[offset + 1] & 0x80 else JUMP_SHORT


def _index(place: int, function: Function) -> int:
    """The bit of a place."""
    offset = place - FLASH_BASE if place < SRAM_BASE else COVERED_BYTES + place - SRAM_BASE
    return offset if function.frozen else offset // 2


def _bits(flags: ctypes.Array[ctypes.c_uint8], one: int) -> bytes:
    seen = np.frombuffer(memoryview(flags).cast("B"), dtype=np.uint8) & one
    return np.packbits(seen != 0, bitorder="little").tobytes()


def _either(one: bytes, other: bytes) -> bytes:
    if not one or not other:
        return one or other
    return np.bitwise_or(np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8)).tobytes()


def _bit(bits: bytes, index: int) -> bool:
    return index // 8 < len(bits) and bool(bits[index // 8] >> index % 8 & 1)


@dataclass
class Image:
    """The functions of an image. own: compiled from files of the given names, or called kesu_...; others: the rest."""

    frozen: list[Function] = field(default_factory=list)
    own: list[Function] = field(default_factory=list)
    others: list[Function] = field(default_factory=list)

    @staticmethod
    def of(pad: VirtualPad, files: frozenset[str]) -> Image:
        """Read the ELF of a pad's image. files: names of the project's C files."""
        found = Image()
        elf = read(pad.elf)
        for one in elf.functions:
            if one.name.startswith(FROZEN):
                if one.name.startswith(FROZEN + PREFIX):
                    code = elf.content(one.address, one.size)
                    places = tuple(one.address + offset for offset in _opcodes(code))
                    jumps = frozenset(place for place in places if code[place - one.address] in _CONDITIONAL)
                    found.frozen.append(Function(one.name.removeprefix(FROZEN), True, places, jumps))
            elif one.size and not elf.is_data(one.address):
                name = VARIANT.sub("", one.name)
                owned = one.file in files or name.startswith("kesu_")
                code = elf.content(one.address, one.size)
                places = tuple(_instructions(elf, one.address, code))
                jumps = frozenset(at for at in places if _is_conditional(code, at - one.address))
                function = Function(name, False, places, jumps)
                (found.own if owned else found.others).append(function)
        return found


def _instructions(elf: Elf, address: int, code: bytes) -> Iterator[int]:
    at = 0
    while at + 2 <= len(code):
        if elf.is_data(address + at):
            at += 2
            continue
        yield address + at
        at += 4 if code[at + 1] >= 0xE8 else 2


def _is_conditional(code: bytes, at: int) -> bool:
    """B with a condition, of 16 or 32 bits; CBZ, CBNZ (Armv8-M ARM C2.3)."""
    first = int.from_bytes(code[at : at + 2], "little")
    if first >> 12 == 0xD:
        return first >> 9 & 7 != 7
    if first & 0xF500 == 0xB100:
        return True
    wide = first & 0xF800 == 0xF000 and at + 4 <= len(code) and code[at + 3] & 0xD0 == 0x80
    return wide and first >> 6 & 15 < 14


def _opcodes(code: bytes) -> Iterator[int]:
    """Offsets of the opcodes of one function."""
    at = _prelude(code)
    while at < len(code):
        yield at
        opcode = code[at]
        form = _FORMS >> 2 * (opcode >> 4) & 3
        at += 1
        if form in _NUMBER:
            while code[at] & 0x80:
                at += 1
            at += 1
        elif form == _OFFSET:
            at += 2 if code[at] & 0x80 else 1
        at += not opcode & _EXTRA_BYTE


def _prelude(code: bytes) -> int:
    """Bytes before the first opcode (MP_BC_PRELUDE_SIG_DECODE, MP_BC_PRELUDE_SIZE_DECODE)."""
    at = 0
    while code[at] & 0x80:
        at += 1
    at, info, cells, shift = at + 1, 0, 0, 0
    while True:
        byte = code[at]
        info |= (byte >> 1 & 0x3F) << 6 * shift
        cells |= (byte & 1) << shift
        at, shift = at + 1, shift + 1
        if not byte & 0x80:
            return at + info + cells
