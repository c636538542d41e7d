"""emulator: one chip in emulated time, run synchronously and stopped only by clock alarms: the base of every chip.

Every input and every stop is an alarm of the chip's clock, so that a run stops between the same two instructions each
time.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from kesu.emulator.core.clock import Alarm
from kesu.emulator.core.facts import FLASH_BASE, Facts
from kesu.emulator.core.register_file import RegisterFile
from kesu.emulator.shadow.labels import Shadow
from kesu.emulator.uses.table import Table

# RP2040 datasheet 4.7.6 and RP2350 datasheet 12.9.7 (watchdog CTRL, REASON).
_WATCHDOG_CTRL = 0x00
_REASON_TIMER = 1

SPI_MOST = 1_024
"""Bytes of the panel's SPI that a core in C can queue while the port is lent to it."""
LENT_STATUS, LENT_QUEUE = 1, 2
"""What is lent: what the status register shows, or the queue too."""


class EmulatedClock:
    """`kesu.emulator.core.clock.Clock` on the chip's own clock: alarms fire between two instructions."""

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


class CompiledCore:
    """A core in C. library: its code; state: its ctypes structure; it has the SPI queue that can be lent to it (spi_*),
    xip_miss_cycles, what it watches (watch*), and `shadow`, in which it keeps where the ink is."""

    def __init__(self, library: ctypes.CDLL, state: Any) -> None:
        self.library = library
        self.state = state
        self.trace: Shadow | None = None
        self.on_watched: Callable[[int], None] = lambda address: None
        self._watch = bytearray()

    def watch_bytes(self, span: range) -> bytearray:
        """Returns one flag for each address of `span`, in flash. When a flag is 1, `on_watched` is called with the
        address just before an instruction loads that single byte."""
        self._watch = bytearray(len(span))
        self.state.watch = ctypes.addressof((ctypes.c_ubyte * len(span)).from_buffer(self._watch))
        self.state.watch_base, self.state.watch_size = span.start, len(span)
        return self._watch

    def attach_trace(self, trace: Shadow | None) -> None:
        """Trace the ink from now on; None ends that."""
        self.trace = trace
        self.state.shadow = trace.address if trace is not None else None

    def note_uses(self, table: Table) -> None:
        """Let the core note in `table` which registers it uses."""
        self.state.uses = table.address

    def watch_instruction(self, address: int) -> None:
        """Call `on_watched` just before the instruction at `address`; 0 switches it off."""
        self.state.watch_pc = address


class Emulator(ABC):
    """The chip alone: boot ROM, flash, core and resets. `wiring.Wiring` connects the rest of the pad.

    mcu: its blocks by name (gpio, spi, i2c, timer, watchdog, core ...), as rp2040py has them. thumb: its core in C;
    None when rp2040py executes everything. `on_reset` hooks run after every chip-level reset, from any cause.
    """

    facts: Facts
    file: RegisterFile
    """What software has written to every register."""

    def __init__(self, mcu: Any) -> None:
        self.mcu = mcu
        self.thumb: CompiledCore | None = None
        self.clock = EmulatedClock(mcu.clock)
        self.on_reset: list[Callable[[], None]] = []
        self.powered = False
        self.watchdog_resets = 0
        self.locked_up = False
        self.run_together: Callable[[int], None] | None = None
        """Lets the time of several chips reach a moment, in the place of `run_until_ns`, where this one is wired to
        others."""
        mcu.watchdog.on_watchdog_trigger = self._watchdog_fired

    def load_flash(self, segments: list[tuple[int, bytes]]) -> None:
        """Program the flash as a BOOTSEL copy would; addresses are absolute (0x1000_0000 ...)."""
        for address, payload in segments:
            offset = address - FLASH_BASE
            self.mcu.flash[offset : offset + len(payload)] = payload

    def cold_start(self) -> None:
        """Power-on reset: every register at its reset value, flash kept. The caller fills RAM."""
        self.powered = True
        self._reset_chip("power")

    def run_pin_reset(self) -> None:
        """RUN pulled low and released: flash stays, SRAM if `facts.keeps_sram`; the watchdog block is cleared."""
        self._reset_chip("run")

    def hold(self) -> None:
        """Execute nothing until the next reset; clock and alarms go on."""
        self.locked_up = True
        self._stop()

    def watchdog_reset(self) -> None:
        """The watchdog expires now."""
        self.mcu.watchdog._reason = _REASON_TIMER
        self._watchdog_fired()

    def power_off(self) -> None:
        """Stop executing; time still passes and alarms of the models still fire."""
        self.powered = False
        self.file.reset(lambda register: False)
        self.mcu.reset(preserve_flash=True)
        self._stop_watchdog()
        self._stop()
        self._tell_reset()

    def run_until_ns(self, deadline_ns: int) -> None:
        """Let emulated time reach `deadline_ns`; without power only alarms fire."""
        if self.run_together is not None:
            self.run_together(deadline_ns)
            return
        while self.clock.now_ns < deadline_ns:
            self.run_part(deadline_ns)

    def run_part(self, deadline_ns: int) -> None:
        """Let emulated time reach `deadline_ns`, or the first `stop`, or, without power, the next alarm."""
        if self.powered and not self.locked_up:
            self._execute(deadline_ns)
            return
        clock = self.mcu.clock
        step = deadline_ns - clock.nanos
        if clock.has_scheduled_alarm:
            step = min(step, clock.nanos_to_next_alarm)
        self._idle(step)

    def stop(self) -> None:
        """End a run after the present instruction."""
        self._stop()

    def note_uses(self, table: Table) -> None:
        """Let the core note in `table` which registers the program uses; each chip's core does so in one place."""
        assert self.thumb is not None
        self.thumb.note_uses(table)

    def perturb(self, seed: int) -> None:
        """Let everything be different on which nothing may depend: what registers without a model read as, and random
        numbers. seed: not 0."""
        self.file.noise = seed
        self._reseed(seed)

    @abstractmethod
    def _reseed(self, seed: int) -> None:
        """Start the chip's random numbers anew."""

    @abstractmethod
    def register_name(self, address: int) -> str:
        """The block of a register, and its offset."""

    @abstractmethod
    def replace(self, name: str, block: Any) -> None:
        """Put `block` in the place of the chip's own "spi1" or "usb"."""

    @abstractmethod
    def registers(self) -> dict[str, bytes]:
        """What belongs to the chip in a snapshot: the names of `facts.parts`, and "xip"."""

    @abstractmethod
    def machine(self) -> dict[str, bytes]:
        """Registers that are only compared between two pads: of the core, the timers, the pins ..."""

    @property
    def rom_used(self) -> list[str]:
        """Codes of the boot ROM's functions that were looked up or called since power-on, where the ROM is a model."""
        return []

    @abstractmethod
    def cache_is_ram(self) -> bool:
        """Whether the cache of the flash can be used as RAM now."""

    @abstractmethod
    def _execute(self, deadline_ns: int) -> None:
        """Run the core until the deadline, or until something stopped it."""

    @abstractmethod
    def _stop(self) -> None:
        """End a run after the present instruction."""

    @abstractmethod
    def _reset_chip(self, cause: str) -> None:
        """Reset everything; cause: "power" or "run"."""

    @abstractmethod
    def _watchdog_fired(self) -> None:
        """Reset what the watchdog resets."""

    def _idle(self, step_ns: float) -> None:
        self.mcu.clock.tick(step_ns)

    def _stop_watchdog(self) -> None:
        self.mcu.watchdog.write_uint32(_WATCHDOG_CTRL, 0)

    def _tell_reset(self) -> None:
        self.locked_up = False
        for hook in self.on_reset:
            hook()

    def _stop_for_good(self) -> None:
        """The core locks up until a reset: a fault in the handler of a fault (ARMv6-M ARM B1.5.15, Armv8-M ARM B3.33).
        Clock and watchdog keep running."""
        self.locked_up = True
        self._stop()


def words(values: Any) -> bytes:
    """32-bit registers as bytes, little-endian."""
    return b"".join((int(value) & 0xFFFF_FFFF).to_bytes(4, "little") for value in values)
