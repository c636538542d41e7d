"""test_days: the clock skips only time in which the pad is idle; calls without a READY are reported."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from kesu.verify.faults import days
from kesu.verify.faults.calls import Shift
from kesu.verify.faults.days import Clock
from kesu.verify.outcome import sayable


class BusyPad:
    """A pad that wipes for `wipe_ms` from now; its last refresh ends `dark_ms` earlier. Time in whole ns."""

    def __init__(self, wipe_ms: float, dark_ms: float, suspended: bool = False) -> None:
        self.now_ns = 0
        self._wipe_ms, self._dark_ms, self._suspended = wipe_ms, dark_ms, suspended
        self.leaps: list[float] = []

    @property
    def now_ms(self) -> float:
        return self.now_ns / 1e6

    def run_for(self, ms: float) -> None:
        self.now_ns += round(ms * 1e6)

    @property
    def panel(self) -> SimpleNamespace:
        return SimpleNamespace(busy=0 < self.now_ms < self._wipe_ms - self._dark_ms)

    @property
    def host(self) -> SimpleNamespace:
        ready = self._suspended or self.now_ms >= self._wipe_ms  # a sleeping pad reported READY last
        return SimpleNamespace(serial_state=SimpleNamespace(dsr=ready, dcd=False), suspended=self._suspended)


@pytest.mark.parametrize("wipe_ms", [1_800.0, 2_400.0, 4_700.0])
@pytest.mark.parametrize("dark_ms", [0.0, 299.0, 650.0])
@pytest.mark.parametrize("suspended", [False, True])
def test_a_running_wipe_is_not_skipped(
    monkeypatch: pytest.MonkeyPatch, wipe_ms: float, dark_ms: float, suspended: bool
) -> None:
    pad: Any = BusyPad(wipe_ms, dark_ms, suspended)
    monkeypatch.setattr(days, "move_timer", lambda moved, ms: pad.leaps.append(pad.now_ms))
    clock = Clock(pad, wipe_ms + 700.0)
    clock.rest(3_600_000.0)
    (leap_ms,) = pad.leaps
    assert leap_ms >= wipe_ms
    assert clock.elapsed_ms == pytest.approx(3_600_000.0, abs=0.001)
    assert clock.played_ms < 10_000.0, "most of the hour is skipped"


@pytest.mark.parametrize("ms", [0.0, 0.1, 137.123_456_789, 999.999_999_7, 3_000.000_000_4])
def test_an_idle_time_of_any_length_ends(monkeypatch: pytest.MonkeyPatch, ms: float) -> None:
    pad: Any = BusyPad(10_000.0, 0.0)
    monkeypatch.setattr(days, "move_timer", lambda moved, ms: pad.leaps.append(pad.now_ms))
    Clock(pad, 2_500.0).rest(ms)
    assert pad.now_ms == pytest.approx(ms, abs=0.001)
    assert not pad.leaps


def test_calls_without_ready_are_reported() -> None:
    shift = Shift(
        calls=3, working_days=1, ready_ms=[1_800.0, None, 1_801.0], free_bytes=[1], largest_bytes=[1]
    )
    trial = shift.trial(4)
    assert trial.reason == "READY never came after 1 of 3 calls"
    assert (trial.gone_ms, trial.holds) == (None, False)
    json.dumps(sayable(trial.figures), allow_nan=False)
    never = Shift(calls=1, ready_ms=[None]).trial(4)
    assert not never.holds
    assert Shift().trial(4).reason == "no call was taken"


def test_calls_that_hold_are_reported_as_holding() -> None:
    shift = Shift(calls=2, working_days=1, ready_ms=[1_800.0, 1_801.0], free_bytes=[1], largest_bytes=[1])
    assert shift.trial(4).holds
