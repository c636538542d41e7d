"""coverage: what of an image ran while there was ink: opcodes of frozen functions, instructions of C."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu.emulator.shadow.labels import SEEN_WITH_INK
from kesu.emulator.trace.tracer import COVERED_BYTES, Tracer
from kesu.verify.trace.elf import FROZEN, Elf, read
from kesu.verify.trace.places import VARIANT

PREFIX = "kesu_pad_"
"""Of the names of the application's frozen functions, after FROZEN."""
# MicroPython, py/bc.h and py/bc0.h: the prelude of a function, and the forms of opcodes.
_FORMS = 0x0000_03A4
_NUMBER, _OFFSET = (1, 2), 3
_EXTRA_BYTE = 0x9E


@dataclass(frozen=True)
class Function:
    """One function of an image. places: addresses of its opcodes, or instructions."""

    name: str
    frozen: bool
    places: tuple[int, ...]


@dataclass
class Ran:
    """What ran while there was ink: one bit for each halfword of code and for each byte of bytecode."""

    executed: bytes = b""
    fetched: bytes = b""

    @staticmethod
    def of(tracer: Tracer) -> Ran:
        """What a trace saw so far."""
        shadow = tracer.shadow
        return Ran(*(_bits(flags) for flags in (shadow.executed, shadow.fetched)))

    def add(self, other: Ran) -> None:
        """Add what ran elsewhere on the same image."""
        self.executed = _either(self.executed, other.executed)
        self.fetched = _either(self.fetched, other.fetched)

    def ran(self, function: Function) -> int:
        """How many of its places ran."""
        return sum(self._ran(place, function.frozen) for place in function.places)

    def _ran(self, place: int, frozen: bool) -> bool:
        if frozen:
            return _bit(self.fetched, place - FLASH_BASE)
        offset = place - FLASH_BASE if place < SRAM_BASE else COVERED_BYTES + place - SRAM_BASE
        return _bit(self.executed, offset // 2)


def _bits(flags: ctypes.Array[ctypes.c_uint8]) -> bytes:
    seen = np.frombuffer(memoryview(flags).cast("B"), dtype=np.uint8) & SEEN_WITH_INK
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
                    found.frozen.append(Function(one.name.removeprefix(FROZEN), True, places))
            elif one.size and not elf.is_data(one.address):
                name = VARIANT.sub("", one.name)
                owned = one.file in files or name.startswith("kesu_")
                function = Function(name, False, tuple(_instructions(elf, one.address, one.size)))
                (found.own if owned else found.others).append(function)
        return found


def _instructions(elf: Elf, address: int, size: int) -> Iterator[int]:
    code, at = elf.content(address, size), 0
    while at + 2 <= len(code):
        if elf.is_data(address + at):
            at += 2
            continue
        yield address + at
        at += 4 if code[at + 1] >= 0xE8 else 2


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
