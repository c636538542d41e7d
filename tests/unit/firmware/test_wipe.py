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
            self.wipe = wipe.Wipe(known, self.memo, self.panel, self.sampler, self.touch, None, 1800)
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
WARM = {"partial": 358, "fast_full": 1140}
COLD = {"partial": 454, "fast_full": 1140}


def test_note_and_both_planes_are_cleared_at_once(bench, native) -> None:
    bench.memo.frame[7000] = 0x55
    bench.memo.pen[memo.DIRTY] = 3
    bench.wipe.start(0)
    assert native.residue() == 0
    assert not bench.sampler.on
    assert bench.panel.log == ["fill"]
    assert bench.sampler.flushes == 1
    assert bench.panel.new == b"\xff" * 15000
    assert bench.panel.old == bytes(15000)
    assert bench.wipe.scrub_due


def test_a_running_waveform_is_stopped_first(bench) -> None:
    bench.panel.is_busy = True
    bench.wipe.start(0)
    assert bench.panel.log == ["abort", "fill"]


@pytest.mark.parametrize("busy", [WARM, COLD])
@pytest.mark.parametrize("event_ms", [0, (1 << 30) - 700])
def test_every_step_has_its_time(bench, busy, event_ms) -> None:
    bench.wipe.start(event_ms)
    assert bench.run(3000, busy, event_ms) == 0
    assert bench.trace == [
        (wipe.WHITE_AT_MS, "restart"),
        (wipe.WHITE_AT_MS, "partial"),
        (CLEAN_AT_MS, "new"),
        (CLEAN_AT_MS, "old"),
        (CLEAN_AT_MS, "fast_full"),
    ]
    assert bench.ended == 1800
    assert bench.touch.pulses == 1
    assert bench.sampler.on
    assert not bench.wipe.active


@pytest.mark.parametrize("now_ms", [70, (1 << 30) - 5, 3])
def test_the_wipe_of_a_start_whitens_earlier_and_needs_no_reset(bench, now_ms) -> None:
    """Each step is START_AHEAD_MS earlier; the panel was reset just before."""
    ahead_ms = wipe.START_AHEAD_MS
    bench.wipe.start_up(now_ms)
    assert not bench.wipe.whitens()
    assert bench.run(3000, COLD, now_ms) == 0
    assert bench.trace == [
        (wipe.WHITE_AT_MS - ahead_ms, "partial"),
        (CLEAN_AT_MS - ahead_ms, "new"),
        (CLEAN_AT_MS - ahead_ms, "old"),
        (CLEAN_AT_MS - ahead_ms, "fast_full"),
    ]
    assert bench.ended == 1800 - ahead_ms
    bench.trace.clear()
    bench.wipe.start(now_ms)
    assert bench.run(3000, WARM, now_ms) == 0
    assert bench.trace[0] == (wipe.WHITE_AT_MS, "restart"), "the next wipe resets the panel"


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
    assert bench.run(4000, {"partial": 454, "fast_full": 1500}) == 0
    assert bench.ended == CLEAN_AT_MS + 1500 + 1


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
