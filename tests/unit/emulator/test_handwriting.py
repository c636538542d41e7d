"""test_handwriting: stroke data is in writing order, in place, and dense enough for a pen."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest
from kesu.emulator.touch import handwriting
from kesu.emulator.touch.handwriting import Stroke


def bounds(strokes: list[Stroke]) -> tuple[float, float, float, float]:
    xs = [x for stroke in strokes for x, _ in stroke]
    ys = [y for stroke in strokes for _, y in stroke]
    return min(xs), min(ys), max(xs), max(ys)


# Stroke counts as in Japanese dictionaries.
@pytest.mark.parametrize(
    ("character", "count"), [("山", 3), ("田", 5), ("太", 4), ("郎", 9), ("の", 1), ("ア", 2)]
)
def test_stroke_counts(character: str, count: int) -> None:
    assert len(handwriting.strokes(character, 0, 0, 40)) == count


def test_yama_is_written_middle_first() -> None:
    middle, left, right = handwriting.strokes("山", 0, 0, 100)
    assert left[0][0] < middle[0][0] < right[0][0]
    assert middle[-1][1] - middle[0][1] > 50


def test_the_demo_note_fits_the_panel_in_two_lines() -> None:
    text = "山田 太郎\n090-1234-5678"
    strokes = handwriting.strokes(text, 10, 20, 48)
    left, top, right, bottom = bounds(strokes)
    assert left >= 10
    assert top >= 20
    assert right <= 10 + handwriting.width(text, 48) <= 400
    assert bottom <= 20 + 48 * 2.25 + 1
    assert len(strokes) > 30


def test_latin_text() -> None:
    strokes = handwriting.strokes("Call back Fri 3:15", 5, 5, 36)
    assert bounds(strokes)[2] <= 400


def test_points_are_close_enough_for_a_pen() -> None:
    for height in (20.0, 150.0):
        for stroke in handwriting.strokes("郎g8-", 0, 0, height):
            for (x0, y0), (x1, y1) in pairwise(stroke):
                assert hypot(x1 - x0, y1 - y0) <= 1.001


def test_handwriting_scales_with_height() -> None:
    small = bounds(handwriting.strokes("田", 0, 0, 20))
    large = bounds(handwriting.strokes("田", 0, 0, 40))
    assert large == pytest.approx([2 * side for side in small], rel=0.03)


def test_curve_against_the_bezier_formula() -> None:
    path = handwriting.flatten("M0,0C0,30,30,60,60,60")
    assert path[0] == (0, 0)
    assert path[-1] == (60, 60)
    middle = (1 / 8 * 0 + 3 / 8 * 0 + 3 / 8 * 30 + 60 / 8, 3 / 8 * 30 + 3 / 8 * 60 + 60 / 8)
    assert min(hypot(x - middle[0], y - middle[1]) for x, y in path) < 0.6


def test_relative_and_smooth_commands() -> None:
    path = handwriting.flatten("M10,10c0,10,10,20,20,20s20-10,20-20")
    assert (30.0, 30.0) in path
    assert path[-1] == (50.0, 10.0)
    # The smooth curve starts in the direction in which the first one ends.
    after = path[path.index((30.0, 30.0)) + 1]
    assert after[1] == pytest.approx(30, abs=0.3)


def test_unknown_characters_and_paths_are_refused() -> None:
    with pytest.raises(ValueError, match="no stroke data"):
        handwriting.strokes("€", 0, 0, 40)
    with pytest.raises(ValueError, match="path command"):
        handwriting.flatten("M0,0A1,1,0,0,0,5,5")
