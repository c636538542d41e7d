"""oracle_core: a Cortex-M0 of unicorn over the memories of an emulated chip: one state in, the state after N out.

unicorn 2.1 is QEMU's translator, with which rp2040js, rp2040py and thumb.c share no line. It has no NVIC, no exception
entry and no peripherals, so it answers only for instructions that use registers and memory. It keeps bits 1:0 of SP,
which are zero by the manual (B1.4.1); the comparison clears them.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import importlib
from dataclasses import dataclass
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.facts import DPRAM_BASE, FLASH_BASE, SRAM_BASE

SP, PC = 13, 15
_STOP_NOWHERE = 0xFFFF_FFFF
_ROM_BASE = 0
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


@dataclass(frozen=True)
class CoreState:
    """registers: r0 to r15, the program counter without bit 0. flags: NZCV in bits 31:28."""

    registers: tuple[int, ...]
    flags: int

    def differences(self, other: CoreState) -> list[str]:
        """What differs, as "r3 00000001 00000002", this state's value first."""
        found = [
            f"r{index} {mine:08x} {theirs:08x}"
            for index, (mine, theirs) in enumerate(zip(self.registers, other.registers, strict=True))
            if mine != theirs
        ]
        if self.flags != other.flags:
            found.append(f"NZCV {self.flags >> 28:04b} {other.flags >> 28:04b}")
        return found


def read_state(core: Any) -> CoreState:
    """State of the emulator's core."""
    registers = tuple(int(value) for value in core.r)
    return CoreState((*registers[:PC], registers[PC] & 0xFFFF_FFFE), int(core.apsr))


def write_state(core: Any, state: CoreState) -> None:
    """Set the emulator's core to that state, in Thread mode without anything pending."""
    for index, value in enumerate(state.registers):
        core.r[index] = value
    core.apsr = state.flags
    core.thumb, core.locked_up, core.waiting = True, False, False
    core.active = core.ipsr = core.current_mode = 0
    core.interrupts_updated = False


class OracleError(Exception):
    """unicorn cannot execute that: a fault, or something outside the memories. The text is unicorn's."""


class Oracle:
    """A core of unicorn. ROM, flash and USB RAM are those of the chip, read only; SRAM is its own (`sram`)."""

    def __init__(self, mcu: Any) -> None:
        try:
            unicorn: Any = importlib.import_module("unicorn")
            arm_const: Any = importlib.import_module("unicorn.arm_const")
        except ImportError as error:
            raise KesuError(
                "unicorn is not installed.", hint="`./dev setup` installs it.", code=Exit.UNAVAILABLE
            ) from error
        self._failed = unicorn.UcError
        uc: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc = uc
        uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M0)
        self.sram = (ctypes.c_ubyte * len(mcu.sram))()
        self._chip = [
            (base, (ctypes.c_ubyte * memoryview(memory).nbytes).from_buffer(memory))
            for base, memory in (
                (_ROM_BASE, mcu.bootrom),
                (FLASH_BASE, mcu.flash),
                (DPRAM_BASE, mcu.usb_dpram),
            )
        ]
        for base, memory in self._chip:
            uc.mem_map_ptr(
                base, len(memory), unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC, ctypes.addressof(memory)
            )
        uc.mem_map_ptr(SRAM_BASE, len(self.sram), unicorn.UC_PROT_ALL, ctypes.addressof(self.sram))
        low = [arm_const.UC_ARM_REG_R0 + index for index in range(13)]
        high = [arm_const.UC_ARM_REG_SP, arm_const.UC_ARM_REG_LR, arm_const.UC_ARM_REG_PC]
        names = [*low, *high, arm_const.UC_ARM_REG_APSR]
        # r0 to r15, then the flags. unicorn's public functions make these arrays anew in each call, which takes longer
        # than the instruction.
        self._values = (ctypes.c_uint32 * len(names))()
        self._names = (ctypes.c_int * len(names))(*names)
        first, size = ctypes.addressof(self._values), ctypes.sizeof(ctypes.c_uint32)
        self._places = (ctypes.c_void_p * len(names))(*(first + size * index for index in range(len(names))))

    def forget_code(self) -> None:
        """Translate code in SRAM again: it was changed from outside."""
        self._uc.ctl_remove_cache(SRAM_BASE, SRAM_BASE + len(self.sram))

    def run(self, state: CoreState, count: int) -> CoreState:
        """The state after `count` instructions from `state` on. Raises OracleError."""
        values = self._values
        values[:] = [*state.registers, state.flags]
        values[PC] |= 1
        self._batch(self._uc._do_reg_write_batch)
        try:
            self._uc.emu_start(values[PC], _STOP_NOWHERE, count=count)
        except self._failed as error:
            raise OracleError(str(error)) from error
        self._batch(self._uc._do_reg_read_batch)
        *registers, flags = values
        registers[SP] &= ~3
        registers[PC] &= ~1
        return CoreState(tuple(registers), flags & 0xF000_0000)

    def _batch(self, transfer: Any) -> None:
        """Write or read all registers of unicorn."""
        status = transfer(self._names, self._places, len(self._names))
        if status:
            raise self._failed(status)


def same_memory(one: Any, other: Any) -> bool:
    """Whether two ctypes arrays of equal size hold the same bytes."""
    return len(one) == len(other) and _memcmp(one, other, len(one)) == 0
