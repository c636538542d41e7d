"""test_ssd1680_driver: driver of the 2.9 inch panel on the model of its controller, with both films."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import Film
from kesu.emulator.panel.ssd16xx_update import DISPLAY
from kesu.emulator.panel.ssd16xx_waveform import length_ns, net_v_s
from kesu.emulator.panel.ssd1680 import GDEY029T94, WAVESHARE_V2, Ssd1680, decoded
from kesu.spec.panels import PANELS
from kesu_pad.panel import controller, ssd1680, waveforms
from manual_clock import ManualClock
from panel_link import Link

PAGE = PANELS["2in9"]
WIDTH, HEIGHT, STRIDE = PAGE.width, PAGE.height, PAGE.stride


class Bench:
    """A driver and the model of a panel with one film."""

    def __init__(self, film: Film) -> None:
        self.clock = ManualClock()
        self.glass = Glass(WIDTH, HEIGHT)
        self.panel = Ssd1680(self.clock, self.glass, film=film)
        self.link = Link(self.clock, self.panel)
        self.driver = ssd1680.Ssd1680(self.link)

    def finish(self) -> tuple[int, float]:
        """Wait for the end of the refresh; return the verdict and the ms it took."""
        start_ns = self.clock.now_ns
        while (verdict := self.driver.finished()) == controller.STILL:
            self.clock.advance_ms(1)
        return verdict, (self.clock.now_ns - start_ns) / NS_PER_MS

    def whiten(self) -> None:
        self.driver.fill_planes(0xFF, 0x00)
        self.driver.start_partial()
        assert self.finish()[0] == controller.OK

    def seen(self) -> np.ndarray:
        return self.glass.reflectance > 0.5


@pytest.fixture(params=[GDEY029T94, WAVESHARE_V2], ids=lambda film: film.name)
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(request.param)
    monkeypatch.setattr(controller, "ticks_ms", made.link.ticks)
    made.link.boot()
    made.driver.init()
    return made


def drawn(seed: int = 3) -> tuple[np.ndarray, bytearray]:
    """Random pixels (True white) and the same as a frame of the firmware."""
    generator = np.random.default_rng(seed)
    picture = generator.random((HEIGHT, WIDTH)) < 0.7
    return picture, bytearray(np.packbits(picture, axis=1).tobytes())


def turned(native: Any, frame: bytearray) -> bytearray:
    strips = bytearray(len(frame))
    native.turn(strips, frame, frame, STRIDE, 0, HEIGHT)
    return strips


def test_glass_shows_the_page_as_drawn(bench: Bench, native: Any) -> None:
    picture, frame = drawn()
    bench.whiten()
    bench.driver.write_new(turned(native, frame), 0, HEIGHT)
    bench.driver.start_fast_full()
    assert bench.finish()[0] == controller.OK
    assert np.array_equal(bench.seen(), picture)
    assert bench.panel.errors == []


def test_a_band_changes_its_rows_only(bench: Bench, native: Any) -> None:
    picture, frame = drawn()
    bench.whiten()
    strips = turned(native, frame)
    bench.driver.write_old(b"\xff" * len(strips), 0, HEIGHT)
    bench.driver.write_new(strips, 48, 64)
    bench.driver.start_partial()
    assert bench.finish()[0] == controller.OK
    assert np.array_equal(bench.seen()[48:64], picture[48:64])
    assert bench.seen()[:48].all()
    assert bench.seen()[64:].all()


def test_filling_reaches_the_sources_without_glass(bench: Bench) -> None:
    bench.driver.fill_planes(0xFF, 0x00)
    assert set(bench.panel.bw) == {0xFF}
    assert set(bench.panel.red) == {0x00}


def test_any_picture_is_white_after_the_complement(bench: Bench, native: Any) -> None:
    _, frame = drawn()
    bench.whiten()
    bench.driver.write_new(turned(native, frame), 0, HEIGHT)
    bench.driver.start_fast_full()
    bench.finish()
    assert not bench.seen().all()
    bench.whiten()
    assert bench.seen().all()


@pytest.mark.parametrize(
    ("film", "first_ms", "partial_ms", "full_ms"),
    # The V2 skips the first one (88 ms) before its register waveform is tried.
    [(GDEY029T94, 362, 362, 1715), (WAVESHARE_V2, 88 + 318, 318, 4012)],
)
def test_first_wipe_detects_the_film(
    film: Film, first_ms: float, partial_ms: float, full_ms: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(film)
    monkeypatch.setattr(controller, "ticks_ms", bench.link.ticks)
    bench.link.boot()
    bench.driver.init()
    bench.driver.rung = waveforms.OTP
    for first in (True, False):
        bench.driver.fill_planes(0xFF, 0x00)
        bench.driver.start_partial()
        verdict, took_ms = bench.finish()
        assert verdict == controller.OK
        assert took_ms == pytest.approx(first_ms if first else partial_ms, abs=20)
        bench.driver.start_fast_full()
        verdict, took_ms = bench.finish()
        assert verdict == controller.OK
        # The V2 also skips the fast one at 100 degrees, once.
        skipped_ms = 83 if first and film is WAVESHARE_V2 else 0
        assert took_ms == pytest.approx(full_ms + skipped_ms, abs=20)
        assert bench.driver.clean_at_ms > 40 + 96 + partial_ms
        assert bench.driver.ready_after_ms > bench.driver.clean_at_ms + 10 + full_ms
    skipped = [each for each in bench.panel.refreshes if each.waveform is None and each.control & DISPLAY]
    assert len(skipped) == (2 if film is WAVESHARE_V2 else 0)


def test_skipping_a_known_waveform_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(GDEY029T94)
    monkeypatch.setattr(controller, "ticks_ms", bench.link.ticks)
    bench.link.boot()
    bench.driver.init()
    bench.whiten()
    bench.panel.temperature_c = 70.0
    before = len(bench.panel.refreshes)
    bench.driver.restart()
    bench.driver.start_partial()
    assert bench.finish()[0] == controller.TOO_SHORT
    assert len(bench.panel.refreshes) - before == 2, "the refresh and one repetition"


def test_refresh_that_failed_once_is_repeated_and_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(GDEY029T94)
    monkeypatch.setattr(controller, "ticks_ms", bench.link.ticks)
    bench.link.boot()
    bench.driver.init()
    bench.whiten()
    before = len(bench.panel.refreshes)
    bench.panel.temperature_c = 70.0
    bench.driver.restart()
    bench.driver.start_partial()
    while len(bench.panel.refreshes) == before:
        bench.driver.finished()
        bench.clock.advance_ms(1)
    bench.panel.temperature_c = 25.0
    assert bench.finish()[0] == controller.OK
    assert len(bench.panel.refreshes) - before == 2


def test_a_panel_that_was_reset_in_mid_refresh_is_set_up_again(bench: Bench, native: Any) -> None:
    """A glitch on RST ends the waveform early and takes the registers with it, so repeating it alone is not
    enough."""
    picture, frame = drawn()
    bench.whiten()
    strips = turned(native, frame)
    bench.driver.write_old(b"\xff" * len(strips), 0, HEIGHT)
    bench.driver.write_new(strips, 0, HEIGHT)
    bench.driver.start_partial()
    bench.clock.advance_ms(60)
    bench.panel.set_rst(False)
    bench.clock.advance_ms(1)
    bench.panel.set_rst(True)
    assert bench.finish()[0] == controller.OK
    assert np.array_equal(bench.seen(), picture)
    assert bench.panel.errors == []


def test_ink_is_drawn_after_an_abort(bench: Bench, native: Any) -> None:
    """A reset clears registers and register waveform; both must be set again."""
    picture, frame = drawn()
    bench.whiten()
    bench.driver.start_fast_full()
    bench.finish()
    bench.driver.start_partial()
    bench.clock.advance_ms(50)
    bench.driver.abort()
    bench.whiten()
    bench.driver.write_old(b"\xff" * len(frame), 0, HEIGHT)
    bench.driver.write_new(turned(native, frame), 0, HEIGHT)
    bench.driver.start_partial()
    assert bench.finish()[0] == controller.OK
    assert np.array_equal(bench.seen(), picture)
    assert bench.panel.errors == []


def test_abort_completes_an_interrupted_reset(bench: Bench) -> None:
    """RST stays low if an exception interrupts its pulse: then BUSY is low too, and commands are ignored."""
    bench.whiten()
    bench.driver.write_new(drawn()[1], 0, HEIGHT)
    bench.link.rst(False)
    bench.driver.fill_planes(0xFF, 0x00)
    assert not all(byte == 0xFF for byte in bytes(bench.panel.bw)), "the panel in reset has taken no data"
    bench.driver.abort()
    bench.whiten()
    assert all(byte == 0xFF for byte in bytes(bench.panel.bw))
    assert bench.seen().all()


def test_the_register_waveform_is_balanced_in_charge() -> None:
    """Black to white and back has zero net charge; unchanged pixels are not driven; 12 frames at 50 Hz."""
    assert len(ssd1680.LUT) == 153
    steps = decoded(ssd1680.LUT)
    assert steps is not None
    assert [net_v_s(steps, row) for row in range(4)] == pytest.approx([0.0, -3.3, 3.3, 0.0])
    assert {step.codes[row] for step in steps for row in (0, 3)} == {0}
    assert {step.com for step in steps} == {0}
    assert length_ns(steps) == 240_000_000


@pytest.mark.parametrize("rows", [(0, 12), (-8, 8), (0, 136), (16, 8)])
def test_only_whole_strips_can_be_turned(rows: tuple[int, int], native: Any) -> None:
    page = bytearray(STRIDE * HEIGHT)
    with pytest.raises(ValueError, match="rows"):
        native.turn(bytearray(page), page, page, STRIDE, *rows)
