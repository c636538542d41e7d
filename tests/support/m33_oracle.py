"""m33_oracle: unicorn as a second opinion on the core of the Pico 2: single instructions and windows of a run.

unicorn 2.1 (UC_CPU_ARM_CORTEX_M33) has neither NVIC nor stacking, so exceptions and lazy stores are not compared. What
is known of it: `count` leaves out instructions whose IT condition fails, and it keeps bits 1:0 of SP (the architecture
has them zero).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.chips.rp2350.facts import FLASH_BYTES, SRAM
from kesu.emulator.core.facts import DPRAM_BASE, FLASH_BASE, SRAM_BASE

unicorn: Any = import_module("unicorn")  # without types
arm_const: Any = import_module("unicorn.arm_const")

FLASH_ALIAS = 0x1400_0000
LR = FLASH_BASE + 0x101
ZONE = SRAM_BASE + 0x60000
"""Where random states point to."""
NZCVQ = 0xF800_0000
THUMB = 1 << 24
VMOV = bytes.fromhex("00ee100a")
"""vmov s0, r0"""
REGISTERS = [arm_const.UC_ARM_REG_R0 + number for number in range(13)] + [
    arm_const.UC_ARM_REG_SP,
    arm_const.UC_ARM_REG_LR,
    arm_const.UC_ARM_REG_PC,
]
FLOATS = [arm_const.UC_ARM_REG_S0 + number for number in range(32)]
NAMES = [*(f"r{number}" for number in range(16)), *(f"s{number}" for number in range(32)), "flags", "fpscr"]
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


class Oracle:
    """unicorn with the memories of a chip. chip: its flash and boot ROM are shared, its SRAM is copied."""

    def __init__(self, chip: Rp2350) -> None:
        self.chip, self.state = chip, chip.m33.state
        self.uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M33)
        self.sram = (ctypes.c_ubyte * len(SRAM))()
        self._shared = [
            (ctypes.c_ubyte * len(part)).from_buffer(part) for part in (chip.m33.flash, chip.m33.rom)
        ]
        flash = ctypes.addressof(self._shared[0])
        self._map(SRAM_BASE, len(SRAM), ctypes.addressof(self.sram))
        self._map(FLASH_BASE, FLASH_BYTES, flash)
        self._map(FLASH_ALIAS, FLASH_BYTES, flash)
        self._map(0, m33.ROM_BYTES, ctypes.addressof(self._shared[1]))
        self.uc.mem_map(DPRAM_BASE, 0x1000, unicorn.UC_PROT_READ)
        self.wrote: list[tuple[int, int]] = []
        self.uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._note)
        self.uc.mem_write(ZONE, VMOV)  # the first floating-point instruction opens a context and clears FPSCR
        self.uc.emu_start(ZONE | 1, 0xFFFF_FFFF, count=1)

    def _map(self, base: int, size: int, memory: int) -> None:
        self.uc.mem_map_ptr(base, size, unicorn.UC_PROT_ALL, memory)

    def _note(self, _uc: Any, _kind: int, address: int, size: int, _value: int, _data: Any) -> None:
        self.wrote.append((address, size))

    def load(self) -> None:
        """Take over the registers of the chip's core."""
        state, write = self.state, self.uc.reg_write
        write(arm_const.UC_ARM_REG_FPSCR, state.fpscr)
        for number, register in enumerate(REGISTERS[:15]):
            write(register, state.r[number])
        for number, register in enumerate(FLOATS):
            write(register, state.s[number])
        # All of XPSR, not APSR alone: unicorn may have stopped inside an IT block, and would go on with it.
        write(arm_const.UC_ARM_REG_XPSR, _flags(state) | state.ge << 16 | THUMB)
        write(arm_const.UC_ARM_REG_PRIMASK, state.primask)

    def load_memory(self) -> None:
        """Take over the content of SRAM and USB RAM."""
        ctypes.memmove(self.sram, bytes(self.chip.m33.sram), len(SRAM))
        self.uc.mem_write(DPRAM_BASE, bytes(self.chip.mcu.usb_dpram))

    def run(self, address: int, count: int) -> str:
        """Execute; "" or unicorn's error."""
        try:
            self.uc.emu_start(address | 1, 0xFFFF_FFFF, count=count)
        except unicorn.UcError as error:
            return str(error)
        return ""

    def differences(self) -> dict[str, tuple[int, int]]:
        """Registers that differ: the chip's value, unicorn's."""
        state, read = self.state, self.uc.reg_read
        mine = [*state.r, *state.s, _flags(state), state.fpscr]
        theirs = [read(register) for register in (*REGISTERS, *FLOATS)]
        theirs += [read(arm_const.UC_ARM_REG_APSR) & NZCVQ, read(arm_const.UC_ARM_REG_FPSCR)]
        theirs[13] &= ~3
        theirs[15] &= ~1
        return {name: (a, b) for name, a, b in zip(NAMES, mine, theirs, strict=True) if a != b}

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


def _flags(state: m33.State) -> int:
    return int(state.n << 31 | state.z << 30 | state.c << 29 | state.v << 28 | state.q << 27)


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
    """Registers added to a base are small."""
    first = site.first
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


class Windows:
    """Compares windows of a running pad: at most `longest` instructions each, one of every `every` runs of the core."""

    def __init__(self, chip: Rp2350, longest: int, every: int) -> None:
        self._oracle = Oracle(chip)
        self._chip, self._longest, self._every = chip, longest, every
        self._go, self._runs = chip.m33._go, 0
        self.windows = self.instructions = 0
        self.skipped: dict[str, int] = {}
        self.found: list[str] = []
        chip.m33._go = self._spy  # type: ignore[method-assign]

    def _spy(self, until: int, most: int, mmio_allowed: int = 0, watch_ignored: int = 0) -> None:
        state = self._chip.m33.state
        self._runs += 1
        if mmio_allowed or state.it or state.check or self._runs % self._every:
            self._go(until, most, mmio_allowed, watch_ignored)
            return
        oracle = self._oracle
        oracle.load_memory()
        oracle.load()
        start, begun, taken, failed = state.r[15], state.instructions, state.exceptions, state.it_failed
        lazy = state.fpccr
        self._go(until, self._longest, mmio_allowed, watch_ignored)
        count = state.instructions - begun - (state.it_failed - failed)
        # unicorn does not know of floating-point registers that an exception has left to be stored.
        undisturbed = state.exceptions == taken and state.fpccr == lazy
        ended = undisturbed and state.left not in (m33.WFE, m33.WFI, m33.ROM) and not state.it
        if count and ended:
            self._compare(start, count)

    def _compare(self, start: int, count: int) -> None:
        oracle = self._oracle
        error = oracle.run(start, count)
        if error:
            self.skipped[error] = self.skipped.get(error, 0) + 1
            return
        self.windows += 1
        self.instructions += count
        differing = oracle.differences()
        mine, theirs = bytes(self._chip.m33.sram), bytes(oracle.sram)
        if mine != theirs:
            at = next(at for at, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other)
            differing[f"sram+0x{at:x}"] = (mine[at], theirs[at])
        if differing:
            self.found.append(f"{count} from 0x{start:08x}: {differing}")
