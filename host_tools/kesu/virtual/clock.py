"""clock: the time that every model of the virtual pad shares, and a clock driven by hand for their tests."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Protocol

NS_PER_US = 1_000
NS_PER_MS = 1_000_000


class Alarm(Protocol):
    """One action waiting for its moment."""

    def cancel(self) -> None:
        """Take the action back; does nothing once it has run."""


class Clock(Protocol):
    """Emulated time in whole nanoseconds, and actions that run at an exact moment of it."""

    @property
    def now_ns(self) -> int:
        """Nanoseconds since the emulator was built; never goes back, not even through a reset."""

    def after(self, delay_ns: int, action: Callable[[], None]) -> Alarm:
        """Run `action` once, `delay_ns` (>= 0) from now; equal moments keep the order of asking."""


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
        """Let `delay_ns` pass, running every alarm that falls due on the way at its own moment."""
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
