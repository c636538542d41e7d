"""test_clock: the manual clock runs alarms at their time, in order, and never a cancelled one."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from manual_clock import ManualClock


def test_alarms_run_in_order_at_their_time() -> None:
    clock = ManualClock()
    seen: list[tuple[str, int]] = []
    clock.after(20, lambda: seen.append(("late", clock.now_ns)))
    clock.after(10, lambda: seen.append(("first", clock.now_ns)))
    clock.after(10, lambda: seen.append(("second", clock.now_ns)))
    clock.advance(15)
    assert seen == [("first", 10), ("second", 10)]
    assert clock.now_ns == 15
    clock.advance(5)
    assert seen[-1] == ("late", 20)


def test_an_alarm_may_set_another_within_the_same_advance() -> None:
    clock = ManualClock()
    seen: list[int] = []

    def first() -> None:
        clock.after(4, lambda: seen.append(clock.now_ns))

    clock.after(3, first)
    clock.advance(10)
    assert seen == [7]


def test_a_cancelled_alarm_does_not_run() -> None:
    clock = ManualClock()
    seen: list[str] = []
    clock.after(5, lambda: seen.append("cancelled")).cancel()
    clock.after(5, lambda: seen.append("kept"))
    clock.advance(5)
    assert seen == ["kept"]


def test_an_alarm_in_the_past_is_refused() -> None:
    with pytest.raises(ValueError, match="past"):
        ManualClock().after(-1, lambda: None)
    with pytest.raises(ValueError, match="go back"):
        ManualClock().advance(-1)
