"""test_benchmark_ink: when points of a recording become visible, what a wipe leaves, and the bounds of the figures."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json

import numpy as np
import pytest
from kesu.emulator.panel import films
from kesu.emulator.panel.otp import differential, flashing
from kesu.emulator.panel.sample import Sample, pessimistic
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, Step, length_ns
from kesu_dev.benchmarks.ink_figures import Drawn, Ink, Row, _spread, rows_of, summary
from kesu_dev.benchmarks.ink_glass import Seen, look
from kesu_dev.benchmarks.ink_record import Drive, Recording, Report

MS = 1_000_000
PARTIAL, FAST = differential(270.0), flashing(1_057.0)
ALL_PIXELS = (300, 400)
MEDIANS = Sample(film=films.MEDIANS)


def drive(start_ms: float, steps: tuple[Step, ...], rows: np.ndarray) -> Drive:
    start_ns = round(start_ms * MS)
    return Drive(start_ns, start_ns + length_ns(steps), steps, OTP_RAILS, rows.astype(np.uint8), None)


def recording(*, flashes: bool = True, whitens: bool = True) -> Recording:
    """A line written at 100 ms, driven at 150, and wiped at 2 s."""
    ink = np.zeros(ALL_PIXELS, np.bool_)
    ink[100:102, 50:150] = True
    made = Recording("4in2", 25.0, -1.2, np.ones(ALL_PIXELS, np.float32), 0)
    made.reports = [Report(100 * MS, x, 100) for x in range(60, 140, 10)]
    made.ink = ink
    made.written_ns, made.wiped_ns, made.ready_ns, made.ends_ns = (
        ms * MS for ms in (900, 2_000, 3_700, 3_800)
    )
    made.writing_s = 0.9
    made.drives = [drive(150.0, PARTIAL, np.where(ink, 2, 3))]
    if whitens:
        made.drives.append(drive(2_050.0, PARTIAL, np.full(ALL_PIXELS, 1)))
    if flashes:
        made.drives.append(drive(2_400.0, FAST, np.full(ALL_PIXELS, 3)))
    return made


def test_points_count_from_their_report_to_grey_and_black() -> None:
    seen = look(recording(), MEDIANS)
    assert seen.grey_ms.shape == (8,)
    assert np.median(seen.grey_ms) == pytest.approx(50 + 27, abs=8)
    assert np.median(seen.black_ms) == pytest.approx(50 + 136, abs=12)


def test_slow_films_and_cold_are_later() -> None:
    usual, slow = (look(recording(), Sample(film=film), wipe=False) for film in (films.FAST, films.SLOW))
    cold = look(recording(), Sample(film=films.FAST), 10.0, wipe=False)
    assert np.median(slow.black_ms) > np.median(usual.black_ms) + 50
    assert np.median(cold.black_ms) > np.median(usual.black_ms) + 20


def test_points_that_never_turn_black_are_never_black() -> None:
    seen = look(recording(), pessimistic(Sample(film=films.SLOW)), wipe=False)
    assert np.isnan(look(recording(), Sample(film=films.SLOW), -20.0, wipe=False).black_ms).any()
    assert len(seen.black_ms) == 8


def test_the_ledger_has_the_common_part_and_what_is_tied_to_the_ink() -> None:
    seen = look(recording(), MEDIANS)
    assert (seen.white, seen.ink) == pytest.approx((-1.0, 0.0), abs=1e-5)
    assert seen.page == pytest.approx(-0.95, abs=1e-5)


def test_a_wipe_is_legible_until_it_has_driven_the_note() -> None:
    seen = look(recording(), MEDIANS)
    assert 100 < seen.legible_ms < 500
    assert seen.left_l < 0.5
    unwiped = look(recording(whitens=False, flashes=False), MEDIANS)
    assert np.isnan(unwiped.legible_ms)
    assert look(recording(flashes=False), Sample()).left_l > 1.0


def test_what_comes_back_in_an_hour_is_seen() -> None:
    assert look(recording(), MEDIANS, wipe=False).hour_l < 0.5
    assert look(recording(), Sample(film=films.CREEPING), wipe=False).hour_l > 1.0


def test_a_quantile_of_points_that_never_get_there_is_never() -> None:
    times = np.array([10.0] * 90 + [np.nan] * 10)
    assert _spread(times) == (10.0, float("inf"))
    assert _spread(times[:90]) == (10.0, 10.0)


def row(grey: tuple[float, float], black: tuple[float, float]) -> Row:
    return Row("usual", grey, black, 2.7, 1_811.0, 490.0, 0.0, 0.0, -1.0, -0.95, 1.0)


def drawn(grey: tuple[float, float], black: tuple[float, float]) -> Drawn:
    return Drawn(6.0, 12, 21.5, grey, black, 0.1)


def test_a_panel_is_within_the_bounds_only_with_all_four() -> None:
    good = ((99.0, 149.0), (249.0, 349.0))
    assert drawn(*good).within
    for bad in (((101.0, 149.0), good[1]), ((99.0, 151.0), good[1]), (good[0], (251.0, 349.0))):
        assert not drawn(*bad).within
    assert not drawn(good[0], (249.0, float("inf"))).within


def test_points_are_visible_by_their_last_and_black_by_their_middle() -> None:
    assert drawn((110.0, 149.0), (300.0, 400.0)).visible
    assert not drawn((90.0, 151.0), (200.0, 300.0)).visible
    assert drawn((90.0, 151.0), (350.0, 400.0)).black_in_time
    assert not drawn((90.0, 100.0), (351.0, 360.0)).black_in_time


def test_table_summary_and_json() -> None:
    panels = [drawn((60.0, 90.0), (190.0, 220.0))] * 3 + [drawn((60.0, 149.0), (290.0, 320.0))] * 2
    panels += [drawn((160.0, 250.0), (390.0, float("inf")))] * 4
    found = Ink("4in2", [row((276.0, 456.0), (391.0, float("inf")))], panels)
    lines = rows_of(found)
    assert lines[1][:3] == ("usual", "276; 456", "391; inf")
    assert "of 9 panels" in summary(found)
    assert "3 are within" in summary(found)
    assert "on 9 nothing of the note" in summary(found)
    assert "On 5 95 % of the points are visible" in summary(found)
    assert "on 5 the median point is black" in summary(found)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["rows"][0]["black"] == [391.0, None]
    assert plain["drawn"][-1]["black"] == [390.0, None]


def test_the_page_is_common_part_and_ink() -> None:
    seen = Seen(np.zeros(1), np.zeros(1), 0.0, 0.89, 0.0, 0.0, 0.0)
    assert seen.page == pytest.approx(0.0445)
