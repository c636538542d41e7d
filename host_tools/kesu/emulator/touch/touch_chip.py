"""touch_chip: base of the touch chip models: reset, start-up, INT line, scanning of the finger."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kesu.emulator.core.clock import NS_PER_MS, Alarm, Clock

Position = Callable[[], tuple[float, float] | None]
"""Returns the pixel that is touched, or None."""

START_UP_NS = 300 * NS_PER_MS
"""Drivers of the FT6336U wait this long after a reset; its data sheet gives no figure, and nothing is known for
the ICNT86X. The models do not answer earlier, the worst case for a driver."""


@dataclass(frozen=True)
class TouchError:
    """A driver's access that the chip does not support."""

    time_ns: int
    reason: str


class TouchChip:
    """Base of a chip with `size` registers over a glass of width x height pixels.

    A finger or pen is a function that returns its position, called at each scan; scans are periodic.
    Coordinates stay in the registers after a lift, until RST goes low (resource R9).
    """

    def __init__(
        self, clock: Clock, *, size: int, width: int, height: int, shortest_reset_ns: int, start_up_ns: int
    ) -> None:
        self.clock = clock
        self.on_int: Callable[[bool], None] | None = None
        self.int_level = True
        self.reports = 0
        self.accesses: list[Callable[[bool, int, int], None]] = []
        """Called for each register that is read or written by I2C, with: whether written, its number, the byte."""
        self.errors: list[TouchError] = []
        self._registers = bytearray(size)
        self._width = width
        self._height = height
        self._shortest_reset_ns = shortest_reset_ns
        self._start_up_ns = start_up_ns
        self._where: Position | None = None
        self._rst_level = True
        self._rst_low_ns = 0
        self._ready = False
        self._first_scan_ns = 0
        self._alarms: dict[str, Alarm] = {}
        self.power_loss()

    # Pins

    def set_rst(self, level: bool) -> None:
        """Reset, active low: registers are set to their defaults at once; scanning starts after the start-up time."""
        if bool(level) == self._rst_level:
            return
        self._rst_level = bool(level)
        if not level:
            self._rst_low_ns = self.clock.now_ns
            self._clear()
            return
        if self.clock.now_ns - self._rst_low_ns < self._shortest_reset_ns:
            shortest = self._shortest_reset_ns // NS_PER_MS
            self.errors.append(TouchError(self.clock.now_ns, f"reset pulse shorter than {shortest} ms"))
        self._start()

    def power_loss(self) -> None:
        """Power cycle of the chip."""
        self._clear()
        if self._rst_level:
            self._start()

    # The sensor side

    def follow(self, where: Position) -> None:
        """Something touches the glass; `where()` returns its pixel, or None once it is gone."""
        self._where = where
        self._schedule_scan()

    def finger(self, x: float, y: float) -> None:
        """Put a finger on a pixel and keep it there."""
        self.follow(lambda: (x, y))

    def lift(self) -> None:
        """The finger leaves; the chip notices at its next scan."""
        self._where = None
        self._schedule_scan()

    @property
    def registers(self) -> bytes:
        """The whole register file."""
        return bytes(self._registers)

    def _accessed(self, written: bool, register: int, byte: int) -> None:
        for listener in self.accesses:
            listener(written, register, byte)

    # To be implemented by each chip

    def inked_register(self) -> bool:
        """Whether the register that the next read gives has the place or the force of a touch."""
        raise NotImplementedError

    def _defaults(self) -> None:
        """Set registers (already zeroed) and any other state that a reset sets."""

    def _awake(self) -> None:
        """Called at the end of start-up, when scanning begins."""

    def _scan_wanted(self) -> bool:
        """Whether a scan could change anything."""
        raise NotImplementedError

    def _period_ns(self) -> int:
        """Time between scans."""
        raise NotImplementedError

    def _scan(self) -> None:
        """Perform one scan."""
        raise NotImplementedError

    # Scanning

    def _clear(self) -> None:
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        self._registers[:] = bytes(len(self._registers))
        self._ready = False
        self._defaults()
        self._set_int(True)

    def _start(self) -> None:
        self._alarms["start"] = self.clock.after(self._start_up_ns, self._started)

    def _started(self) -> None:
        self._ready = True
        self._first_scan_ns = self.clock.now_ns
        self._awake()
        self._schedule_scan()

    def _schedule_scan(self) -> None:
        """Schedule the next scan that could change anything."""
        if self._ready and "scan" not in self._alarms and self._scan_wanted():
            period = self._period_ns()
            delay = period - (self.clock.now_ns - self._first_scan_ns) % period
            self._alarms["scan"] = self.clock.after(delay, self._look)

    def _look(self) -> None:
        del self._alarms["scan"]
        self._scan()
        self._schedule_scan()

    def _place(self) -> tuple[int, int] | None:
        """The pixel that is touched now, clipped to the glass; None without a touch."""
        place = self._where() if self._where is not None else None
        if place is None:
            return None
        return min(max(round(place[0]), 0), self._width - 1), min(max(round(place[1]), 0), self._height - 1)

    def _set_int(self, level: bool) -> None:
        if level != self.int_level:
            self.int_level = level
            if self.on_int is not None:
                self.on_int(level)
