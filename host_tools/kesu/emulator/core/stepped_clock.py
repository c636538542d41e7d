"""stepped_clock: a clock without an emulator: for what is replayed to a model, and for exact tests of models."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import heapq
from collections.abc import Callable


class SteppedAlarm:
    """An alarm of `SteppedClock`."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Forget the action."""
        self.action = None


class SteppedClock:
    """Time passes in `advance` only."""

    def __init__(self) -> None:
        self._now_ns = 0
        self._asked = 0
        self._waiting: list[tuple[int, int, SteppedAlarm]] = []

    @property
    def now_ns(self) -> int:
        """Nanoseconds since it was made."""
        return self._now_ns

    def after(self, delay_ns: int, action: Callable[[], None]) -> SteppedAlarm:
        """Run `action` once, so long from now. Raises ValueError for a time in the past."""
        if delay_ns < 0:
            raise ValueError(f"an alarm cannot be {-delay_ns} ns in the past")
        alarm = SteppedAlarm(action)
        self._asked += 1
        heapq.heappush(self._waiting, (self._now_ns + delay_ns, self._asked, alarm))
        return alarm

    def advance(self, delay_ns: int) -> None:
        """Let `delay_ns` pass; run every alarm that becomes due meanwhile, each at its own time. Raises ValueError for
        a negative time."""
        if delay_ns < 0:
            raise ValueError("time does not go back")
        end_ns = self._now_ns + delay_ns
        while self._waiting and self._waiting[0][0] <= end_ns:
            due_ns, _, alarm = heapq.heappop(self._waiting)
            action, alarm.action = alarm.action, None
            if action is not None:
                self._now_ns = due_ns
                action()
        self._now_ns = end_ns
