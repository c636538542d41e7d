"""test_refresh: each pixel gets its pulses, both planes what it needs for them, and ink never delays a wipe."""
# SPDX-License-Identifier: MIT

import pytest
from kesu_pad import events, ink, memo, refresh
from kesu_pad.panel import controller


@pytest.fixture
def bench(doubles):
    class Bench:
        def __init__(self) -> None:
            self.memo = memo.Memo()
            self.memo.clear()
            self.memo.under[:] = b"\xff" * 15000
            self.memo.keep_all()
            self.latches = events.Events()
            self.panel = doubles.Panel()
            self.panel.fill_planes(0xFF, 0xFF)
            self.panel.log.clear()
            self.ink = ink.Ink(self.memo, 2, self.latches)
            self.refresh = refresh.Refresh(self.panel, self.memo, self.latches)
            self.refresh.forget(0)

    return Bench()


def test_a_blank_page_needs_no_refresh(bench) -> None:
    assert bench.refresh.step(10) == 0
    assert bench.panel.log == []
    assert bench.refresh.left(10, 1000) == 1000


def test_one_step_sends_a_touch_and_starts_the_pulse(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    assert bench.refresh.step(10) == 0
    assert bench.panel.log == ["both", "pulse"]
    assert bench.panel.new == bench.memo.frame
    assert bench.panel.old == b"\xff" * 15000


def pulse(bench, ms: int) -> None:
    """The loop turns during the pulse; BUSY falls at ticks `ms`."""
    assert bench.refresh.step(ms - 1) == 0
    bench.panel.is_busy = False
    assert bench.refresh.step(ms) == 0


def test_every_point_gets_five_pulses_and_the_planes_are_equal_at_the_end(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    for number in range(1, 5):
        pulse(bench, 10 + 57 * number)
        assert bench.panel.log.count("pulse") == 1 + number
        assert bench.panel.old != bench.panel.new
    pulse(bench, 300)
    assert bench.panel.log.count("pulse") == 5
    assert not bench.panel.is_busy
    assert bench.panel.old == bench.panel.new == bench.memo.frame
    assert not any(bench.memo.ages)
    assert bench.refresh.step(400) == 0
    assert bench.panel.log[-1] == "both", "nothing is left to do"


def test_ink_drawn_during_a_pulse_begins_with_the_next_one(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    sent = bytes(bench.panel.new)
    bench.ink.point(200, 100, 20, 1)
    bench.refresh.step(20)
    assert bench.panel.new == sent
    pulse(bench, 64)
    assert bench.panel.new == bench.memo.frame != sent
    for number in range(2, 6):
        pulse(bench, 10 + 57 * number)
    # The first point has had its five, the second needs one more.
    assert bench.panel.old == sent
    assert bench.panel.is_busy
    pulse(bench, 400)
    assert bench.panel.log.count("pulse") == 6
    assert bench.panel.old == bench.panel.new == bench.memo.frame


def test_a_panel_without_pulses_gets_the_whole_drive_in_one(bench) -> None:
    bench.panel.pulses = 1
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    pulse(bench, 300)
    assert bench.panel.log == ["both", "pulse", "both"]
    assert bench.panel.old == bench.panel.new == bench.memo.frame


def test_what_is_erased_on_its_way_becomes_black_and_then_white(bench) -> None:
    """Cut short, it would stay grey."""
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.memo.undo()
    for number in range(1, 12):
        if not bench.panel.is_busy:
            break
        pulse(bench, 10 + 57 * number)
    assert bench.panel.log.count("pulse") == 10
    assert bench.panel.old == bench.panel.new == b"\xff" * 15000
    assert bench.memo.pen[memo.DIRTY] == 0


def test_a_plane_that_was_swapped_is_written_again_before_the_next_pulse(bench) -> None:
    """On a controller that swaps its planes an unchanged band would have the other plane's content."""
    bench.ink.point(100, 100, 10, 1)
    bench.ink.point(100, 200, 20, 1)
    bench.refresh.step(20)
    for number in range(1, 6):
        bench.panel.new, bench.panel.old = bench.panel.old, bench.panel.new
        pulse(bench, 10 + 57 * number)
        bench.ink.point(300, 30, 10 + 57 * number, 1)
        assert bench.panel.new[50 * 100 - 800 : 50 * 216] == bench.memo.frame[50 * 100 - 800 : 50 * 216]
    for number in range(6, 30):
        if bench.panel.is_busy:
            bench.panel.new, bench.panel.old = bench.panel.old, bench.panel.new
        pulse(bench, 10 + 57 * number)
    assert bench.panel.old == bench.panel.new == bench.memo.frame


def test_urgent_event_stops_sending_between_bands(bench) -> None:
    ms = 10
    for y in range(10, 290, 40):
        bench.ink.point(50, y, ms, 0)
        ms += 10
    bench.panel.on_write = lambda: bench.latches.post(events.WIPE_KEY, 5)
    bench.refresh.step(ms)
    assert bench.panel.log == ["both"]


def test_no_band_is_sent_while_an_event_waits_that_ends_the_note(bench) -> None:
    bench.ink.point(50, 10, 10, 0)
    bench.latches.post(events.WIPE_KEY, 5)
    bench.refresh.step(10)
    assert bench.panel.log == []
    assert bench.latches.take() == events.WIPE_KEY
    bench.refresh.step(20)
    assert bench.panel.log == ["both", "pulse"]


def test_failed_refresh_is_reported(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.panel.is_busy = False
    bench.panel.verdicts = [2]
    assert bench.refresh.step(90) == 2


def test_continuous_traffic_does_not_keep_ink_off_the_glass(bench) -> None:
    for number, y in enumerate(range(10, 290, 40)):
        bench.ink.point(50, y, 10 * number, 1)
    bench.latches.post(events.BYTES, 5)
    for ms in range(100, 110):
        bench.refresh.step(ms)
    assert bench.panel.log[-1] == "pulse"
    assert bench.panel.new == bench.memo.frame


def test_boosters_are_switched_off_once_after_a_pause(bench) -> None:
    assert bench.refresh.left(4000, 5000) == 1000
    bench.refresh.step(4999)
    assert bench.panel.log == []
    bench.refresh.step(5000)
    bench.panel.is_busy = False
    bench.refresh.step(60000)
    assert bench.panel.log == ["power_off"]
    bench.ink.point(100, 100, 60010, 1)
    bench.refresh.step(60010)
    assert bench.panel.log == ["power_off", "both", "pulse"]


def write_dots(bench, count: int) -> int:
    """Write `count` dots, each with pulses of its own; BUSY is low at the end. Returns when the last one came, ms."""
    ms = at_ms = 0
    for number in range(count):
        at_ms = ms = ms + 500
        bench.ink.point(20 + 3 * (number % 100), 100 + 4 * (number // 100), ms, 1)
        bench.refresh.step(ms)
        while bench.panel.is_busy:
            ms += 60
            pulse(bench, ms)
    return at_ms


COUNT = 1 + refresh.CLEAN_AT // memo.DRAWN
RESTS = refresh.SETTLED_MS + refresh.CLEAN_REST_MS


def test_resting_note_is_shown_again(bench) -> None:
    last = write_dots(bench, COUNT)
    assert bench.refresh.left(last + refresh.SETTLED_MS, 10000) == refresh.CLEAN_REST_MS
    bench.refresh.step(last + RESTS - 1)
    assert "dark" not in bench.panel.log
    bench.refresh.step(last + RESTS)
    assert bench.panel.log[-1] == "dark"
    pulse(bench, last + RESTS + 5)
    assert bench.panel.log[-1] == "page"
    assert bench.panel.new == bench.panel.old == bench.memo.shown != b"\xff" * 15000
    # Ink that comes meanwhile waits for its end and is then sent as usual.
    later = last + RESTS + 10
    bench.ink.point(50, 50, later, 1)
    bench.refresh.step(later)
    assert bench.panel.log[-1] == "page"
    pulse(bench, later + 1)
    assert bench.panel.log[-2:] == ["both", "pulse"]
    assert bench.memo.pen[memo.DRIVEN] == memo.DRAWN


@pytest.mark.parametrize("inked", [False, True])
def test_when_a_note_is_shown_again_does_not_depend_on_where_its_ink_is(bench, inked) -> None:
    """Points on paper need pulses until 0.3 s after the last one; points on ink that is there already need none."""
    if inked:
        bench.memo.frame[:] = bytes(15000)
        bench.memo.keep_all()
    ms = 0
    for number in range(COUNT):
        ms = 10 + 10 * number
        bench.ink.point(20 + number // 2 % 300, 60, ms, 1)
        bench.refresh.step(ms)
        bench.panel.is_busy = False
    last = ms
    assert ("pulse" in bench.panel.log) != inked, "the control"
    while bench.panel.log[-1] != "dark":
        ms += 1
        bench.refresh.step(ms)
        bench.panel.is_busy = False
    assert ms == last + RESTS


def test_the_eraser_page_turns_and_undo_count(bench) -> None:
    bench.memo.remember()
    bench.memo.undo()
    assert bench.memo.pen[memo.DRIVEN] == memo.UNDONE
    bench.memo.turn_page()
    assert bench.memo.pen[memo.DRIVEN] == memo.UNDONE + memo.TURNED_OVER
    bench.memo.pen[memo.ERASER] = 1
    bench.ink.point(50, 50, 10, 1)
    assert bench.memo.pen[memo.DRIVEN] == memo.UNDONE + memo.TURNED_OVER + memo.ERASED


def test_a_panel_without_our_waveforms_shows_a_resting_note_by_that_of_its_otp(bench) -> None:
    bench.panel.rung = 0
    bench.memo.pen[memo.DRIVEN] = refresh.CLEAN_AT
    bench.refresh.step(refresh.CLEAN_REST_MS)
    assert bench.panel.log == ["page"]


def test_few_points_cause_no_page(bench) -> None:
    last = write_dots(bench, 20)
    bench.refresh.step(last + RESTS + 5000)
    assert "dark" not in bench.panel.log


def test_ink_waits_for_a_busy_panel_up_to_a_limit(bench) -> None:
    bench.refresh.step(refresh.POWER_OFF_MS)
    assert bench.panel.log == ["power_off"]
    start = refresh.POWER_OFF_MS + 10
    bench.ink.point(100, 100, start, 1)
    assert bench.refresh.step(start) == 0
    assert bench.refresh.step(start + refresh.BUSY_LIMIT_MS) == 0
    assert bench.refresh.step(start + 1 + refresh.BUSY_LIMIT_MS) == controller.TOO_LONG
    assert bench.panel.log == ["power_off"]


def test_stuck_busy_of_a_resting_panel_is_found_in_milliseconds(bench) -> None:
    bench.panel.is_busy = True  # while no refresh runs
    bench.ink.point(100, 100, 10, 1)
    assert bench.refresh.step(10) == 0
    assert bench.refresh.left(10, 1000) == refresh.STUCK_LIMIT_MS
    assert bench.refresh.step(10 + refresh.STUCK_LIMIT_MS) == 0
    assert bench.refresh.step(11 + refresh.STUCK_LIMIT_MS) == controller.TOO_LONG
    assert bench.panel.log == []


@pytest.mark.parametrize("fault", [events.FAILED, events.WIPE_KEY, events.BYTES])
@pytest.mark.parametrize("phase", ["first", "after a pulse"])
def test_event_stops_sending_a_whole_page_after_one_band(bench, fault, phase) -> None:
    bench.memo.frame[:] = bytes(15000)
    bench.memo.pen[memo.DIRTY] = (1 << 19) - 1
    if phase != "first":
        bench.refresh.step(10)
        bench.panel.is_busy = False
    bench.panel.log.clear()
    bench.panel.on_write = lambda: bench.latches.post(fault, 5)
    bench.refresh.step(400)
    assert bench.panel.log == ["both"]
    assert len(bench.memo.shown) == 15000


def test_each_wait_for_a_busy_panel_has_its_own_limit(bench) -> None:
    bench.panel.is_busy = True
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.panel.is_busy = False
    bench.refresh.step(500)
    assert bench.panel.log == ["both", "pulse"]
    for number in range(5):
        pulse(bench, 600 + 60 * number)
    bench.panel.is_busy = True
    bench.ink.point(200, 100, 2_000, 1)
    assert bench.refresh.step(2_000) == 0
    bench.refresh.forget(2_010)
    assert bench.refresh.step(2_030) == 0
