"""test_glass: residues, interrupted waveforms and contrast measures, with a hand-made note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
import pytest
from kesu.emulator.panel.glass import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS, Glass, Mask, unpack_frame


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
    glass.drive_differential(blank(), ~note)
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
    written.drive_differential(~blank(), blank())
    assert 0.5 < written.legible_contrast(note) < LEGIBLE_LIGHTNESS
    assert written.ghost_contrast(note) > 0.5


def test_residue_grows_with_drives_since_the_last_flash(note: Mask) -> None:
    fresh, worn = Glass(), Glass()
    for glass, times in ((fresh, 1), (worn, 5)):
        for _ in range(times):
            glass.drive_differential(blank(), ~note)
            glass.drive_differential(~note, blank())
    assert worn.ghost_contrast(note) > fresh.ghost_contrast(note) * 1.3
    assert not worn.clean(note)
    worn.drive_full(blank(), fast=True)
    assert worn.ghost_contrast(note) < 0.05


def test_refreshes_are_ordered_by_their_residue(note: Mask) -> None:
    left = {}
    for name in ("differential", "fast", "full"):
        glass = Glass()
        glass.drive_differential(blank(), ~note)
        if name == "differential":
            glass.drive_differential(~note, blank())
        else:
            glass.drive_full(blank(), fast=name == "fast")
        left[name] = glass.ghost_contrast(note)
    assert left["differential"] > left["fast"] > left["full"] > 0
    assert left["fast"] < CLEAN_LIGHTNESS


def test_undriven_pixels_keep_their_tone(written: Glass, note: Mask) -> None:
    before = written.reflectance
    written.drive_differential(blank(), blank())
    assert np.array_equal(written.reflectance, before)
    assert not written.clean(note)


def test_an_interrupted_waveform_stops_where_it_was(written: Glass, note: Mask) -> None:
    progress = 0.0
    written.start_full(blank(), True, lambda: progress)
    assert written.moving
    assert written.legible(note)
    progress = 0.5
    assert float(written.reflectance[note].mean()) == pytest.approx(0.5, abs=0.02)
    written.stop()
    progress = 1.0
    assert not written.moving
    assert float(written.reflectance[note].mean()) == pytest.approx(0.5, abs=0.02)
    assert written.legible(note)


def test_one_remaining_stroke_is_not_averaged_away(written: Glass, note: Mask) -> None:
    tones = np.ones((300, 400), np.float32)
    tones[200:230, 300:302] = 0.9
    written.reflectance = tones
    assert written.legible(note)


def test_ghost_is_found_under_another_screen(written: Glass, note: Mask) -> None:
    screen = blank()
    screen[95:105, 100:200] = False
    written.drive_differential(~note, screen)
    assert written.ghost_contrast(note, screen) > 0.5
    assert not written.clean(note)  # taken for the note unless the mask says that the screen is black there
    assert written.legible_contrast(note) > LEGIBLE_LIGHTNESS
    assert written.legible_contrast(note, ignore=~screen) < LEGIBLE_LIGHTNESS
    written.drive_full(screen, fast=True)
    assert written.clean(note, screen)
    assert written.clean(note & screen)


def test_light_ghost_on_a_black_screen_is_found(written: Glass, note: Mask) -> None:
    written.drive_full(~blank(), fast=True)
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
