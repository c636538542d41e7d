"""test_measure_contrast: a page drawn over a wiped note is not taken for the note."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.glass import LEGIBLE_LIGHTNESS, Glass
from kesu.verify.search import measure

HEIGHT, WIDTH = 300, 400


def shown(picture: np.ndarray) -> tuple[VirtualPad, measure.Blank]:
    """A pad whose glass shows `picture` (True: white), and a blank reference."""
    glass = Glass(WIDTH, HEIGHT)
    glass.reflectance = picture.astype(np.float32)
    glass.intended = picture.astype(np.float32)
    pad = cast(VirtualPad, SimpleNamespace(glass=glass))
    return pad, cast(measure.Blank, SimpleNamespace(reflectance=np.ones((HEIGHT, WIDTH), np.float32)))


def note() -> np.ndarray:
    ink = np.zeros((HEIGHT, WIDTH), np.bool_)
    ink[100:104, 50:350] = True
    return ink


@pytest.mark.parametrize("covered", [0, 20, 100, 140])
def test_a_page_over_part_of_a_wiped_note_is_not_legible_ink(covered: int) -> None:
    picture = np.ones((HEIGHT, WIDTH), np.bool_)
    picture[90:120, 50 : 50 + covered] = False
    pad, reference = shown(picture)
    assert measure.contrast(pad, note(), reference) < LEGIBLE_LIGHTNESS


@pytest.mark.parametrize("left", [20, 150, 300])
def test_a_remaining_part_of_a_note_is_legible_next_to_a_page(left: int) -> None:
    picture = np.ones((HEIGHT, WIDTH), np.bool_)
    picture[180:220, 50:150] = False
    pad, reference = shown(picture)
    tones = pad.glass.reflectance
    tones[100:104, 50 : 50 + left] = 0.3
    pad.glass.reflectance = tones
    assert measure.contrast(pad, note(), reference) > LEGIBLE_LIGHTNESS
