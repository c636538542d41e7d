"""test_timeline: a reading counts from the last time a step became true; a missed bound is found."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any, cast

from kesu.verify.bounds import WATCHED_MS
from kesu.verify.search.timeline import Reading, Step, stop_ms, watch


class ClockOnlyPad:
    """The two members of a pad that `watch` uses."""

    def __init__(self) -> None:
        self.now_ms = 100.0

    def run_for(self, ms: float) -> None:
        self.now_ms += ms


def run(*rows: Step, pad: ClockOnlyPad) -> list[Reading]:
    events: list[float] = []
    readings = watch(cast(Any, pad), list(rows), lambda: events.append(pad.now_ms))
    assert events == [100.0]
    return readings


def test_first_time_true_is_the_reading() -> None:
    pad = ClockOnlyPad()
    (reading,) = run(Step("zero", 5.0, lambda: pad.now_ms >= 103.0), pad=pad)
    assert reading.at_ms is not None
    assert abs(reading.at_ms - 3.0) < 0.11
    assert reading.within


def test_a_step_that_becomes_false_counts_from_the_last_change() -> None:
    pad = ClockOnlyPad()
    (reading,) = run(Step("zero", 5.0, lambda: 101 < pad.now_ms < 102 or pad.now_ms > 120), pad=pad)
    assert reading.at_ms is not None
    assert 20.0 <= reading.at_ms <= 21.1
    assert not reading.within


def test_an_expensive_step_is_checked_again_at_the_end() -> None:
    pad = ClockOnlyPad()
    (reading,) = run(Step("search", 5.0, lambda: pad.now_ms < 101 + WATCHED_MS - 10, every_ms=1e9), pad=pad)
    assert reading.at_ms is None
    assert not reading.within


def test_a_dependent_step_counts_from_the_other_with_its_own_bound() -> None:
    pad = ClockOnlyPad()
    _, second = run(
        Step("first", 5.0, lambda: pad.now_ms >= 104.0),
        Step("second", 20.0, lambda: pad.now_ms >= 110.0, after="first"),
        pad=pad,
    )
    assert second.bound_ms == 20.0
    assert second.at_ms is not None
    assert abs(second.at_ms - 6.0) < 0.11


def test_stops_are_finer_than_the_bounds_they_measure() -> None:
    assert stop_ms(4.9) <= 0.1
    assert stop_ms(30.0) <= 1.0
    assert stop_ms(600.0) <= 5.0
