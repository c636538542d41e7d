"""test_events_timers: latches and deadlines, also across the wrap of the tick counter."""
# SPDX-License-Identifier: MIT

import pytest
from kesu_pad import events, timers

WRAP = 1 << 30


def test_most_urgent_event_is_taken_first_with_its_stamp() -> None:
    latches = events.Events()
    latches.post(events.LINE_LOST, 20)
    latches.post(events.WIPE_KEY, 30)
    latches.post(events.LINE_LOST, 99)
    assert latches.take() == events.WIPE_KEY
    assert latches.when_ms == 30
    assert latches.take() == events.LINE_LOST
    assert latches.when_ms == 20
    assert latches.take() == events.NONE


def test_only_events_that_may_end_the_note_are_urgent() -> None:
    latches = events.Events()
    latches.post(events.PAGE, 1)
    assert not latches.urgent()
    latches.post(events.WRAP_OVER, 1)
    assert latches.urgent()


def test_a_deadline_that_has_passed_is_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No interrupt posts a deadline, so a long job that began before it would not end for it."""
    now = [WRAP - 10]
    monkeypatch.setattr(events, "ticks_ms", lambda: now[0])
    latches = events.Events()
    latches.expect(5)
    assert not latches.urgent()
    now[0] = 4
    assert not latches.urgent()
    now[0] = 5
    assert latches.urgent()
    latches.forget(0)
    assert not latches.urgent()
    assert latches._due_ms == 0


def test_bytes_event_is_urgent_and_taken_last() -> None:
    latches = events.Events()
    latches.post(events.BYTES, 1)
    assert latches.urgent()
    latches.post(events.MODE, 1)
    assert [latches.take(), latches.take(), latches.take()] == [events.MODE, events.BYTES, events.NONE]


def test_what_a_host_sends_is_never_certain_to_end_the_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a host that sends without end would keep ink off the glass."""
    now = [0]
    monkeypatch.setattr(events, "ticks_ms", lambda: now[0])
    latches = events.Events()
    for event in range(events.MODE, events.LATCHES):
        latches.post(event, 1)
    assert not latches.certain()
    latches.post(events.WRAP_OVER, 1)
    assert latches.certain()
    waiting = events.Events()
    waiting.expect(5)
    assert not waiting.certain()
    now[0] = 5
    assert waiting.certain()


def test_forget_clears_stamps_but_no_pending_event() -> None:
    latches = events.Events()
    latches.post(events.IDLE, 777)
    latches.take()
    latches.post(events.WIPE_KEY, 888)
    latches.forget(0)
    assert latches.when_ms == 0
    assert 777 not in latches._when
    assert latches.take() == events.WIPE_KEY
    assert latches.when_ms == 888


def test_deadline_works_across_the_wrap_of_ticks() -> None:
    timer = timers.Timer()
    timer.arm(WRAP - 50, 100)
    assert timer.at_ms == 50
    assert not timer.due(WRAP - 1)
    assert timer.left(WRAP - 50, 1000) == 100
    assert not timer.due(49)
    assert timer.due(50)


def test_timer_armed_with_a_stamp_newer_than_now_is_not_due() -> None:
    timer = timers.Timer()
    timer.arm(1010, 100)
    assert not timer.due(1000)
    assert timer.left(1000, 60) == 60
    assert timer.left(2000, 60) == 0


def test_disarmed_timer_keeps_no_time() -> None:
    timer = timers.Timer()
    timer.arm(5, 5)
    timer.disarm()
    assert timer.at_ms == 0
    assert not timer.due(100)
    assert timer.left(100, 44) == 44
