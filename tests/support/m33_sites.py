"""m33_sites: every instruction of an image for the Pico 2, random states for it, and unicorn's answer.

unicorn's `count` leaves out instructions whose IT condition fails.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.chips.rp2350.facts import SRAM
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu_dev.oracle import m33_windows
from kesu_dev.oracle.m33_windows import unicorn

LR = FLASH_BASE + 0x101
ZONE = SRAM_BASE + 0x60000
"""Where random states point to."""
INTERESTING: tuple[int, ...] = (
    0,
    0x3F800000,
    0xBF800000,
    0x40490FDB,
    0x42C80000,
    0x7F800000,
    0xFF800000,
    0x80000000,
)
INTERESTING += (0x4F000000, 0xCF000000, 1, 0x7F7FFFFF, 0x358637BD, 0x7FC00000, 0x7F800001)
FULL_ACCESS = 0x00F0_0303


@dataclass(frozen=True)
class Site:
    """One instruction of an image."""

    address: int
    words: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.words[0]


def sites(elf: Path) -> Iterator[Site]:
    """Every instruction of an ELF, by the mapping symbols ($t code, $d data) of its code in flash and RAM."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        table = image.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        marks = sorted(
            (int(entry["st_value"]), entry.name[:2] == "$t")
            for entry in table.iter_symbols()
            if entry.name[:2] in ("$t", "$d")
        )
        for section in image.iter_sections():
            if not section["sh_flags"] & 4 or section["sh_type"] == "SHT_NOBITS":
                continue
            start, content = int(section["sh_addr"]), section.data()
            end = start + len(content)
            inside = [(at, code) for at, code in marks if start <= at < end]
            for (at, code), (until, _) in zip(inside, [*inside[1:], (end, False)], strict=True):
                if code:
                    yield from _sites(content[at - start : until - start], at)


def _sites(content: bytes, start: int) -> Iterator[Site]:
    at = 0
    while at + 2 <= len(content):
        first = int.from_bytes(content[at : at + 2], "little")
        size = 4 if first >= 0xE800 else 2
        if at + size > len(content):
            return
        yield Site(
            start + at,
            tuple(int.from_bytes(content[at + i : at + i + 2], "little") for i in range(0, size, 2)),
        )
        at += size


def compared(site: Site) -> bool:
    """Whether it can be compared singly: no IT, hint, BKPT, SVC, UDF, MSR, MRS, coprocessor of the chip."""
    first = site.first
    if len(site.words) == 1:
        return first >> 8 not in (0xBE, 0xBF, 0xDE, 0xDF) and (first & 0xFFE8) != 0xB660
    second = site.words[1]
    if (first & 0xFFE0) in (0xF380, 0xF3A0, 0xF3E0) or first == 0xF3BF:
        return False
    coprocessor = (first & 0xEC00) == 0xEC00
    return not coprocessor or second >> 8 & 15 in (10, 11)


class Oracle(m33_windows.Oracle):
    """unicorn for single instructions: it notes where they write, so that not all of SRAM has to be compared."""

    def __init__(self, chip: Rp2350) -> None:
        super().__init__(chip)
        self.wrote: list[tuple[int, int]] = []
        self.uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._note)

    def _note(self, _uc: Any, _kind: int, address: int, size: int, _value: int, _data: Any) -> None:
        self.wrote.append((address, size))

    def memory_differs(self) -> list[int]:
        """Addresses in SRAM, of those that unicorn wrote, where the two differ."""
        found = []
        for address, size in self.wrote:
            at = address - SRAM_BASE
            if 0 <= at < len(SRAM) and bytes(self.sram[at : at + size]) != bytes(
                self.chip.m33.sram[at : at + size]
            ):
                found.append(address)
        return found


def randomise(state: m33.State, site: Site, generator: random.Random) -> None:
    """A random state about to execute the instruction: registers often point into `ZONE`, or are small."""
    for number in range(13):
        kind = generator.random()
        state.r[number] = (
            ZONE + generator.randrange(0, 0x8000, 4)
            if kind < 0.5
            else generator.randrange(64)
            if kind < 0.7
            else generator.getrandbits(32)
        )
    for base in _bases(site):
        if base < 13:
            state.r[base] = ZONE + generator.randrange(0, 0x8000, 4)
    state.r[13], state.r[14], state.r[15] = ZONE + 0x9000, LR, site.address
    for number in range(32):
        state.s[number] = (
            generator.choice(INTERESTING) if generator.random() < 0.5 else generator.getrandbits(32)
        )
    state.fpscr = generator.choice((0, 0x2000_0000, 0x3000_0000, 0x6000_0000, 0x8000_0000))
    state.fpca, state.fpccr, state.cpacr = 1, 0xC000_0000, FULL_ACCESS
    state.n, state.z, state.c, state.v = (generator.getrandbits(1) for _ in range(4))
    state.q = state.ge = state.it = state.ipsr = state.primask = state.check = state.exclusive = 0
    state.spsel = state.msplim = state.fault = state.cfsr = state.hfsr = state.sys_active = (
        state.sys_pending
    ) = 0
    state.thumb, state.ccr = 1, 0x201
    for word in range(2):
        state.irq_pending[word] = state.irq_active[word] = 0


def _bases(site: Site) -> list[int]:
    """Base registers of a load or store, so that most accesses go to SRAM."""
    first = site.first
    if len(site.words) == 1:
        if first >> 12 in (5, 6, 7, 8):
            return [first >> 3 & 7]
        return [first >> 8 & 7] if first >> 12 == 0xC else []
    wide = (first & 0xFE00) in (0xE800, 0xF800, 0xEC00)
    return [first & 15] if wide else []


def small_offsets(state: m33.State, site: Site, generator: random.Random) -> None:
    """Registers added to a base are small, and so is the index of a table of branches (TBB, TBH)."""
    first = site.first
    if (first & 0xFFF0) == 0xE8D0 and (site.words[1] & 0xFFE0) == 0xF000:
        state.r[site.words[1] & 15] = generator.randrange(8)
        return
    if len(site.words) == 1 and first >> 12 == 5:
        state.r[first >> 6 & 7] = generator.randrange(2048)
        state.r[first >> 3 & 7] = ZONE + generator.randrange(0, 0x8000, 4)
    elif len(site.words) == 2 and (first & 0xFE80) == 0xF800 and not site.words[1] & 0x800:
        index = site.words[1] & 15
        if index < 13 and index != first & 15:
            state.r[index] = generator.randrange(256)


def only_nan_payloads(differing: dict[str, tuple[int, int]]) -> bool:
    """Whether only s registers differ, and both values are NaNs."""
    return all(
        re.fullmatch(r"s\d+", name) and all((value & 0x7FFF_FFFF) > 0x7F80_0000 for value in values)
        for name, values in differing.items()
    )
