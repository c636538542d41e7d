"""test_on_glass: a page drawn over a wiped note is not taken for the note."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.emulator.panel.glass import Glass
from kesu.verify.search import measure, on_glass

FIRMWARE = Path(__file__).parents[3] / "firmware"
HEIGHT, WIDTH = 300, 400


READY = np.ones((HEIGHT, WIDTH), np.bool_)


def shown(picture: np.ndarray, printed: np.ndarray) -> tuple[VirtualPad, measure.Blank]:
    """A pad whose glass shows `picture` (True: white), and a reference with `printed` as a page."""
    glass = Glass(WIDTH, HEIGHT)
    glass.reflectance = picture.astype(np.float32)
    glass.intended = picture.astype(np.float32)
    pad = cast(VirtualPad, SimpleNamespace(glass=glass))
    fault = READY.copy()
    fault[140:160, 100:140] = False
    locked = [cast(measure.Locked, SimpleNamespace(page=page.astype(np.uint8))) for page in (printed, fault)]
    blank = measure.Blank(
        b"",
        b"",
        READY.astype(np.uint8),
        np.ones((HEIGHT, WIDTH), np.float32),
        "",
        {},
        [],
        (locked[0],),
        locked[1],
    )
    return pad, blank


def note() -> np.ndarray:
    ink = np.zeros((HEIGHT, WIDTH), np.bool_)
    ink[100:104, 50:350] = True
    return ink


def words(columns: int) -> np.ndarray:
    """A page with a black block over the first `columns` of the note."""
    page = READY.copy()
    page[90:120, 50 : 50 + columns] = False
    return page


@pytest.mark.parametrize("covered", [0, 20, 100, 140, 290, 300])
def test_a_page_over_a_wiped_note_is_not_legible_ink(covered: int) -> None:
    page = words(covered)
    pad, reference = shown(page, page)
    assert on_glass.contrast(pad, note(), reference) < LEGIBLE_LIGHTNESS
    assert on_glass.ghost(pad, note(), reference) < CLEAN_LIGHTNESS


@pytest.mark.parametrize("covered", [0, 20, 140, 250])
def test_a_note_that_is_printed_with_the_page_is_legible(covered: int) -> None:
    """The picture that the pad meant to show has the note: covered is only what the page itself prints."""
    page = words(covered)
    pad, reference = shown(page & ~note(), page)
    assert on_glass.contrast(pad, note(), reference) > LEGIBLE_LIGHTNESS
    assert on_glass.ghost(pad, note(), reference) > CLEAN_LIGHTNESS


def test_a_note_is_legible_while_the_whole_page_is_driven_to_black() -> None:
    """Until the paper around it is as dark as the ink."""
    pad, reference = shown(READY & ~note(), words(300))
    pad.glass.intended = np.zeros((HEIGHT, WIDTH), np.float32)
    assert on_glass.contrast(pad, note(), reference) > LEGIBLE_LIGHTNESS
    pad.glass.reflectance = np.where(note(), 0.0, 0.02).astype(np.float32)
    assert on_glass.contrast(pad, note(), reference) < LEGIBLE_LIGHTNESS


def test_a_black_block_of_no_known_page_is_taken_for_the_note() -> None:
    pad, reference = shown(words(200), READY)
    assert on_glass.ghost(pad, note(), reference) > CLEAN_LIGHTNESS


def test_other_texts_of_a_fault_and_of_the_strip_cover_the_note() -> None:
    ink = np.zeros((HEIGHT, WIDTH), np.bool_)
    ink[145:150, 50:350] = True
    ink[HEIGHT - 10 : HEIGHT - 6, 50:350] = True
    picture = READY.copy()
    picture[140:160, 100:200] = False  # another code than that of the known fault
    picture[HEIGHT - 20 : HEIGHT, 40:360] = False
    pad, reference = shown(picture, READY)
    assert on_glass.ghost(pad, ink, reference) < CLEAN_LIGHTNESS
    picture[145:150, 50:350] = False
    picture[104:110, 50:350] = False  # ink outside the rows of the texts
    ink[104:110, 50:350] = True
    pad, reference = shown(picture, READY)
    assert on_glass.ghost(pad, ink, reference) > CLEAN_LIGHTNESS


def test_the_strip_has_the_rows_of_the_firmware() -> None:
    text = (FIRMWARE / "kesu_pad" / "memo.py").read_text("utf-8")
    rows = re.search(r"^STRIP_ROWS = const\((\d+)\)$", text, re.MULTILINE)
    assert rows is not None
    assert int(rows[1]) == on_glass.STRIP_ROWS


@pytest.mark.parametrize("left", [20, 150, 300])
def test_a_remaining_part_of_a_note_is_legible_next_to_a_page(left: int) -> None:
    picture = READY.copy()
    picture[180:220, 50:150] = False
    pad, reference = shown(picture, picture)
    tones = pad.glass.reflectance
    tones[100:104, 50 : 50 + left] = 0.3
    pad.glass.reflectance = tones
    assert on_glass.contrast(pad, note(), reference) > LEGIBLE_LIGHTNESS
