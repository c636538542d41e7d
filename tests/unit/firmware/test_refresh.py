"""test_refresh: ink reaches both planes in sync, and never delays a wipe."""
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


def test_one_step_sends_a_touch_and_starts_the_refresh(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    assert bench.refresh.step(10) == 0
    assert bench.panel.log == ["new", "partial"]
    assert bench.panel.new == bench.memo.frame
    assert bench.panel.old == b"\xff" * 15000


def test_ink_drawn_during_a_refresh_is_not_in_the_old_plane(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    sent = bytes(bench.panel.new)
    bench.ink.point(104, 100, 20, 0)
    bench.refresh.step(20)
    assert bench.panel.new == sent
    bench.panel.is_busy = False
    bench.refresh.step(400)
    assert bench.panel.old == sent  # what the glass shows
    assert bench.panel.new == bench.memo.frame != sent  # the next refresh has already started
    assert bench.panel.log == ["new", "partial", "old", "new", "partial"]
    bench.panel.is_busy = False
    bench.refresh.step(800)
    assert bench.panel.old == bench.panel.new == bench.memo.frame


def test_urgent_event_stops_sending_between_bands(bench) -> None:
    ms = 10
    for y in range(10, 290, 40):
        bench.ink.point(50, y, ms, 0)
        ms += 10
    bench.panel.on_write = lambda: bench.latches.post(events.WIPE_KEY, 5)
    bench.refresh.step(ms)
    assert bench.panel.log == ["new"]


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
    assert bench.panel.log[-1] == "partial"
    assert bench.panel.new == bench.memo.frame


def test_boosters_are_switched_off_once_after_a_pause(bench) -> None:
    assert bench.refresh.left(19000, 5000) == 1000
    bench.refresh.step(19999)
    assert bench.panel.log == []
    bench.refresh.step(20000)
    bench.panel.is_busy = False
    bench.refresh.step(60000)
    assert bench.panel.log == ["power_off"]
    bench.ink.point(100, 100, 60010, 1)
    bench.refresh.step(60010)
    assert bench.panel.log == ["power_off", "new", "partial"]


def write_dots(bench, count: int) -> None:
    """Write `count` dots, each with a partial refresh of its own; BUSY is low at the end."""
    for number in range(count):
        bench.ink.point(100 + number, 100, 500 * number, 1)
        for ms in (0, 400):
            bench.refresh.step(500 * number + ms)
            bench.panel.is_busy = False


COUNT = 2 + refresh.CLEAN_AT // (refresh.A_REFRESH + 4)


def test_resting_note_gets_a_full_refresh(bench) -> None:
    write_dots(bench, COUNT)
    rested = 500 * (COUNT - 1) + 400
    assert bench.refresh.left(rested, 10000) == refresh.CLEAN_REST_MS
    bench.refresh.step(rested + refresh.CLEAN_REST_MS - 1)
    assert "fast_full" not in bench.panel.log
    bench.refresh.step(rested + refresh.CLEAN_REST_MS)
    assert bench.panel.log[-1] == "fast_full"
    assert bench.panel.new == bench.panel.old == bench.memo.shown != b"\xff" * 15000
    # Ink that comes during the full refresh waits for its end and is then sent as usual.
    later = rested + refresh.CLEAN_REST_MS + 10
    bench.ink.point(50, 50, later, 1)
    bench.refresh.step(later)
    assert bench.panel.log[-1] == "fast_full"
    bench.panel.is_busy = False
    bench.refresh.step(later + 1)
    assert bench.panel.log[-2:] == ["new", "partial"]
    assert bench.memo.pen[memo.DRIVEN] == refresh.A_REFRESH + 4


def test_driven_pixels_count_more_than_refreshes(bench) -> None:
    """Driving most of the page twice causes a full refresh after two refreshes; dots only after many."""
    for number in range(2):
        for row in range(0, 120):
            bench.memo.frame[50 * row : 50 * row + 50] = bytes([0xFF * number]) * 50
        bench.memo.pen[memo.DIRTY] = (1 << 8) - 1
        for ms in (0, 400):
            bench.refresh.step(500 * number + ms)
            bench.panel.is_busy = False
    assert bench.memo.pen[memo.DRIVEN] == 2 * (120 * 400 + refresh.A_REFRESH)
    bench.refresh.step(900 + refresh.CLEAN_REST_MS)
    assert bench.panel.log[-1] == "fast_full"


def test_few_partial_refreshes_cause_no_full_refresh(bench) -> None:
    write_dots(bench, 20)
    bench.refresh.step(500 * 20 + refresh.CLEAN_REST_MS + 5000)
    assert "fast_full" not in bench.panel.log


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


def test_the_new_plane_is_written_again_after_a_refresh(bench) -> None:
    """Otherwise a controller that swaps its planes would drop the last stroke in the next refresh."""
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.panel.new, bench.panel.old = bench.panel.old, bench.panel.new
    bench.panel.is_busy = False
    bench.refresh.step(400)
    assert bench.panel.log == ["new", "partial", "old", "new"]
    assert bench.panel.new == bench.panel.old == bench.memo.frame


def test_band_with_newer_ink_is_not_written_twice(bench) -> None:
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.ink.point(104, 100, 20, 0)
    bench.panel.is_busy = False
    bench.refresh.step(400)
    assert bench.panel.log == ["new", "partial", "old", "new", "partial"]


@pytest.mark.parametrize("fault", [events.FAILED, events.WIPE_KEY, events.BYTES])
@pytest.mark.parametrize("phase", ["new", "old", "new again"])
def test_event_stops_sending_a_whole_page_after_one_band(bench, fault, phase) -> None:
    bench.memo.pen[memo.DIRTY] = (1 << 19) - 1
    if phase != "new":
        bench.refresh.step(10)
        bench.panel.is_busy = False
        if phase == "new again":
            bench.panel.write_old = lambda *_rows: None
    bench.panel.log.clear()
    bench.panel.on_write = lambda: bench.latches.post(fault, 5)
    bench.refresh.step(400)
    assert len(bench.panel.log) == 1


def test_each_wait_for_a_busy_panel_has_its_own_limit(bench) -> None:
    bench.panel.is_busy = True
    bench.ink.point(100, 100, 10, 1)
    bench.refresh.step(10)
    bench.panel.is_busy = False
    bench.refresh.step(500)
    assert bench.panel.log == ["new", "partial"]
    bench.panel.is_busy = False
    bench.refresh.step(900)
    bench.panel.is_busy = True
    bench.ink.point(200, 100, 2_000, 1)
    assert bench.refresh.step(2_000) == 0
    bench.refresh.forget(2_010)
    assert bench.refresh.step(2_030) == 0
