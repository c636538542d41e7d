"""manual_clock: a clock without an emulator, for exact tests of models."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import heapq
from collections.abc import Callable

from kesu.emulator.core.clock import NS_PER_MS


class ManualAlarm:
    """An alarm of `ManualClock`."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class ManualClock:
    """A clock without an emulator: time passes only in `advance`, so tests of models are exact."""

    def __init__(self) -> None:
        self._now_ns = 0
        self._asked = 0
        self._waiting: list[tuple[int, int, ManualAlarm]] = []

    @property
    def now_ns(self) -> int:
        return self._now_ns

    def after(self, delay_ns: int, action: Callable[[], None]) -> ManualAlarm:
        if delay_ns < 0:
            raise ValueError(f"an alarm cannot be {-delay_ns} ns in the past")
        alarm = ManualAlarm(action)
        self._asked += 1
        heapq.heappush(self._waiting, (self._now_ns + delay_ns, self._asked, alarm))
        return alarm

    def advance(self, delay_ns: int) -> None:
        """Let `delay_ns` pass; run every alarm that becomes due meanwhile, each at its own time."""
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

    def advance_ms(self, milliseconds: float) -> None:
        """`advance` in milliseconds."""
        self.advance(round(milliseconds * NS_PER_MS))
