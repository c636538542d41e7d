"""ft6336u: model of the touch chip: register file on I2C at 38h, INT line, scan timing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np

from kesu.emulator.core.clock import NS_PER_MS, NS_PER_US, Clock
from kesu.emulator.touch.touch_chip import START_UP_NS, TouchChip

ADDRESS = 0x38

# Register file (hardware-facts C.2).
GESTURE, TD_STATUS, P1_XH, P1_XL, P1_YH, P1_YL, P1_WEIGHT, P1_AREA = range(0x01, 0x09)
THRESHOLD, FILTER, CTRL, TIME_TO_MONITOR, ACTIVE_RATE, MONITOR_RATE = 0x80, 0x85, 0x86, 0x87, 0x88, 0x89
POINTS = range(P1_XH, 0x0F)
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

# Drivers hold RST low for 5 ms.
SHORTEST_RESET_NS = 5 * NS_PER_MS
# Width of a trigger mode pulse: not published.
PULSE_NS = 200 * NS_PER_US


class Ft6336u(TouchChip):
    """FT6336U. A pen-up report (TD_STATUS 0) comes with probability `lift_report`; otherwise reports just
    stop (hardware-facts C.2)."""

    def __init__(
        self,
        clock: Clock,
        *,
        width: int,
        height: int,
        seed: int = 1,
        lift_report: float = 0.5,
        start_up_ns: int = START_UP_NS,
    ) -> None:
        self.lift_report = lift_report
        self._monitor = self._touched = self._pointer_next = False
        self._pointer = 0
        self._random = np.random.default_rng(seed)
        super().__init__(
            clock,
            size=256,
            width=width,
            height=height,
            shortest_reset_ns=SHORTEST_RESET_NS,
            start_up_ns=start_up_ns,
        )

    # I2C, one call for each bus event

    def i2c_start(self, address: int, read: bool) -> bool:
        """START and address; True when acknowledged. The port is closed in reset, start-up and monitor mode."""
        if address != ADDRESS or not self._ready or self._monitor:
            return False
        self._pointer_next = not read
        return True

    def i2c_write(self, byte: int) -> bool:
        """The first byte sets the register pointer, the rest are written there; read-only registers do not
        change."""
        if not self._ready or self._monitor:
            return False
        if self._pointer_next:
            self._pointer, self._pointer_next = byte & 0xFF, False
            return True
        self._accessed(True, self._pointer, byte)
        if self._pointer in WRITABLE:
            self._registers[self._pointer] = byte & 0xFF
            if self._pointer == G_MODE and not self._touched:
                self._set_int(True)
            if self._pointer in (CTRL, TIME_TO_MONITOR):
                self._await_monitor()
        self._pointer = self._pointer + 1 & 0xFF
        return True

    def i2c_read(self) -> int:
        """Read the register at the pointer, and increment the pointer."""
        value = self._registers[self._pointer]
        self._accessed(False, self._pointer, value)
        self._pointer = self._pointer + 1 & 0xFF
        return value

    def inked_register(self) -> bool:
        """The gesture, and both points from 03h on."""
        return self._pointer == GESTURE or self._pointer in POINTS

    def i2c_stop(self) -> None:
        """STOP: the pointer keeps its value."""
        self._pointer_next = False

    def reported(self) -> tuple[int, int] | None:
        """The point of the last report; None after a lift report or a reset."""
        if not self._registers[TD_STATUS] & 0x0F:
            return None
        x_high, x_low, y_high, y_low = self._registers[P1_XH : P1_YL + 1]
        return (x_high & 0x0F) << 8 | x_low, (y_high & 0x0F) << 8 | y_low

    @property
    def monitoring(self) -> bool:
        """In monitor mode, where the I2C port is closed."""
        return self._monitor

    # Scanning

    def _defaults(self) -> None:
        for register, value in DEFAULTS.items():
            self._registers[register] = value
        self._monitor = self._touched = self._pointer_next = False
        self._pointer = 0

    def _awake(self) -> None:
        self._await_monitor()

    def _period_ns(self) -> int:
        rate = self._registers[MONITOR_RATE if self._monitor else ACTIVE_RATE]
        return 1_000_000_000 // min(max(rate, 1), REPORT_HZ_MAX)

    def _scan_wanted(self) -> bool:
        return self._where is not None or self._touched

    def _scan(self) -> None:
        place = self._place()
        if place is not None:
            if self._monitor:
                self._wake()
            self._report(*place)
        elif self._touched:
            self._touched = False
            if self._random.random() < self.lift_report:
                self._registers[TD_STATUS] = 0
                self._registers[P1_XH] = self._registers[P1_XH] & 0x0F | EVENT_UP
                self._signal()
            self._set_int_idle()
            self._await_monitor()

    def _report(self, x: int, y: int) -> None:
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
