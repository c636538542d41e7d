"""code: symbols, bytes, calls and constants of a firmware ELF, for the audit.

Thumb encodings: ARMv6-M Architecture Reference Manual, A6.7.27 (LDR literal), A6.7.13 (BL). A Cortex-M33 has
32-bit encodings as well: ARMv8-M Architecture Reference Manual, C2.4 (LDR literal T2, MOV immediate T3, MOVT T1).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import ARMAttributesSection

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core import elf_symbols
from kesu.emulator.core.elf_symbols import FILE, FUNCTION, SECTION
from kesu.verify.structure.chips import RP2040, RP2350, Chip

# Tag_CPU_arch of ARMv8-M mainline (Addenda to the ABI for the Arm Architecture, 3.3.5.2): a Cortex-M33.
_V8M_MAIN = 17


@dataclass(frozen=True)
class Segment:
    """A loadable segment: run address, address in flash, bytes."""

    address: int
    load_address: int
    content: bytes


@dataclass(frozen=True)
class Literal:
    """A constant that a function loads, from its literal pool or as an immediate."""

    function: str
    value: int


class Code:
    """The contents of one ELF. Raises KesuError when it cannot be read or has no symbols."""

    def __init__(self, elf: Path) -> None:
        try:
            with elf.open("rb") as stream:
                image = ELFFile(stream)
                self.segments = [
                    Segment(int(part["p_vaddr"]), int(part["p_paddr"]), bytes(part.data()))
                    for part in image.iter_segments()
                    if part["p_type"] == "PT_LOAD" and part["p_filesz"]
                ]
                entries = list(elf_symbols.symbols(image))
                info = image.get_section_by_name(".binary_info")
                self.binary_info = bytes(info.data()) if info is not None else b""
                self.chip: Chip = RP2350 if _architecture(image) == _V8M_MAIN else RP2040
        except (OSError, ELFError, UnicodeDecodeError) as error:
            raise KesuError(
                f"{elf.name} cannot be read as an ELF file: {error}.",
                hint="Run `kesu dev build`.",
                code=Exit.DATA,
            ) from error
        self.symbols: dict[str, tuple[int, int]] = {}
        self.functions: list[tuple[str, int, int]] = []
        for entry in entries:
            if not entry.name or entry.name.startswith("$") or entry.kind in (FILE, SECTION):
                continue
            address = entry.value
            if entry.kind == FUNCTION:
                address &= ~1
                self.functions.append((entry.name, address, entry.size))
            self.symbols.setdefault(entry.name, (address, entry.size))
        if not self.functions:
            raise KesuError(
                f"{elf.name} has no symbols, so nothing can be said about its code.",
                hint="Give the ELF that the build wrote beside the UF2, not a stripped one.",
                code=Exit.DATA,
            )

    def matching(self, pattern: str) -> list[str]:
        """Names of symbols that match a whole regular expression, sorted."""
        wanted = re.compile(pattern)
        return sorted(name for name in self.symbols if wanted.fullmatch(name))

    def read(self, address: int, size: int) -> bytes:
        """Bytes at a run address; empty when they are not part of the image."""
        for segment in self.segments:
            start = address - segment.address
            if start >= 0 and start + size <= len(segment.content):
                return segment.content[start : start + size]
        return b""

    def word(self, address: int) -> int | None:
        """The little-endian 32-bit word at an address, None outside of the image."""
        raw = self.read(address, 4)
        return int.from_bytes(raw, "little") if raw else None

    def content(self, name: str) -> bytes:
        """The bytes of a symbol."""
        return self.read(*self.symbols[name])

    @cached_property
    def literals(self) -> list[Literal]:
        """Every constant that a function loads relative to the PC or (Cortex-M33) moves into a register."""
        wide = self._wide_literals() if self.chip is RP2350 else iter(())
        return [*self._narrow_literals(), *wide]

    def _wide_literals(self) -> Iterator[Literal]:
        """Decode at every halfword, also inside an instruction: a false constant is better than a missed one."""
        for name, start, size in self.functions:
            body = self.read(start, size & ~1)
            halves = [half for (half,) in struct.iter_unpack("<H", body)]
            low: dict[int, int] = {}
            for index, (first, second) in enumerate(pairwise(halves)):
                register = second >> 8 & 0xF
                if first & 0xFF7F == 0xF85F:
                    offset = second & 0xFFF if first & 0x80 else -(second & 0xFFF)
                    value = self.word(((start + 2 * index + 4) & ~3) + offset)
                    if value is not None:
                        yield Literal(name, value)
                elif first & 0xFBF0 == 0xF240 and not second & 0x8000:
                    low[register] = _immediate(first, second)
                    yield Literal(name, low[register])
                elif first & 0xFBF0 == 0xF2C0 and not second & 0x8000 and register in low:
                    yield Literal(name, _immediate(first, second) << 16 | low[register])

    def _narrow_literals(self) -> Iterator[Literal]:
        for name, start, size in self.functions:
            body = self.read(start, size & ~1)
            for index, (half,) in enumerate(struct.iter_unpack("<H", body)):
                if half & 0xF800 == 0x4800:
                    value = self.word(((start + 2 * index + 4) & ~3) + (half & 0xFF) * 4)
                    if value is not None:
                        yield Literal(name, value)

    def callers(self, name: str) -> list[str]:
        """Functions with a BL to a symbol, sorted."""
        target = self.symbols[name][0] & ~1
        return sorted({caller for caller, address in self._calls if address == target})

    @cached_property
    def _calls(self) -> list[tuple[str, int]]:
        calls = []
        for name, start, size in self.functions:
            body = self.read(start, size & ~1)
            halves = [half for (half,) in struct.iter_unpack("<H", body)]
            for index in range(len(halves) - 1):
                first, second = halves[index], halves[index + 1]
                if first & 0xF800 == 0xF000 and second & 0xD000 == 0xD000:
                    calls.append((name, start + 2 * index + 4 + _branch_offset(first, second)))
        return calls


def _architecture(image: ELFFile) -> int | None:
    section = image.get_section_by_name(".ARM.attributes")
    if not isinstance(section, ARMAttributesSection):
        return None
    for part in section.iter_subsections():
        for scope in part.iter_subsubsections():
            for attribute in scope.iter_attributes("TAG_CPU_ARCH"):
                return int(attribute.value)
    return None


def _immediate(first: int, second: int) -> int:
    """The 16 bits of MOVW and MOVT: imm4, i, imm3, imm8."""
    return (first & 0xF) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF


def _branch_offset(first: int, second: int) -> int:
    sign = first >> 10 & 1
    high = 1 - (second >> 13 & 1 ^ sign)
    low = 1 - (second >> 11 & 1 ^ sign)
    offset = sign << 24 | high << 23 | low << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    return offset - (1 << 25) if sign else offset
