"""m33_windows: unicorn as a second opinion on the core of the Pico 2, over the memories of a chip; windows of a run.

unicorn 2.1 (UC_CPU_ARM_CORTEX_M33) has neither NVIC nor stacking, so exceptions and lazy stores are not compared. What
is known of it: `count` leaves out instructions whose IT condition fails, and it keeps bits 1:0 of SP (the architecture
has them zero).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from importlib import import_module
from typing import Any

from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.chips.rp2350.facts import FLASH_BYTES, SRAM
from kesu.emulator.core.facts import DPRAM_BASE, FLASH_BASE, SRAM_BASE

unicorn: Any = import_module("unicorn")  # without types
arm_const: Any = import_module("unicorn.arm_const")

FLASH_ALIAS = 0x1400_0000
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
        self.uc.mem_write(
            SRAM_BASE, VMOV
        )  # the first floating-point instruction opens a context and clears FPSCR
        self.uc.emu_start(SRAM_BASE | 1, 0xFFFF_FFFF, count=1)

    def _map(self, base: int, size: int, memory: int) -> None:
        self.uc.mem_map_ptr(base, size, unicorn.UC_PROT_ALL, memory)

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


def _flags(state: m33.State) -> int:
    return int(state.n << 31 | state.z << 30 | state.c << 29 | state.v << 28 | state.q << 27)


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
