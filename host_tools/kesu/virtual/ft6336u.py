"""ft6336u: the touch chip: a register file on I2C at 38h, its INT line, and the moments it scans."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kesu.virtual.clock import NS_PER_MS, NS_PER_US, Alarm, Clock

ADDRESS = 0x38
WIDTH = 400
HEIGHT = 300

# Register file (hardware.md C.2).
GESTURE, TD_STATUS, P1_XH, P1_XL, P1_YH, P1_YL, P1_WEIGHT, P1_AREA = range(0x01, 0x09)
THRESHOLD, FILTER, CTRL, TIME_TO_MONITOR, ACTIVE_RATE, MONITOR_RATE = 0x80, 0x85, 0x86, 0x87, 0x88, 0x89
CHIP_ID_LOW, CHIP_ID, CHIP_FAMILY, G_MODE, POWER_MODE, FIRMWARE, VENDOR = (
    0x9F,
    0xA0,
    0xA3,
    0xA4,
    0xA5,
    0xA6,
    0xA8,
)

# Known: 60 scans a second when active, 25 in monitor mode, 86h = 1 (go to monitor mode), the identity
# registers. Threshold, filter, the 10 s before monitor mode and trigger as the first INT mode are common
# values of the family, not confirmed for this part.
DEFAULTS = {
    THRESHOLD: 0x16, FILTER: 0xA0, CTRL: 0x01, TIME_TO_MONITOR: 0x0A, ACTIVE_RATE: 60, MONITOR_RATE: 25,
    CHIP_ID_LOW: 0x26, CHIP_ID: 0x02, CHIP_FAMILY: 0x64, G_MODE: 0x01, FIRMWARE: 0x10, VENDOR: 0x11,
}  # fmt: skip
WRITABLE = frozenset(
    (0x00, THRESHOLD, FILTER, CTRL, TIME_TO_MONITOR, ACTIVE_RATE, MONITOR_RATE, G_MODE, POWER_MODE)
)

EVENT_DOWN, EVENT_UP, EVENT_CONTACT = 0x00, 0x40, 0x80
REPORT_HZ_MAX = 100

# Drivers hold RST low for 5 ms and wait 300 ms before they talk to the chip; the data sheet read here gives
# neither figure. The model answers nothing until then, which is the hard case for a driver.
SHORTEST_RESET_NS = 5 * NS_PER_MS
START_UP_NS = 300 * NS_PER_MS
# Width of a trigger mode pulse: not published.
PULSE_NS = 200 * NS_PER_US

Position = Callable[[], tuple[float, float] | None]


@dataclass(frozen=True)
class TouchError:
    """Something a driver did that the chip does not support."""

    time_ns: int
    reason: str


class Ft6336u:
    """FT6336U. A finger or pen is a function that tells its place (pixels) whenever the chip scans.

    Coordinates stay in the registers after the finger has gone, until RST goes low (resource R9). A pen-up
    report (TD_STATUS 0) comes with probability `lift_report`; otherwise reports just stop (hardware.md C.2).
    """

    def __init__(
        self, clock: Clock, *, seed: int = 1, lift_report: float = 0.5, start_up_ns: int = START_UP_NS
    ) -> None:
        self.clock = clock
        self.on_int: Callable[[bool], None] | None = None
        self.int_level = True
        self.reports = 0
        self.errors: list[TouchError] = []
        self.lift_report = lift_report
        self._start_up_ns = start_up_ns
        self._random = np.random.default_rng(seed)
        self._registers = bytearray(256)
        self._where: Position | None = None
        self._touched = False
        self._pointer = 0
        self._pointer_next = False
        self._rst_level = True
        self._rst_low_ns = 0
        self._ready = False
        self._monitor = False
        self._alarms: dict[str, Alarm] = {}
        self.power_loss()

    # Pins

    def set_rst(self, level: bool) -> None:
        """Reset, active low: registers go back to their defaults at once, and scanning starts again later."""
        if bool(level) == self._rst_level:
            return
        self._rst_level = bool(level)
        if not level:
            self._rst_low_ns = self.clock.now_ns
            self._clear()
            return
        if self.clock.now_ns - self._rst_low_ns < SHORTEST_RESET_NS:
            self.errors.append(TouchError(self.clock.now_ns, "reset pulse shorter than 5 ms"))
        self._start()

    def power_loss(self) -> None:
        """Supply gone and back."""
        self._clear()
        if self._rst_level:
            self._start()

    # I2C, one call for each thing on the bus

    def i2c_start(self, address: int, read: bool) -> bool:
        """START and address; True when acknowledged. In reset, start-up and monitor mode the port is
        closed."""
        if address != ADDRESS or not self._ready or self._monitor:
            return False
        self._pointer_next = not read
        return True

    def i2c_write(self, byte: int) -> bool:
        """The first byte sets the register pointer, the rest are written there; read-only registers keep
        theirs."""
        if not self._ready or self._monitor:
            return False
        if self._pointer_next:
            self._pointer, self._pointer_next = byte & 0xFF, False
            return True
        if self._pointer in WRITABLE:
            self._registers[self._pointer] = byte & 0xFF
            if self._pointer == G_MODE and not self._touched:
                self._set_int(True)
            if self._pointer in (CTRL, TIME_TO_MONITOR):
                self._await_monitor()
        self._pointer = self._pointer + 1 & 0xFF
        return True

    def i2c_read(self) -> int:
        """The register at the pointer, which moves on."""
        value = self._registers[self._pointer]
        self._pointer = self._pointer + 1 & 0xFF
        return value

    def i2c_stop(self) -> None:
        """STOP: the pointer stays where it is."""
        self._pointer_next = False

    # The sensor side

    def follow(self, where: Position) -> None:
        """Something touches the glass; `where()` tells its pixel, or None once it is gone."""
        self._where = where
        self._schedule_scan()

    def finger(self, x: float, y: float) -> None:
        """A finger rests at a pixel."""
        self.follow(lambda: (x, y))

    def lift(self) -> None:
        """The finger leaves; the chip notices at its next scan."""
        self._where = None
        self._schedule_scan()

    @property
    def registers(self) -> bytes:
        """All 256 registers."""
        return bytes(self._registers)

    def reported(self) -> tuple[int, int] | None:
        """The point of the last report, None for a report of a lift and after a reset."""
        if not self._registers[TD_STATUS] & 0x0F:
            return None
        x_high, x_low, y_high, y_low = self._registers[P1_XH : P1_YL + 1]
        return (x_high & 0x0F) << 8 | x_low, (y_high & 0x0F) << 8 | y_low

    @property
    def monitoring(self) -> bool:
        """In monitor mode, where the I2C port is closed."""
        return self._monitor

    # Scanning

    def _clear(self) -> None:
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        self._registers[:] = bytes(256)
        for register, value in DEFAULTS.items():
            self._registers[register] = value
        self._ready = self._monitor = self._touched = self._pointer_next = False
        self._pointer = 0
        self._set_int(True)

    def _start(self) -> None:
        self._alarms["start"] = self.clock.after(self._start_up_ns, self._started)

    def _started(self) -> None:
        self._ready = True
        self._first_scan_ns = self.clock.now_ns
        self._schedule_scan()
        self._await_monitor()

    def _period_ns(self) -> int:
        rate = self._registers[MONITOR_RATE if self._monitor else ACTIVE_RATE]
        return 1_000_000_000 // min(max(rate, 1), REPORT_HZ_MAX)

    def _schedule_scan(self) -> None:
        """Ask for the next scan that could change anything; scans keep their own beat whether touched or
        not."""
        if not self._ready or (self._where is None and not self._touched):
            return
        if "scan" not in self._alarms:
            period = self._period_ns()
            self._alarms["scan"] = self.clock.after(
                period - (self.clock.now_ns - self._first_scan_ns) % period, self._scan
            )

    def _scan(self) -> None:
        del self._alarms["scan"]
        place = self._where() if self._where is not None else None
        if place is not None:
            if self._monitor:
                self._wake()
            self._report(place)
        elif self._touched:
            self._touched = False
            if self._random.random() < self.lift_report:
                self._registers[TD_STATUS] = 0
                self._registers[P1_XH] = self._registers[P1_XH] & 0x0F | EVENT_UP
                self._signal()
            self._set_int_idle()
            self._await_monitor()
        self._schedule_scan()

    def _report(self, place: tuple[float, float]) -> None:
        x = min(max(round(place[0]), 0), WIDTH - 1)
        y = min(max(round(place[1]), 0), HEIGHT - 1)
        event = EVENT_CONTACT if self._touched else EVENT_DOWN
        self._touched = True
        if alarm := self._alarms.pop("monitor", None):
            alarm.cancel()
        # Gesture reads 0 on these modules, and the touch id of the only point is 0.
        self._registers[TD_STATUS : P1_AREA + 1] = bytes(
            (1, event | x >> 8, x & 0xFF, y >> 8, y & 0xFF, 0x40, 0x10)
        )
        self._signal()

    def _signal(self) -> None:
        self.reports += 1
        self._set_int(False)
        if self._registers[G_MODE] == 1:
            if alarm := self._alarms.pop("pulse", None):
                alarm.cancel()
            self._alarms["pulse"] = self.clock.after(PULSE_NS, lambda: self._set_int(True))

    def _set_int_idle(self) -> None:
        """Polling mode holds INT low while touched; a trigger pulse ends by itself."""
        if self._registers[G_MODE] != 1:
            self._set_int(True)

    def _set_int(self, level: bool) -> None:
        if level != self.int_level:
            self.int_level = level
            if self.on_int is not None:
                self.on_int(level)

    # Monitor mode

    def _await_monitor(self) -> None:
        if alarm := self._alarms.pop("monitor", None):
            alarm.cancel()
        if self._ready and not self._touched and self._registers[CTRL] != 0:
            delay_ns = self._registers[TIME_TO_MONITOR] * 1_000 * NS_PER_MS
            self._alarms["monitor"] = self.clock.after(delay_ns, self._enter_monitor)

    def _enter_monitor(self) -> None:
        del self._alarms["monitor"]
        self._monitor = True
        self._registers[POWER_MODE] = 1
        self._first_scan_ns = self.clock.now_ns

    def _wake(self) -> None:
        self._monitor = False
        self._registers[POWER_MODE] = 0
        self._first_scan_ns = self.clock.now_ns
