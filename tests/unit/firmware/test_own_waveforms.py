"""test_own_waveforms: our waveforms on the models of both controllers: what they show, what BUSY says of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from fast_part import fast
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.contrast import LIGHTNESS_SPAN
from kesu.emulator.panel.panels import module
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.spec.panels import FILMS, Film
from kesu.spec.waveforms import SPEC
from kesu_pad.panel import controller, waveforms
from manual_clock import ManualClock
from panel_link import Link

WHITE, BLACK = 0xFF, 0x00
WHITE_TONE, BLACK_TONE = 0.96, 0.04
"""A film comes back a little after a drive."""


class Bench:
    """A driver and the models of a panel with one film."""

    def __init__(self, film: Film, clock: ManualClock, celsius: float, chip: Chip | None) -> None:
        self.page = film.panel
        self.clock = clock
        parts = module(film.key, self.clock, celsius, 1)
        self.glass, self.panel = parts.glass, parts.panel
        if chip is not None:
            self.panel.chip = chip
        self.link = Link(self.clock, self.panel)
        driver = importlib.import_module(film.panel.driver.module)
        self.driver: Any = getattr(driver, film.panel.driver.name)(self.link)
        size = self.page.stride * self.page.height
        self.shown, self.ages = bytearray([WHITE] * size), bytearray(3 * size)
        self.link.boot()
        self.driver.init()

    def finish(self) -> tuple[int, float]:
        """Wait for the end; the verdict, and the ms it took."""
        start_ns = self.clock.now_ns
        while (verdict := self.driver.finished()) == controller.STILL:
            self.clock.advance_ms(1)
        return verdict, (self.clock.now_ns - start_ns) / NS_PER_MS

    def show(self, value: int) -> int:
        """A page of one tone, as a wipe shows it."""
        self.shown[:] = bytes([value]) * len(self.shown)
        self.driver.start_dark()
        verdict = self.finish()[0]
        if verdict != controller.OK:
            return verdict
        self.driver.write_new(self.shown, 0, self.page.height)
        self.driver.start_page()
        verdict = self.finish()[0]
        self.driver.write_new(self.shown, 0, self.page.height)
        self.driver.write_old(self.shown, 0, self.page.height)
        return verdict

    def started(self) -> int:
        """Everything that a start does, up to the verdict on the probe."""
        self.driver.fill_planes(WHITE, BLACK)
        verdict = self.show(WHITE)
        if verdict == controller.OK:
            self.driver.start_probe()
            verdict = self.finish()[0]
        return verdict

    def tone(self) -> float:
        """Of the whole glass, 0 black to 1 white; all of it has the same, to half a unit of L*."""
        tones = self.glass.reflectance
        assert float(tones.max()) - float(tones.min()) < 0.5 / LIGHTNESS_SPAN
        return float(tones.mean())

    @property
    def controls(self) -> list[int]:
        return [each.control for each in self.panel.refreshes]


@pytest.fixture(params=list(FILMS.values()), ids=list(FILMS))
def film(request: pytest.FixtureRequest) -> Film:
    found: Film = request.param
    return found


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, film: Film) -> Any:
    def made(celsius: float = 25.0, chip: Chip | None = None) -> Bench:
        clock = ManualClock()
        monkeypatch.setattr(controller, "ticks_ms", lambda: clock.now_ns // NS_PER_MS)
        return Bench(film, clock, celsius, chip)

    return made


@pytest.mark.parametrize(
    "film", fast(FILMS.values(), FILMS["2in9"], FILMS["2in9-v2"]), ids=FILMS, indirect=True
)
def test_a_page_is_shown_whatever_glass_and_old_plane_have(make: Any) -> None:
    bench = make()
    generator = np.random.default_rng(5)
    bench.glass.reflectance = generator.random((bench.page.height, bench.page.width)).astype(np.float32)
    assert bench.started() == controller.OK
    assert bench.tone() > WHITE_TONE
    bench.driver.fill_planes(WHITE, WHITE)
    assert bench.show(BLACK) == controller.OK
    assert bench.tone() < BLACK_TONE
    assert bench.show(WHITE) == controller.OK
    assert bench.tone() > WHITE_TONE
    assert bench.panel.errors == []


def drive_ms(film: Film, celsius: int) -> float:
    """How long ink is driven in all."""
    chip = SPEC.chips[film.panel.controller]
    return 1000 * next(each.turn for each in SPEC.classes_of(chip) if each.from_c == celsius) / chip.hz


def test_pulses_take_ink_to_black_step_by_step_and_back(make: Any, native: Any, film: Film) -> None:
    bench = make()
    assert bench.started() == controller.OK
    assert bench.driver.rung == waveforms.PULSES
    size = len(bench.shown)
    for value in (BLACK, WHITE):
        wanted = bytearray([value] * size)
        assert native.aim(bench.shown, bench.ages, wanted, wanted, 0, size, bench.driver.pulses) == 16 * size
        tones = [bench.tone()]
        for _ in range(bench.driver.pulses):
            bench.driver.write_both(bench.shown, bench.ages, 0, bench.page.height)
            bench.driver.start_ink()
            verdict, took_ms = bench.finish()
            assert verdict == controller.OK
            assert took_ms == pytest.approx(drive_ms(film, 25) / bench.driver.pulses + 6, abs=2)
            native.age(bench.shown, bench.ages, 0, size)
            tones.append(bench.tone())
        assert abs(tones[1] - tones[0]) > 0.1, "grey after the first"
        assert abs(tones[-1] - value / 255) < BLACK_TONE
        assert tones[:-2] == sorted(tones[:-2], reverse=value == BLACK)
        bench.driver.write_both(bench.shown, bench.ages, 0, bench.page.height)
        bench.driver.start_ink()
        assert bench.finish()[0] == controller.OK
        assert bench.tone() == pytest.approx(tones[-1], abs=0.01), "nothing more is driven"
    assert set(bench.controls[-10:]) == {0x0C}, "nothing is loaded"
    assert bench.panel.errors == []


def test_a_turn_is_the_same_drive_in_one_piece(make: Any, film: Film) -> None:
    bench = make()
    assert bench.started() == controller.OK
    bench.driver.write_new(bytes(len(bench.shown)), 0, bench.page.height)
    bench.driver.start_turn()
    verdict, took_ms = bench.finish()
    assert verdict == controller.OK
    assert took_ms == pytest.approx(drive_ms(film, 25) + 6, abs=2)
    assert bench.tone() < BLACK_TONE


@pytest.mark.parametrize("celsius", [35.0, 25.0, 22.0, 17.0, 12.0, 6.0, 2.0])
def test_the_sensor_chooses_the_waveforms(make: Any, film: Film, celsius: float) -> None:
    bench = make(celsius)
    assert bench.started() == controller.OK
    chip = SPEC.chips[film.panel.controller]
    classes = SPEC.classes_of(chip)
    expected = next((each for each in classes if celsius >= each.from_c), classes[-1])
    assert bench.driver.pulses == expected.pulses
    assert bench.driver.page_ms == 1000 * (expected.unit + expected.page) // chip.hz
    dark, page = [each for each in bench.panel.refreshes if each.waveform == "custom"][:2]
    assert dark.duration_ms == pytest.approx(1000 * expected.unit / chip.hz + 6, abs=8)
    assert page.duration_ms == pytest.approx(1000 * expected.page / chip.hz + 6, abs=1)


@pytest.mark.parametrize("answer", [0, 0xFFF])
def test_a_sensor_that_cannot_be_read_counts_as_a_cool_office(
    make: Any, film: Film, answer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make(30.0)
    monkeypatch.setattr(bench.link, "read", lambda _op, bits: answer >> (12 - bits))
    assert bench.started() == controller.OK
    expected = next(each for each in SPEC.classes_of(SPEC.chips[film.panel.controller]) if each.from_c == 18)
    assert (bench.driver.pulses, bench.driver.rung) == (expected.pulses, waveforms.PULSES)


@pytest.mark.parametrize(
    ("overhead_ms", "rung"),
    [(3, waveforms.PULSES), (25, waveforms.PULSES), (40, waveforms.WHOLE), (85, waveforms.WHOLE)],
)
def test_a_slow_controller_gets_the_whole_drive_in_one(make: Any, overhead_ms: int, rung: int) -> None:
    bench = make(chip=Chip(overhead_ns=overhead_ms * NS_PER_MS))
    assert bench.started() == controller.OK
    assert bench.driver.rung == rung
    assert (bench.driver.pulses == 1) == (rung == waveforms.WHOLE)
    bench.driver.write_new(bytes(len(bench.shown)), 0, bench.page.height)
    for _ in range(bench.driver.pulses):
        bench.driver.start_ink()
        assert bench.finish()[0] == controller.OK
    assert bench.tone() < BLACK_TONE


def test_a_controller_that_ignores_our_waveforms_keeps_those_of_its_otp(make: Any, film: Film) -> None:
    if film.key == "2in9-v2":
        pytest.skip("without a partial waveform in its OTP such a panel can show full refreshes only")
    bench = make(chip=Chip(reloads=True))
    assert bench.started() == controller.OTHER
    assert (bench.driver.rung, bench.driver.probed, bench.driver.pulses) == (waveforms.OTP, True, 1)
    bench.driver.abort()
    bench.driver.write_new(bytes(len(bench.shown)), 0, bench.page.height)
    bench.driver.start_page()
    assert bench.finish()[0] == controller.OK
    assert bench.tone() < BLACK_TONE
    bench.driver.write_old(bytes(len(bench.shown)), 0, bench.page.height)
    for value in (WHITE, BLACK):
        bench.driver.write_new(bytes([value]) * len(bench.shown), 0, bench.page.height)
        bench.driver.start_ink()
        assert bench.finish()[0] == controller.OK
        assert bench.tone() == pytest.approx(value / 255, abs=0.06)
        bench.driver.write_old(bytes([value]) * len(bench.shown), 0, bench.page.height)
    assert bench.panel.errors == []
    if film.key == "4in2":
        assert bench.controls[-2:] == [0xFC, 0x1C], "the second one loads less"


def test_a_partial_waveform_that_cannot_be_shown_again_is_loaded_each_time(
    make: Any, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1Ch found nothing to show: the driver does not ask for it any more."""
    if film.key != "4in2":
        pytest.skip("the same code on every film with a partial waveform")
    bench = make(chip=Chip(reloads=True))
    bench.started()
    bench.driver.abort()
    start = bench.driver._start
    monkeypatch.setattr(
        bench.driver, "_start", lambda control, *limits: start(0x00 if control == 0x1C else control, *limits)
    )
    for value in (BLACK, WHITE, BLACK):
        bench.driver.write_new(bytes([value]) * len(bench.shown), 0, bench.page.height)
        bench.driver.start_ink()
        assert bench.finish()[0] == controller.OK
        bench.driver.write_old(bytes([value]) * len(bench.shown), 0, bench.page.height)
    assert bench.controls[-4:] == [0xFC, 0x00, 0xFC, 0xFC]


def test_a_failed_pulse_is_repeated_once_with_everything_loaded_again(make: Any) -> None:
    bench = make()
    assert bench.started() == controller.OK
    bench.driver.write_new(bytes(len(bench.shown)), 0, bench.page.height)
    bench.driver.start_ink()
    bench.clock.advance_ms(20)
    bench.panel.set_rst(False)
    bench.clock.advance_ms(1)
    bench.panel.set_rst(True)
    before = len(bench.panel.refreshes)
    assert bench.finish()[0] == controller.OK
    assert [each.waveform for each in bench.panel.refreshes[before:]] == [None, "custom"]
    bench.panel.chip = Chip(overhead_ns=400 * NS_PER_MS)
    bench.driver.start_ink()
    assert bench.finish()[0] == controller.TOO_LONG


def test_ink_follows_a_flash_and_a_rest_without_power(make: Any) -> None:
    bench = make()
    assert bench.started() == controller.OK
    bench.driver.start_fast_full()
    assert bench.finish()[0] == controller.OK
    bench.driver.power_off()
    assert bench.finish()[0] == controller.OK
    bench.driver.write_new(bytes(len(bench.shown)), 0, bench.page.height)
    for _ in range(bench.driver.pulses):
        bench.driver.start_ink()
        assert bench.finish()[0] == controller.OK
    assert bench.tone() < BLACK_TONE
    assert bench.panel.errors == []
