"""debug_target: a pad's memory as its debug port sees it, and its core's halting (Armv6-M ARM C1.6, Armv8-M ARM B13.5).

TIMER stands still while the core is halted, because DBGPAUSE is set after a reset (RP2040 datasheet 4.6.5); the
watchdog and SysTick go on here.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.rp2040 import address_map
from kesu.emulator.core.emulator import Emulator
from kesu.emulator.core.facts import DPRAM, FLASH

from kesu_dev.together.debug_port import Memory

DHCSR, DCRSR, DCRDR = 0xE000_EDF0, 0xE000_EDF4, 0xE000_EDF8
KEY = 0xA05F_0000
DEBUG_ENABLE, HALT, S_REGRDY, S_HALT = 1 << 0, 1 << 1, 1 << 16, 1 << 17
_XPSR = 16


_REGISTERS = (0x400B_0000, 0x400D_8000, 0x400E_0000, 0x4010_0000)
"""TIMER0, watchdog, boot RAM and POWMAN of an RP2350, with their aliases (RP2350 datasheet 2.2.4)."""
_ALIASES = 0x3FFF


class MemoriesOnly:
    """Of an RP2350: SRAM, flash, the RAM of USB, and the blocks of _REGISTERS; others are not read here."""

    def __init__(self, pad: Emulator) -> None:
        self._pad = pad

    def _place(self, address: int, size: int) -> tuple[Any, int]:
        mcu: Any = self._pad.mcu
        sram = self._pad.facts.sram
        for region, content in ((sram, mcu.sram), (FLASH, mcu.flash), (DPRAM, mcu.usb_dpram)):
            if address in region and address - region.start + size <= len(content):
                return content, address - region.start
        raise LookupError(f"this bench has nothing at 0x{address:08x}")

    def read(self, address: int, size: int) -> int:
        """A byte, halfword or word."""
        if address & ~_ALIASES in _REGISTERS:
            return int(self._pad.mcu.read(address, size))
        content, start = self._place(address, size)
        return int.from_bytes(bytes(content[start : start + size]), "little")

    def write(self, address: int, size: int, value: int) -> None:
        """A byte, halfword or word of SRAM, of the RAM of USB or of a register."""
        if address & ~_ALIASES in _REGISTERS:
            self._pad.mcu.write(address, size, value)
            return
        content, start = self._place(address, size)
        if address in FLASH:
            raise LookupError("flash cannot be written so")
        content[start : start + size] = value.to_bytes(size, "little")


class DebugTarget:
    """The memory of core 0. Raises LookupError where nothing answers. memory: what answers; None: all of an RP2040."""

    def __init__(self, pad: Emulator, memory: Memory | None = None) -> None:
        self._memory = memory
        self._pad = pad
        self._mcu: Any = pad.mcu
        self._control = 0
        self._register = 0
        self._halted_at: float | None = None
        pad.on_reset.append(self._reset)

    @property
    def halted(self) -> bool:
        """Whether the core is halted by the debugger."""
        return self._halted_at is not None

    def _reset(self) -> None:
        self._halted_at = None

    def read(self, address: int, size: int) -> int:
        """A byte, halfword or word."""
        if address == DHCSR:
            return self._control | S_REGRDY | (S_HALT if self.halted else 0)
        if address == DCRDR:
            return self._register
        self._check(address)
        self._pause()
        mcu = self._mcu
        if self._memory is not None:
            return self._memory.read(address, size)
        return int((mcu.read_uint8, mcu.read_uint16, mcu.read_uint32)[size >> 1](address))

    def write(self, address: int, size: int, value: int) -> None:
        """A byte, halfword or word."""
        if address == DHCSR:
            if value & 0xFFFF_0000 == KEY:
                self._set(value & 0xF)
            return
        if address == DCRSR:
            self._register = self._core_register(value & 0x1F)
            return
        self._check(address)
        self._pause()
        mcu = self._mcu
        if self._memory is not None:
            self._memory.write(address, size, value)
            return
        (mcu.write_uint8, mcu.write_uint16, mcu.write_uint32)[size >> 1](address, value)

    def _check(self, address: int) -> None:
        mapped = self._memory is not None or address_map.mapped(address)
        if not self._pad.powered or not mapped:
            raise LookupError(f"nothing at 0x{address:08x}")

    def _set(self, control: int) -> None:
        self._control = control
        wanted = control & (DEBUG_ENABLE | HALT) == DEBUG_ENABLE | HALT
        if wanted and not self.halted:
            self._pad.hold()
            self._halted_at = float(self._mcu.clock.nanos)
            for alarm in self._mcu.timer.alarms:
                alarm.clock_alarm.cancel()
        elif not wanted and self.halted:
            self._pause()
            self._halted_at = None
            self._pad.locked_up = False
            for alarm in self._mcu.timer.alarms:
                if alarm.armed:
                    left = alarm.target_micros - int(self._mcu.timer._micros()) & 0xFFFF_FFFF
                    alarm.clock_alarm.schedule(left * 1_000)

    def _pause(self) -> None:
        """Let TIMER have stood still since the halt."""
        if self._halted_at is not None:
            now = float(self._mcu.clock.nanos)
            self._mcu.timer._epoch_nanos += now - self._halted_at
            self._halted_at = now

    def _core_register(self, number: int) -> int:
        core = self._mcu.core
        return int(core.registers[number] if number < _XPSR else core.x_psr if number == _XPSR else 0)
