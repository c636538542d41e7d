"""clock: the clock interface that all models of the virtual pad share."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

NS_PER_US = 1_000
NS_PER_MS = 1_000_000


class Alarm(Protocol):
    """One scheduled action."""

    def cancel(self) -> None:
        """Cancel the action; no effect once it has run."""


class Clock(Protocol):
    """Emulated time in whole nanoseconds, and actions that run at an exact time."""

    @property
    def now_ns(self) -> int:
        """Nanoseconds since the emulator was built; never goes back, not even through a reset."""

    def after(self, delay_ns: int, action: Callable[[], None]) -> Alarm:
        """Run `action` once, `delay_ns` (>= 0) from now; actions due at the same time run in call order."""
