"""icnt86x: model of the 2.9 inch pad's touch chip: 16-bit registers on I2C at 48h, INT until acknowledged."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.core.clock import NS_PER_MS, Clock
from kesu.emulator.touch.touch_chip import START_UP_NS, Position, TouchChip

ADDRESS = 0x48

# Register file (hardware-facts C.1), as far as it is known. Addresses are sent high byte first, numbers in the
# points low byte first. A point: [0] not known, x, y, pressure, event or id.
IDENTITY, IDENTITY_BYTES = 0x000A, 4
COUNT, POINTS, POINT_BYTES, POINTS_MAX = 0x1001, 0x1002, 7, 5
ADDRESS_SPACE = 0x1100
# The real values are not published; any value will do.
IDENTITY_VALUE = bytes((0x86, 0x00, 0x01, 0x00))
FIRM, LIFTED = 0x40, 0x00

# Not known for this part (hardware-facts F.3): the rate of its reports, taken as the FT6336U's fastest, and how
# long it starts up. The reset pulse is the vendor's.
REPORT_NS = 10 * NS_PER_MS
SHORTEST_RESET_NS = 10 * NS_PER_MS
# After a lift it "keeps sending one zero-pressure point" (C.1): how often is not known.
LIFT_REPORTS = 5


class Icnt86x(TouchChip):
    """ICNT86X. INT is low from a report until the driver writes 0 to 1001h. Until then there is no other report;
    the next one has the position at its own scan. After a lift it reports zero pressure."""

    def __init__(
        self,
        clock: Clock,
        *,
        width: int,
        height: int,
        start_up_ns: int = START_UP_NS,
        lift_reports: int = LIFT_REPORTS,
    ) -> None:
        self._lift_reports = lift_reports
        self._lifts_due = self._address_bytes = self._pointer = 0
        super().__init__(
            clock,
            size=ADDRESS_SPACE,
            width=width,
            height=height,
            shortest_reset_ns=SHORTEST_RESET_NS,
            start_up_ns=start_up_ns,
        )

    # I2C, one call for each bus event

    def i2c_start(self, address: int, read: bool) -> bool:
        """START and address; True when acknowledged. No acknowledge in reset and start-up."""
        if address != ADDRESS or not self._ready:
            return False
        self._address_bytes = 0 if read else 2
        return True

    def i2c_write(self, byte: int) -> bool:
        """Two bytes set the register address, the rest is written there; only 1001h is writable."""
        if not self._ready:
            return False
        if self._address_bytes:
            self._address_bytes -= 1
            self._pointer = (self._pointer << 8 | byte) & 0xFFFF
            return True
        self._accessed(True, self._pointer, byte)
        if self._pointer == COUNT and byte == 0:
            self._acknowledge()
        self._pointer = self._pointer + 1 & 0xFFFF
        return True

    def i2c_read(self) -> int:
        """Read the register at the pointer (FFh where there is none), and increment the pointer."""
        value = self._registers[self._pointer] if self._pointer < ADDRESS_SPACE else 0xFF
        self._accessed(False, self._pointer, value)
        self._pointer = self._pointer + 1 & 0xFFFF
        return value

    def inked_register(self) -> bool:
        """All points."""
        return self._pointer in range(POINTS, POINTS + POINTS_MAX * POINT_BYTES)

    def i2c_stop(self) -> None:
        """STOP: the pointer keeps its value."""
        self._address_bytes = 0

    # The sensor side

    def follow(self, where: Position) -> None:
        """Something touches the glass; `where()` returns its pixel, or None once it is gone."""
        self._lifts_due = self._lift_reports
        super().follow(where)

    def reported(self) -> tuple[int, int] | None:
        """The point of the last report; None after a lift report or a reset."""
        point = self._registers[POINTS : POINTS + POINT_BYTES]
        if not self._registers[COUNT] or not point[5]:
            return None
        return point[1] | point[2] << 8, point[3] | point[4] << 8

    # Scanning

    def _defaults(self) -> None:
        self._registers[IDENTITY : IDENTITY + IDENTITY_BYTES] = IDENTITY_VALUE
        self._lifts_due = self._address_bytes = self._pointer = 0

    def _awake(self) -> None:
        if self._where is not None:
            self._lifts_due = self._lift_reports

    def _period_ns(self) -> int:
        return REPORT_NS

    def _scan_wanted(self) -> bool:
        return self._where is not None or bool(self._lifts_due)

    def _scan(self) -> None:
        if not self.int_level:
            return
        place = self._place()
        if place is not None:
            x, y = place
            self._report(bytes((0, x & 0xFF, x >> 8, y & 0xFF, y >> 8, FIRM, 0)))
        elif self._lifts_due:
            self._lifts_due -= 1
            kept = self._registers[POINTS : POINTS + 5]
            self._report(bytes((*kept, LIFTED, 0)))

    def _report(self, point: bytes) -> None:
        self._registers[COUNT] = 1
        self._registers[POINTS : POINTS + POINT_BYTES] = point
        self.reports += 1
        self._set_int(False)

    def _acknowledge(self) -> None:
        self._registers[COUNT] = 0
        self._set_int(True)
