"""test_wipe: order and times of the steps, and failures of the panel."""
# SPDX-License-Identifier: MIT

import pytest
from kesu_pad import memo, owners, screens, wipe


@pytest.fixture
def bench(doubles):
    class Bench:
        def __init__(self) -> None:
            self.memo = memo.Memo()
            self.panel = doubles.Panel()
            self.sampler = doubles.Sampler()
            self.touch = doubles.Touch()
            known = owners.Owners(self.memo, self.panel)
            self.wipe = wipe.Wipe(
                known, self.memo, self.panel, self.sampler, self.touch, None, doubles.HoldUp(), 1800
            )
            self.trace: list[tuple[int, str]] = []

        def run(self, until_ms: int, busy_ms: dict[str, int], event_ms: int = 0) -> int:
            """Step each ms, with BUSY times from `busy_ms`; return the first verdict, 0 for none."""
            falls_at = -1
            seen = len(self.panel.log)
            for ms in range(event_ms, event_ms + until_ms):
                if ms == falls_at:
                    self.panel.is_busy = False
                verdict = self.wipe.step(ms % (1 << 30))
                for name in self.panel.log[seen:]:
                    self.trace.append((ms - event_ms, name))
                    if name in busy_ms:
                        falls_at = ms + busy_ms[name]
                seen = len(self.panel.log)
                if verdict or self.wipe.done:
                    self.ended = ms - event_ms
                    return verdict
            self.ended = until_ms
            return 0

    return Bench()


CLEAN_AT_MS = 530  # of the double
WARM = {"dark": 171, "page": 1070, "probe": 54, "turn": 246, "partial": 358, "fast_full": 1140}
COLD = WARM | {"dark": 267, "partial": 454}


def test_note_and_both_planes_are_cleared_at_once(bench, native) -> None:
    bench.memo.frame[7000] = 0x55
    bench.memo.pen[memo.DIRTY] = 3
    bench.wipe.start(0)
    assert native.residue() == 0
    assert not bench.sampler.on
    assert bench.panel.log == ["abort", "fill"]
    assert bench.sampler.flushes == 1
    assert bench.panel.new == b"\xff" * 15000
    assert bench.panel.old == bytes(15000)
    assert bench.wipe.scrub_due


@pytest.mark.parametrize("busy", [True, False])
def test_the_panel_is_reset_first_whether_or_not_a_waveform_runs(bench, busy) -> None:
    bench.panel.is_busy = busy
    bench.wipe.start(0)
    assert bench.panel.log == ["abort", "fill"]


@pytest.mark.parametrize("busy", [WARM, COLD])
@pytest.mark.parametrize("event_ms", [0, (1 << 30) - 700])
def test_every_step_has_its_time(bench, busy, event_ms) -> None:
    bench.wipe.start(event_ms)
    assert bench.run(3000, busy, event_ms) == 0
    dark = wipe.WHITE_AT_MS + busy["dark"]
    shown = dark + busy["page"]
    assert bench.trace == [
        (wipe.WHITE_AT_MS, "dark"),
        (dark, "new"),
        (dark, "old"),
        (dark, "page"),
        (shown, "new"),
        (shown, "old"),
    ]
    assert bench.ended == 1800
    assert bench.touch.pulses == 1
    assert bench.sampler.on
    assert not bench.wipe.active


@pytest.mark.parametrize("busy", [WARM, COLD])
@pytest.mark.parametrize("event_ms", [0, (1 << 30) - 700])
def test_a_panel_without_our_waveforms_gets_those_of_its_otp(bench, busy, event_ms) -> None:
    bench.panel.rung = 0
    bench.wipe.start(event_ms)
    assert bench.run(3000, busy, event_ms) == 0
    assert bench.trace == [
        (wipe.WHITE_AT_MS, "partial"),
        (CLEAN_AT_MS, "new"),
        (CLEAN_AT_MS, "old"),
        (CLEAN_AT_MS, "fast_full"),
        (CLEAN_AT_MS + busy["fast_full"], "new"),
        (CLEAN_AT_MS + busy["fast_full"], "old"),
    ]
    assert bench.ended == 1800


@pytest.mark.parametrize("now_ms", [70, (1 << 30) - 5, 3])
def test_the_wipe_of_a_start_is_earlier_needs_no_reset_and_probes_the_panel(bench, now_ms) -> None:
    """Each step is START_AHEAD_MS earlier; the panel was reset just before."""
    ahead_ms = wipe.START_AHEAD_MS
    bench.panel.probed = False
    bench.wipe.start_up(now_ms)
    assert not bench.wipe.whitens()
    assert bench.run(3000, COLD, now_ms) == 0
    names = ["dark", "new", "old", "page", "new", "old"]
    assert bench.panel.log[0] == "fill", "no reset"
    assert [name for _, name in bench.trace] == [*names, "probe"]
    assert bench.trace[0][0] == wipe.WHITE_AT_MS - ahead_ms
    assert bench.ended == 1800 - ahead_ms
    bench.trace.clear()
    bench.wipe.start(now_ms)
    assert bench.run(3000, WARM, now_ms) == 0
    assert [name for _, name in bench.trace] == names


@pytest.mark.parametrize("when", ["dark", "page", "probe"])
def test_a_panel_that_shows_nothing_of_ours_is_flashed_by_its_otp(bench, when) -> None:
    """Its first page, at a start, is found to be another waveform; or it never loads one."""
    bench.panel.probed = False
    bench.panel.verdicts = {"dark": [4], "page": [0, 4], "probe": [0, 0, 4]}[when]
    bench.wipe.start_up(0)
    assert bench.run(4000, COLD) == 0
    assert [name for _, name in bench.trace][-5:] == ["new", "old", "fast_full", "new", "old"]
    assert bench.panel.new == bench.panel.old == bench.memo.shown
    assert bench.wipe.done


@pytest.mark.parametrize(
    ("other_ms", "names"),
    [(30, []), (800, ["new", "turn", "new", "old"]), (1750, ["new", "turn", "new", "old"])],
)
def test_another_page_replaces_the_one_on_the_glass(bench, other_ms, names) -> None:
    """An event during a wipe changes the page at its end, by one more drive if the page is drawn already."""
    bench.wipe.start(0)
    bench.run(other_ms, WARM)
    bench.wipe.page = screens.AWAY
    before = len(bench.trace)
    for ms in range(other_ms, 4000):
        if bench.panel.is_busy and ms >= bench.trace[-1][0] + WARM.get(bench.trace[-1][1], 0):
            bench.panel.is_busy = False
        seen = len(bench.panel.log)
        assert bench.wipe.step(ms) == 0
        bench.trace += [(ms, name) for name in bench.panel.log[seen:]]
        if bench.wipe.done:
            break
    page = bytearray(15000)
    screens.away(page)
    assert bench.panel.new == bench.panel.old == page
    assert [name for _, name in bench.trace[before:]][-4:] == (names or ["old", "page", "new", "old"])
    assert not bench.sampler.on


def test_wipe_ends_with_the_ready_page_in_all_buffers(bench) -> None:
    bench.wipe.start(0)
    bench.run(3000, WARM)
    page = bytearray(15000)
    screens.ready(page, 0)
    assert page != b"\xff" * 15000
    assert bench.memo.under == bench.memo.shown == bench.panel.new == bench.panel.old == page
    assert all(ink == b"\xff" * 15000 for ink in bench.memo.pages)
    assert not any(bench.memo.before)
    assert not any(bench.memo.pen)


@pytest.mark.parametrize("verdicts", [[2], [0, 3]])
def test_a_refresh_that_failed_is_reported(bench, verdicts) -> None:
    bench.panel.verdicts = list(verdicts)
    bench.wipe.start(0)
    assert bench.run(3000, WARM) == verdicts[-1]
    assert not bench.wipe.done


def test_wipe_may_end_with_the_names_of_the_image_and_takes_ink(bench) -> None:
    bench.wipe.page = screens.IDENTITY
    bench.wipe.start(0)
    bench.run(3000, WARM)
    page = bytearray(15000)
    screens.identity(page, 0)
    assert bench.panel.new == bench.panel.old == page
    assert bench.ended == 1800
    assert bench.sampler.on


def test_a_late_panel_delays_ready(bench) -> None:
    bench.wipe.start(0)
    assert bench.run(4000, WARM | {"page": 1900}) == 0
    assert bench.ended == wipe.WHITE_AT_MS + WARM["dark"] + 1900 + 1


@pytest.mark.parametrize(
    ("which", "draw"), [(screens.AWAY, screens.away), (screens.PAYMENT, screens.payment)]
)
def test_wipe_may_end_with_a_page_that_takes_no_ink(bench, which, draw) -> None:
    bench.wipe.page = which
    bench.wipe.start(0)
    bench.run(3000, WARM)
    page = bytearray(15000)
    draw(page)
    assert bench.panel.new == bench.panel.old == page
    assert bench.ended == 1800
    assert not bench.sampler.on
