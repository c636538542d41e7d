"""test_glass: residues, interrupted waveforms and contrast measures, with a hand-made note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from drives import DIFFERENTIAL, FAST, FULL, Time, begin, drive
from kesu.emulator.panel.contrast import (
    CLEAN_LIGHTNESS,
    LEGIBLE_LIGHTNESS,
    SURROUND_PX,
    Mask,
    Tones,
    beyond_scatter_of,
    grown,
    tiles,
    worst_of,
)
from kesu.emulator.panel.glass import Glass, unpack_frame
from kesu.emulator.panel.sample import NOMINAL, pessimistic


def blank() -> Mask:
    return np.ones((300, 400), np.bool_)


@pytest.fixture
def note() -> Mask:
    """Strokes 2 px wide: True where there is ink."""
    mask = np.zeros((300, 400), np.bool_)
    mask[100:102, 50:150] = True
    mask[60:140, 90:92] = True
    mask[200:260, 300:302] = True
    return mask


@pytest.fixture
def written(note: Mask) -> Glass:
    glass = Glass()
    drive(glass, DIFFERENTIAL, blank(), ~note)
    return glass


def test_starts_white_and_without_ink(note: Mask) -> None:
    glass = Glass()
    assert glass.reflectance.dtype == np.float32
    assert glass.reflectance.shape == (300, 400)
    assert float(glass.reflectance.min()) == 1.0
    assert not glass.legible(note)
    assert glass.clean(note)


def test_written_ink_is_legible_and_not_clean_away(written: Glass, note: Mask) -> None:
    assert written.legible_contrast(note) > 40
    assert written.legible(note)
    # It is the picture of the last refresh, and still not clean.
    assert written.ghost_contrast(note) > 40
    assert not written.clean(note)


def test_differential_wipe_is_not_legible_but_leaves_a_residue(written: Glass, note: Mask) -> None:
    drive(written, DIFFERENTIAL, ~blank(), blank())
    assert 0.5 < written.legible_contrast(note) < LEGIBLE_LIGHTNESS
    assert written.ghost_contrast(note) > 0.5


def test_refreshes_are_ordered_by_their_residue(note: Mask) -> None:
    left = {}
    for name, steps in (("differential", DIFFERENTIAL), ("fast", FAST), ("full", FULL)):
        glass = Glass()
        drive(glass, DIFFERENTIAL, blank(), ~note)
        drive(glass, steps, ~blank() if name == "differential" else blank(), blank())
        left[name] = glass.ghost_contrast(note)
    assert left["differential"] > CLEAN_LIGHTNESS / 2
    assert left["differential"] > left["fast"] > left["full"] >= 0
    assert left["fast"] < CLEAN_LIGHTNESS


def test_undriven_pixels_keep_their_tone(written: Glass, note: Mask) -> None:
    before = written.reflectance
    drive(written, DIFFERENTIAL, blank(), blank())
    assert np.allclose(written.reflectance, before, atol=0.02)  # the film relaxes a little
    assert not written.clean(note)


def test_an_interrupted_waveform_stops_where_it_was(written: Glass, note: Mask) -> None:
    time = Time(written)
    begin(written, FAST, blank(), blank())
    assert written.moving
    time.ns = 40_000_000
    shown = written.reflectance[note].mean()
    assert written.legible(note)
    written.stop()
    time.ns += 5_000_000
    assert not written.moving
    assert float(written.reflectance[note].mean()) == pytest.approx(float(shown), abs=0.02)
    written.finish()
    assert written.legible(note)


def test_looking_changes_nothing(note: Mask) -> None:
    """The film is followed on a grid of its own, independent of when and how often it is looked at."""
    seen = []
    for looks in (0, 97):
        glass = Glass()
        time = Time(glass)
        begin(glass, DIFFERENTIAL, blank(), ~note)
        for look in range(looks):
            time.ns = look * 2_777_777
            glass.lightness()
        time.ns = 270_000_000
        glass.finish()
        for look in range(looks):
            time.ns = 270_000_000 + look * 31_777_777
            glass.lightness()
        time.ns = 5_000_000_000
        seen.append(glass.lightness())
    assert np.array_equal(seen[0], seen[1])


def test_one_remaining_stroke_is_not_averaged_away(written: Glass, note: Mask) -> None:
    tones = np.ones((300, 400), np.float32)
    tones[200:230, 300:302] = 0.9
    written.reflectance = tones
    assert written.legible(note)


def test_ghost_is_found_under_another_screen(written: Glass, note: Mask) -> None:
    screen = blank()
    screen[95:105, 100:200] = False
    drive(written, DIFFERENTIAL, ~blank(), blank())
    drive(written, DIFFERENTIAL, blank(), screen)
    assert written.ghost_contrast(note, screen) > 0.5
    assert not written.clean(note)  # taken for the note unless the mask says that the screen is black there
    assert written.legible_contrast(note) > LEGIBLE_LIGHTNESS
    assert written.legible_contrast(note, ignore=~screen) < LEGIBLE_LIGHTNESS
    drive(written, FAST, screen, screen)
    assert written.clean(note, screen)
    assert written.clean(note & screen)


def test_light_ghost_on_a_black_screen_is_found(written: Glass, note: Mask) -> None:
    drive(written, FAST, ~blank(), ~blank())
    assert written.clean(note, ~blank())
    tones = np.zeros((300, 400), np.float32)
    tones[note] = 0.1
    written.reflectance = tones
    assert not written.clean(note, ~blank())


def test_picture_is_grey_with_a_panel_like_white(written: Glass, note: Mask) -> None:
    picture = written.picture()
    assert picture.dtype == np.uint8
    assert picture.shape == (300, 400)
    assert 220 < int(picture[0, 0]) < 255
    assert 20 < int(picture[100, 60]) < 90


def test_unpack_frame_is_msb_first_and_one_is_white() -> None:
    frame = bytearray(15_000)
    frame[50] = 0x81
    mask = unpack_frame(frame)
    assert np.argwhere(mask).tolist() == [[1, 0], [1, 7]]


def test_tones_must_have_the_panels_shape() -> None:
    with pytest.raises(ValueError, match="must be"):
        Glass().reflectance = np.zeros((400, 300), np.float32)


def measured(measure: Callable[..., float], values: Tones, note: Mask, around: Mask) -> float:
    """A measure of contrast on a picture of L*."""
    flat = values.ravel()
    return measure(lambda pixels: flat[pixels], tiles(note, around))


@pytest.fixture
def scattered() -> Tones:
    """L* of a white page, a tenth of whose pixels is 40 L* darker."""
    dark = np.random.default_rng(8).random((300, 400)) < 0.1
    return np.where(dark, 25.0, 65.0).astype(np.float32)


def test_chance_counts_as_no_note(note: Mask) -> None:
    around = grown(note, SURROUND_PX) & ~note
    generator = np.random.default_rng(9)
    by_chance, beyond = [], []
    for _ in range(100):
        values = np.where(generator.random((300, 400)) < 0.1, 25.0, 65.0).astype(np.float32)
        by_chance.append(measured(worst_of, values, note, around))
        beyond.append(measured(beyond_scatter_of, values, note, around))
    assert np.mean(by_chance) > LEGIBLE_LIGHTNESS, "the control: a tile of few pixels differs"
    assert max(beyond) < LEGIBLE_LIGHTNESS


@pytest.mark.parametrize("left", ["all of it, faint", "one stroke", "a tenth of its pixels more"])
def test_a_note_among_scatter_is_legible(note: Mask, scattered: Tones, left: str) -> None:
    around = grown(note, SURROUND_PX) & ~note
    if left == "all of it, faint":
        scattered[note] -= 5.0
    elif left == "one stroke":
        scattered[60:140, 90:92] -= 15.0
    else:
        scattered[note & (np.random.default_rng(3).random(note.shape) < 0.1)] = 25.0
    assert measured(beyond_scatter_of, scattered, note, around) >= LEGIBLE_LIGHTNESS


def test_a_glass_without_scatter_is_measured_to_the_last_tile(written: Glass, note: Mask) -> None:
    around = grown(note, SURROUND_PX) & ~note
    assert written.legible_contrast(note) == measured(worst_of, written.lightness(), note, around)
    written.fit(pessimistic(NOMINAL))
    assert written.legible_contrast(note) == measured(beyond_scatter_of, written.lightness(), note, around)
    assert written.legible(note)


def test_scatter_of_a_film_without_any_takes_nothing_off(note: Mask) -> None:
    values = np.full((300, 400), 65.0, np.float32)
    values[200:260, 300:302] = 62.0
    around = grown(note, SURROUND_PX) & ~note
    assert measured(beyond_scatter_of, values, note, around) == pytest.approx(3.0)


def test_a_darker_and_a_lighter_part_do_not_cancel_out_where_pixels_scatter() -> None:
    """A note under a screen: too dark where it is white, too light where it is black, by less than one tile shows."""
    note = np.zeros((300, 400), np.bool_)
    note[20::40, 2::4] = True
    screen = np.zeros((300, 400), np.bool_)
    screen[:, :200] = True
    glass = Glass()
    glass.fit(pessimistic(NOMINAL))
    scatter = np.random.default_rng(3).normal(0.5, 0.04, (300, 400))
    glass.reflectance = (scatter + note * np.where(screen, -0.06, 0.06)).astype(np.float32)
    both = measured(beyond_scatter_of, glass.lightness(), note, grown(note, SURROUND_PX) & ~note)
    assert both < CLEAN_LIGHTNESS < glass.ghost_contrast(note, screen)
