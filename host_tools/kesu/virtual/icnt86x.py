"""icnt86x: the touch chip of the 2.9 inch pad: 16-bit registers on I2C at 48h, INT until acknowledged."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.virtual.clock import NS_PER_MS, Alarm, Clock
from kesu.virtual.ft6336u import Position, TouchError

ADDRESS = 0x48
WIDTH = 296
HEIGHT = 128

# Register file (hardware.md C.1), as far as it is known. Addresses are sent high byte first, numbers in the
# points low byte first. A point: [0] not known, x, y, pressure, event or id.
IDENTITY, IDENTITY_BYTES = 0x000A, 4
COUNT, POINTS, POINT_BYTES, POINTS_MAX = 0x1001, 0x1002, 7, 5
ADDRESS_SPACE = 0x1100
# The real numbers are not published; these only have to be there.
IDENTITY_VALUE = bytes((0x86, 0x00, 0x01, 0x00))
FIRM, LIFTED = 0x40, 0x00

# Not known for this part (hardware.md F.3): the rate of its reports, taken as the FT6336U's fastest, and how
# long it starts up, taken as long as that chip does. The reset pulse is the vendor's.
REPORT_NS = 10 * NS_PER_MS
START_UP_NS = 300 * NS_PER_MS
SHORTEST_RESET_NS = 10 * NS_PER_MS
# After a lift it "keeps sending one zero-pressure point" (C.1): how often is not known.
LIFT_REPORTS = 5


class Icnt86x:
    """ICNT86X. A finger or pen is a function that tells its place (pixels of the page) at each scan.

    INT is low from a report until the driver writes 0 to 1001h; until then no other report comes, and the
    report after that has the place of its own time. Coordinates stay in the registers after the finger has
    gone, until RST goes low (resource R9).
    """

    def __init__(
        self, clock: Clock, *, start_up_ns: int = START_UP_NS, lift_reports: int = LIFT_REPORTS
    ) -> None:
        self.clock = clock
        self.on_int: Callable[[bool], None] | None = None
        self.int_level = True
        self.reports = 0
        self.errors: list[TouchError] = []
        self._start_up_ns = start_up_ns
        self._lift_reports = lift_reports
        self._registers = bytearray(ADDRESS_SPACE)
        self._where: Position | None = None
        self._lifts_due = 0
        self._address_bytes = 0
        self._pointer = 0
        self._rst_level = True
        self._rst_low_ns = 0
        self._ready = False
        self._first_scan_ns = 0
        self._alarms: dict[str, Alarm] = {}
        self.power_loss()

    # Pins

    def set_rst(self, level: bool) -> None:
        """Reset, active low: registers are lost at once, and scanning starts again some time after."""
        if bool(level) == self._rst_level:
            return
        self._rst_level = bool(level)
        if not level:
            self._rst_low_ns = self.clock.now_ns
            self._clear()
            return
        if self.clock.now_ns - self._rst_low_ns < SHORTEST_RESET_NS:
            self.errors.append(TouchError(self.clock.now_ns, "reset pulse shorter than 10 ms"))
        self._start()

    def power_loss(self) -> None:
        """Supply gone and back."""
        self._clear()
        if self._rst_level:
            self._start()

    # I2C, one call for each thing on the bus

    def i2c_start(self, address: int, read: bool) -> bool:
        """START and address; True when acknowledged. Silent in reset and start-up."""
        if address != ADDRESS or not self._ready:
            return False
        self._address_bytes = 0 if read else 2
        return True

    def i2c_write(self, byte: int) -> bool:
        """Two bytes set the register address, the rest is written there; only 1001h takes a value."""
        if not self._ready:
            return False
        if self._address_bytes:
            self._address_bytes -= 1
            self._pointer = (self._pointer << 8 | byte) & 0xFFFF
            return True
        if self._pointer == COUNT and byte == 0:
            self._acknowledge()
        self._pointer = self._pointer + 1 & 0xFFFF
        return True

    def i2c_read(self) -> int:
        """The register at the pointer, which moves on; FFh where there is none."""
        value = self._registers[self._pointer] if self._pointer < ADDRESS_SPACE else 0xFF
        self._pointer = self._pointer + 1 & 0xFFFF
        return value

    def i2c_stop(self) -> None:
        """STOP: the pointer stays where it is."""
        self._address_bytes = 0

    # The sensor side

    def follow(self, where: Position) -> None:
        """Something touches the glass; `where()` tells its pixel, or None once it is gone."""
        self._where = where
        self._lifts_due = self._lift_reports
        self._schedule_scan()

    def finger(self, x: float, y: float) -> None:
        """A finger rests at a pixel."""
        self.follow(lambda: (x, y))

    def lift(self) -> None:
        """The finger leaves; the chip reports zero pressure from its next scan on."""
        self._where = None
        self._schedule_scan()

    @property
    def registers(self) -> bytes:
        """The register file from address 0 to 10FFh."""
        return bytes(self._registers)

    def reported(self) -> tuple[int, int] | None:
        """The point of the last report, None for a report of a lift and after a reset."""
        point = self._registers[POINTS : POINTS + POINT_BYTES]
        if not self._registers[COUNT] or not point[5]:
            return None
        return point[1] | point[2] << 8, point[3] | point[4] << 8

    # Scanning

    def _clear(self) -> None:
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        self._registers[:] = bytes(ADDRESS_SPACE)
        self._registers[IDENTITY : IDENTITY + IDENTITY_BYTES] = IDENTITY_VALUE
        self._ready = False
        self._lifts_due = self._address_bytes = self._pointer = 0
        self._set_int(True)

    def _start(self) -> None:
        self._alarms["start"] = self.clock.after(self._start_up_ns, self._started)

    def _started(self) -> None:
        self._ready = True
        self._first_scan_ns = self.clock.now_ns
        if self._where is not None:
            self._lifts_due = self._lift_reports
        self._schedule_scan()

    def _schedule_scan(self) -> None:
        """Ask for the next scan that could report anything; scans keep their own beat."""
        if self._ready and "scan" not in self._alarms and (self._where is not None or self._lifts_due):
            delay = REPORT_NS - (self.clock.now_ns - self._first_scan_ns) % REPORT_NS
            self._alarms["scan"] = self.clock.after(delay, self._scan)

    def _scan(self) -> None:
        del self._alarms["scan"]
        place = self._where() if self._where is not None else None
        if self.int_level:
            if place is not None:
                x = min(max(round(place[0]), 0), WIDTH - 1)
                y = min(max(round(place[1]), 0), HEIGHT - 1)
                self._report(bytes((0, x & 0xFF, x >> 8, y & 0xFF, y >> 8, FIRM, 0)))
            elif self._lifts_due:
                self._lifts_due -= 1
                kept = self._registers[POINTS : POINTS + 5]
                self._report(bytes((*kept, LIFTED, 0)))
        self._schedule_scan()

    def _report(self, point: bytes) -> None:
        self._registers[COUNT] = 1
        self._registers[POINTS : POINTS + POINT_BYTES] = point
        self.reports += 1
        self._set_int(False)

    def _acknowledge(self) -> None:
        self._registers[COUNT] = 0
        self._set_int(True)

    def _set_int(self, level: bool) -> None:
        if level != self.int_level:
            self.int_level = level
            if self.on_int is not None:
                self.on_int(level)
