"""timer_alarms: makes the emulated timer's alarms fire exactly on their microsecond.

An alarm fires when the counter reaches its value (RP2040 datasheet 4.6.3). rp2040py counts whole microseconds
from the instant of arming, so its alarm is early by the elapsed fraction of a microsecond, and the time of
firing would depend on when it was armed.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

_NS_PER_US = 1_000


class _ExactAlarm:
    """An alarm of rp2040py's clock that fires on a whole microsecond of the timer."""

    def __init__(self, timer: Any, inner: Any) -> None:
        self._timer = timer
        self._inner = inner

    def schedule(self, delay_ns: float) -> None:
        passed_ns = (self._timer.clock.nanos - self._timer._epoch_nanos) % _NS_PER_US
        self._inner.schedule(delay_ns + (_NS_PER_US - passed_ns if passed_ns else 0))

    def cancel(self) -> None:
        self._inner.cancel()


def make_exact(timer: Any) -> None:
    """Make all alarms of rp2040py's timer fire on the microsecond."""
    for alarm in timer.alarms:
        alarm.clock_alarm = _ExactAlarm(timer, alarm.clock_alarm)
