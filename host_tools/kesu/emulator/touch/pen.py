"""pen: a pen that follows paths over the glass; the touch chip samples its position when it scans."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import hypot
from typing import Protocol

from kesu.emulator.core.clock import NS_PER_MS, Alarm, Clock
from kesu.emulator.touch.touch_chip import Position

Point = tuple[float, float]
Stroke = Sequence[Point]

# Time between strokes, pen up.
PAUSE_MS = 80.0
# Duration of a dot: long enough for any touch chip to detect it.
SHORTEST_TOUCH_MS = 30.0


class Sensor(Protocol):
    """What a pen needs of a touch chip."""

    def follow(self, where: Position) -> None: ...
    def lift(self) -> None: ...


class Pen:
    """One pen over one touch chip."""

    def __init__(self, touch: Sensor, clock: Clock) -> None:
        self.touch = touch
        self.clock = clock
        self.down = False
        self._alarms: list[Alarm] = []

    def write(
        self,
        strokes: Sequence[Stroke],
        speed_px_s: float,
        *,
        pause_ms: float = PAUSE_MS,
        delay_ms: float = 0.0,
    ) -> float:
        """Schedule every stroke (pixel points) as alarms, the first after `delay_ms`.

        Returns the milliseconds from now until the pen is up for the last time. Raises ValueError for a
        speed that is not positive or a stroke without points.
        """
        if speed_px_s <= 0:
            raise ValueError(f"the pen needs a speed above 0 px/s, not {speed_px_s}")
        at_ms = delay_ms
        for index, stroke in enumerate(strokes):
            if not stroke:
                raise ValueError(f"stroke {index} has no points")
            if index:
                at_ms += pause_ms
            duration_ms = max(path_lengths(stroke)[-1] / speed_px_s * 1000.0, SHORTEST_TOUCH_MS)
            self.stroke(stroke, at_ms, duration_ms)
            at_ms += duration_ms
        return at_ms

    def stroke(self, stroke: Stroke, delay_ms: float, duration_ms: float) -> None:
        """Schedule one stroke (pixel points) at constant speed: down after `delay_ms`, up `duration_ms` later."""
        lengths = path_lengths(stroke)
        delay_ns, duration_ns = round(delay_ms * NS_PER_MS), round(duration_ms * NS_PER_MS)

        def put_down() -> None:
            start_ns = self.clock.now_ns
            self.down = True
            self.touch.follow(
                lambda: point_at(stroke, lengths, lengths[-1] * (self.clock.now_ns - start_ns) / duration_ns)
            )

        self._alarms.append(self.clock.after(delay_ns, put_down))
        self._alarms.append(self.clock.after(delay_ns + duration_ns, self._up))

    def stop(self) -> None:
        """Lift the pen now and cancel the remaining strokes."""
        for alarm in self._alarms:
            alarm.cancel()
        self._alarms.clear()
        if self.down:
            self._up()

    def _up(self) -> None:
        self.down = False
        self.touch.lift()


def path_lengths(stroke: Stroke) -> list[float]:
    """Distance along the path at each of its points, in pixels, first 0."""
    steps = (hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(stroke))
    return list(accumulate(steps, initial=0.0))


def point_at(stroke: Stroke, lengths: list[float], distance: float) -> Point:
    """The point `distance` pixels along the path, at most its end."""
    index = bisect_right(lengths, distance)
    if index >= len(stroke):
        return stroke[-1]
    (x0, y0), (x1, y1) = stroke[index - 1], stroke[index]
    part = (distance - lengths[index - 1]) / (lengths[index] - lengths[index - 1])
    return x0 + (x1 - x0) * part, y0 + (y1 - y0) * part
