"""instructions: every instruction of an image, by its mapping symbols, and states in which it can be compared."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE

from kesu_dev.oracle.oracle_core import PC, SP, CoreState

ZONE = range(SRAM_BASE + 0x1_0000, SRAM_BASE + 0x3_0000)
"""Where data accesses of the states go; above the code in SRAM."""
STACK = SRAM_BASE + 0x3_8000
EDGES = (0, 1, 2, 31, 32, 33, 0xFF, 0x100, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF)

_SHF_EXECINSTR = 4


@dataclass(frozen=True)
class Site:
    """One instruction. second: its second halfword, 0 if it has none."""

    address: int
    op: int
    second: int

    @property
    def excluded(self) -> str:
        """Why unicorn cannot answer for it ("" if it can)."""
        if self.op & 0xFF00 == 0xDF00:
            return "SVC"
        if self.op & 0xFF00 in (0xBE00, 0xDE00) or (
            self.op & 0xFFF0 == 0xF7F0 and self.second & 0xF000 == 0xA000
        ):
            return "BKPT, UDF"
        if self.op in (0xBF20, 0xBF30, 0xBF40):
            return "WFE, WFI, SEV"
        if self.op & 0xFFE0 == 0xB660:
            return "CPS"
        if self.op & 0xFFE0 in (0xF380, 0xF3E0) and self.second & 0xD000 == 0x8000 and self.op != 0xF3BF:
            return "MSR, MRS"
        return ""


@dataclass(frozen=True)
class Code:
    """All instructions of an image, and what its ELF puts into SRAM (address, bytes)."""

    sites: list[Site]
    data: list[tuple[int, bytes]]


def of_image(elf: Path) -> Code:
    """Read an ELF. Code is what follows a mapping symbol $t in a section that is executable."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        table: Any = image.get_section_by_name(".symtab")
        marks: dict[int, list[tuple[int, str]]] = {}
        for symbol in table.iter_symbols():
            if symbol.name[:2] in ("$t", "$d"):
                marks.setdefault(symbol["st_shndx"], []).append((symbol["st_value"], symbol.name[:2]))
        sites: list[Site] = []
        data: list[tuple[int, bytes]] = []
        for index, section in enumerate(image.iter_sections()):
            if section["sh_type"] != "SHT_PROGBITS":
                continue
            start, content = section["sh_addr"], section.data()
            if start >= SRAM_BASE and section["sh_flags"] & 2:
                data.append((start, content))
            if section["sh_flags"] & _SHF_EXECINSTR:
                sites += _decode(start, content, sorted(marks.get(index, [])))
    return Code(sites, data)


def _decode(start: int, content: bytes, marks: list[tuple[int, str]]) -> list[Site]:
    addresses = [address for address, _ in marks]
    sites = []
    at = start
    while at + 2 <= start + len(content):
        kind = marks[bisect_right(addresses, at) - 1][1] if marks and at >= addresses[0] else "$d"
        if kind == "$d":
            at += 2
            continue
        op = int.from_bytes(content[at - start :][:2], "little")
        wide = op >> 11 >= 0x1D
        second = int.from_bytes(content[at - start + 2 :][:2], "little") if wide else 0
        sites.append(Site(at, op, second))
        at += 4 if wide else 2
    return sites


def state_for(site: Site, generator: random.Random) -> CoreState:
    """A random state: edge values are frequent, and most addresses of loads and stores are in memory."""
    registers = [_value(generator) for _ in range(16)]
    registers[SP], registers[PC] = STACK + 4 * generator.randrange(16), site.address
    registers[14] |= 1
    op, top = site.op, site.op >> 12
    size, store = _access(op)
    if top == 5:
        base, offset = op >> 3 & 7, op >> 6 & 7
        if base == offset:  # twice the same register: half of an address
            registers[base] = _address(generator, 4, True) >> 1
        else:
            registers[offset] = size * generator.randrange(-64, 64) & 0xFFFF_FFFF
            registers[base] = _address(generator, size, store)
    elif top in (6, 7, 8):
        registers[op >> 3 & 7] = _address(generator, size, store)
    elif top == 0xC:
        registers[op >> 8 & 7] = _address(generator, size, store)
    elif op & 0xFF00 == 0x4700:
        registers[op >> 3 & 15] = (FLASH_BASE + generator.randrange(0x10_0000)) | 1
    elif op & 0xFF87 in (0x4487, 0x4687):  # ADD, MOV to the program counter
        registers[op >> 3 & 15] = generator.randrange(0x1000) + (FLASH_BASE if op & 0x200 else 0)
    registers[SP] &= ~3
    registers[PC] = site.address
    return CoreState(tuple(registers), generator.randrange(16) << 28)


def _value(generator: random.Random) -> int:
    kind = generator.random()
    if kind < 0.4:
        return generator.choice(EDGES)
    return generator.randrange(64) if kind < 0.6 else generator.randrange(1 << 32)


def _access(op: int) -> tuple[int, bool]:
    """Size of a load or store with a base register, and whether it stores."""
    top = op >> 12
    if top == 5:
        return ((4, True), (2, True), (1, True), (1, False), (4, False), (2, False), (1, False), (2, False))[
            op >> 9 & 7
        ]
    return {7: 1, 8: 2}.get(top, 4), not op & 0x800


def _address(generator: random.Random, size: int, store: bool) -> int:
    """An address that `size` divides: unicorn's Cortex-M0 has no fault for others, so they have no oracle. Flash is
    for loads: what a store to it does is the RP2040's matter, not the core's."""
    if not store and generator.random() < 0.1:
        return FLASH_BASE + 0x1000 + size * generator.randrange(0x1_0000 // size)
    return generator.randrange(ZONE.start, ZONE.stop, size)
