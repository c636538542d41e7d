"""test_film: the film's model on the public end points, what it remembers, and what variants of the glass
do."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drives import DIFFERENTIAL, FAST, Time, begin, drive
from kesu.emulator.panel import films
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, Mask
from kesu.emulator.panel.film import Parameters, State, rest, tone
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.sample import NOMINAL, Sample, pessimistic
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, Rails, Step
from kesu_dev.film_bands.anchors import ANCHORS, Anchor, comes_back, four_tones, push
from kesu_dev.film_bands.prior import RANGES, taken
from kesu_dev.film_bands.public_waveforms import BB_EPAPER_GREY, FOUR_GREYS


def one(number: int) -> Parameters:
    return Parameters(*(np.array([[getattr(films.film(number), name)]]) for name in Parameters.names()))


def blank() -> Mask:
    return np.ones((300, 400), np.bool_)


@pytest.fixture
def note() -> Mask:
    mask = np.zeros((300, 400), np.bool_)
    mask[100:102, 50:150] = True
    return mask


@pytest.mark.parametrize("anchor", ANCHORS, ids=lambda anchor: anchor.name)
def test_every_film_in_the_file_reaches_the_public_end_points(anchor: Anchor) -> None:
    drawn = films.drawn()
    assert len(drawn.way_s) == films.DRAWN
    # The speed of another panel's film was drawn for each, and is not in the file: its lowest value must do.
    assert anchor.holds(drawn, np.full((films.DRAWN, 1), 1.4)).mean() > 0.95
    assert anchor.holds(one(0), np.ones((1, 1))).all()


def test_the_end_points_reject_films() -> None:
    """The control: films that are too slow, too fast or forget at once do not pass."""
    slow, fast, leaky = one(0), one(0), one(0)
    slow = replace(slow, way_s=slow.way_s * 2.5)
    fast = replace(fast, way_s=fast.way_s / 4)
    leaky = replace(leaky, slow=leaky.slow * 200, slow_s=leaky.slow_s * 0 + 60, yield_v=leaky.yield_v * 0)
    for film in (slow, fast, leaky):
        assert not all(anchor.holds(film, np.ones((1, 1))).all() for anchor in ANCHORS)


def test_films_are_within_the_ranges_that_they_were_drawn_from() -> None:
    drawn = films.drawn()
    for name, (low, high, _) in RANGES.items():
        values = getattr(drawn, name)
        assert low * 0.999 <= values.min()
        assert values.max() <= high * 1.001
        assert values.max() > values.min()
    assert len(taken(drawn, drawn.way_s[:, 0] > 0.12).way_s) < films.DRAWN


@pytest.mark.parametrize(("table", "order"), [(BB_EPAPER_GREY, (3, 1, 2, 0)), (FOUR_GREYS, (0, 1, 2, 3))])
def test_the_public_tables_of_four_greys_come_out_in_order(table: bytes, order: tuple[int, ...]) -> None:
    tones = four_tones(films.drawn(), table, order)
    assert (np.diff(tones, axis=1) > 0.1).all()
    wrong = four_tones(films.drawn(), table, order[::-1])
    assert (np.diff(wrong, axis=1) < 0).all()


def test_a_film_is_slower_in_the_cold() -> None:
    seen = []
    for celsius in (5.0, 25.0, 40.0):
        film = one(0).at(celsius)
        state = State.rested(film, (1, 1))
        push(state, film, 15.0, 0.06)
        seen.append(float(tone(state, film)[0, 0]))
    assert seen[0] > seen[1] + 0.1 > seen[2] + 0.2


def test_a_rested_pixel_starts_later_than_one_that_was_just_driven() -> None:
    film = one(0)
    state = State.rested(film, (1, 2))
    push(state, film, np.array([0.0, -15.0]), 0.1)
    push(state, film, 15.0, 0.02)
    assert float(state.freed[0, 1]) > float(state.freed[0, 0])
    fresh, woken = 1 - tone(state, film)[0]
    assert fresh > 0.0
    assert float(state.place[0, 1] - state.place[0, 0]) < film.depth[0, 0], woken


def test_an_unbalanced_drive_comes_back_and_the_ledger_has_it() -> None:
    film = one(0)
    film = replace(film, slow=film.slow * 0 + 0.3, yield_v=film.yield_v * 0, hard=film.hard * 0)
    state = State.rested(film, (1, 1))
    push(state, film, 15.0, 0.27)
    assert float(state.charge[0, 0]) == pytest.approx(4.05)
    dark = float(tone(state, film)[0, 0])
    rest(state, film, 120.0)
    assert float(tone(state, film)[0, 0]) > dark + 0.05
    assert float(state.charge[0, 0]) == pytest.approx(4.05)


def test_the_ledger_of_a_glass_is_per_pixel(note: Mask) -> None:
    glass = Glass()
    drive(glass, DIFFERENTIAL, blank(), ~note)
    drive(glass, DIFFERENTIAL, ~blank(), blank())
    charge = glass.charge()
    assert charge[note] == pytest.approx(0.0, abs=1e-5)
    assert charge[~note] == pytest.approx(-4.05, abs=1e-5)
    drive(glass, FAST, blank(), blank())
    assert glass.charge()[~note] == pytest.approx(-4.05, abs=1e-5)


def test_two_notes_leave_the_same_tones_but_not_the_same_charge(note: Mask) -> None:
    """Pairs compare lightness, not the ledger (record 0075): a wipe that does not know the ink cannot balance it."""
    wiped = []
    for ink in (note, np.roll(note, 40, axis=0)):
        glass = Glass()
        drive(glass, DIFFERENTIAL, blank(), ~ink)
        drive(glass, DIFFERENTIAL, ~blank(), blank())
        drive(glass, FAST, blank(), blank())
        wiped.append(glass)
    first, second = wiped
    assert np.abs(first.lightness() - second.lightness()).max() < CLEAN_LIGHTNESS
    tied = first.charge() - second.charge()
    assert tied[note] == pytest.approx(4.05, abs=1e-4)
    assert tied[np.roll(note, 40, axis=0)] == pytest.approx(-4.05, abs=1e-4)
    assert tied[200:] == pytest.approx(0.0, abs=1e-4)


def test_pixels_with_the_same_history_are_followed_as_one(note: Mask) -> None:
    glass = Glass()
    drive(glass, DIFFERENTIAL, blank(), ~note)
    assert glass.histories == 2
    drive(glass, FAST, blank(), blank())
    assert glass.histories == 2


HELD: tuple[Step, ...] = tuple(Step(25, 8_000_000, (0, 0, 0, 0)) for _ in range(40))


@pytest.mark.parametrize(
    ("sample", "rails", "moves"),
    [
        (Sample(), OTP_RAILS, False),
        (Sample(vcom_error_v=1.2), OTP_RAILS, True),
        (Sample(vcom_table_v=0.0), Rails(vcom_v=-1.2), False),
        (Sample(vcom_table_v=1.2), Rails(vcom_v=-1.2), True),
        (Sample(kick_v=1.5), OTP_RAILS, True),
    ],
)
def test_scanning_moves_held_pixels_only_if_vcom_is_not_that_of_the_panel(
    sample: Sample, rails: Rails, moves: bool, note: Mask
) -> None:
    glass = Glass()
    glass.fit(replace(sample, film=films.MEDIANS))
    drive(glass, DIFFERENTIAL, blank(), ~note)
    before = glass.lightness()
    drive(glass, HELD, ~note, ~note, rails=rails)
    change = np.abs(glass.lightness() - before).max()
    assert bool(change > 1.0) is moves, change
    assert glass.scanned_s == pytest.approx(8.27, abs=0.01)


def test_gates_that_are_not_scanned_are_left(note: Mask) -> None:
    glass = Glass()
    Time(glass)
    scanned = blank()
    scanned[101:] = False
    glass.start(DIFFERENTIAL, OTP_RAILS, np.where(note, 2, 3).astype(np.uint8), scanned)
    glass.finish()
    assert float(glass.reflectance[100, 60]) < 0.1
    assert float(glass.reflectance[101, 60]) == 1.0


def test_the_pessimistic_glass_leaves_a_single_activation_incomplete(note: Mask) -> None:
    glass = Glass()
    glass.fit(pessimistic(NOMINAL))
    wide = np.zeros_like(note)
    wide[50:150, 50:150] = True
    drive(glass, DIFFERENTIAL, blank(), ~wide)
    weak = glass.reflectance[wide] > 0.1
    assert 0.07 < weak.mean() < 0.13
    drive(glass, DIFFERENTIAL, blank(), ~wide)
    assert (glass.reflectance[wide] > 0.1).mean() < weak.mean() / 2


def test_the_pessimistic_glass_moves_what_is_held_when_an_activation_is_repeated(note: Mask) -> None:
    seen = []
    for sample in (NOMINAL, pessimistic(NOMINAL)):
        glass = Glass()
        drive(glass, DIFFERENTIAL, blank(), ~note)
        glass.fit(sample)
        for _ in range(11):
            drive(glass, DIFFERENTIAL, ~note, ~note)
        seen.append(glass.reflectance[~note].min())
    assert seen[0] == pytest.approx(1.0, abs=0.001)
    assert seen[1] < 0.99


def test_another_film_takes_over_what_is_on_the_glass(note: Mask) -> None:
    glass = Glass()
    drive(glass, DIFFERENTIAL, blank(), ~note)
    before = glass.legible_contrast(note)
    for number in (films.MEDIANS, films.SLOW, films.FAST, films.by_seed(80)):
        glass.fit(Sample(film=number))
        assert glass.legible_contrast(note) == pytest.approx(before, abs=4.0)
        assert glass.legible_contrast(note) > 35
    with pytest.raises(IndexError):
        glass.fit(Sample(film=films.FIRST + films.DRAWN))


@pytest.mark.parametrize("number", [*range(films.FIRST), films.by_seed(17), films.by_seed(99)])
def test_a_wipe_as_today_cleans_drawn_films(number: int, note: Mask) -> None:
    glass = Glass()
    glass.fit(Sample(film=number))
    drive(glass, DIFFERENTIAL, blank(), ~note)
    drive(glass, DIFFERENTIAL, ~blank(), blank())
    assert glass.ghost_contrast(note) > 0.05
    drive(glass, FAST, blank(), blank())
    assert glass.ghost_contrast(note) < CLEAN_LIGHTNESS


def test_an_unbalanced_wipe_comes_back_on_some_films(note: Mask) -> None:
    """White pixels were driven once more than inked ones. The model can tell, and most films stay clean."""
    left = {}
    for number in (films.MEDIANS, films.DEEP_GHOST, films.CREEPING):
        glass = Glass()
        glass.fit(Sample(film=number))
        drive(glass, DIFFERENTIAL, blank(), ~note)
        drive(glass, DIFFERENTIAL, ~blank(), blank())
        drive(glass, FAST, blank(), blank())
        time = Time(glass)
        time.ns = 3_600_000_000_000
        left[number] = glass.ghost_contrast(note)
    assert left[films.MEDIANS] < CLEAN_LIGHTNESS / 2
    assert left[films.DEEP_GHOST] < CLEAN_LIGHTNESS / 2
    assert left[films.CREEPING] > CLEAN_LIGHTNESS
    share = (comes_back(films.drawn(), 3_600.0) > CLEAN_LIGHTNESS).mean()
    assert 0.02 < share < 0.2


def test_what_is_seen_in_the_middle_of_a_waveform_is_between(note: Mask) -> None:
    glass = Glass()
    time = Time(glass)
    begin(glass, DIFFERENTIAL, blank(), ~note)
    tones = []
    for ms in (0, 30, 60, 120, 270):
        time.ns = ms * 1_000_000
        tones.append(float(glass.reflectance[note].mean()))
    assert tones == sorted(tones, reverse=True)
    assert tones[0] == 1.0
    assert tones[-1] < 0.05
