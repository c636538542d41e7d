"""test_benchmark_reading: rows and sizes of the samples, parts of the reader, and its result for blank paper."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from itertools import pairwise
from math import pi
from pathlib import Path

import numpy as np
import pytest
from kesu.common.errors import KesuError
from kesu.emulator.panel.glass import Glass
from kesu.emulator.touch import handwriting
from kesu.emulator.touch.pen import path_lengths
from kesu.spec.panels import PANELS
from kesu_dev.benchmarks import reader, samples
from kesu_dev.benchmarks.legibility import line_width_px
from kesu_dev.benchmarks.reader import Region
from PIL import Image, ImageDraw

GLASSES = [Glass(panel.width, panel.height) for panel in PANELS.values()]


@pytest.mark.parametrize("glass", GLASSES, ids=PANELS)
@pytest.mark.parametrize("size_mm", [5.0, 12.0])
def test_samples_have_their_size_and_stay_on_the_page(glass: Glass, size_mm: float) -> None:
    made = samples.pages(glass, size_mm, 12, seed=1)
    rows = [row for page in made for row in page]
    for kind, letters in samples.KINDS.items():
        text = "".join(row.text for row in rows if row.kind == kind)
        assert len(text) == 12
        assert set(text) <= set(letters)
    for row in rows:
        assert row.height_px * samples.panel_pitch_mm(glass) == pytest.approx(size_mm)
        points = [point for stroke in row.strokes(0.0, random.Random(1), 0.2) for point in stroke]
        assert min(x for x, _ in points) >= 0
        assert max(x for x, _ in points) < glass.width
        assert max(y for _, y in points) < glass.height - samples.STRIP_PX
    for page in made:
        for above, below in pairwise(page):
            assert above.box[3] <= below.box[1] + 1


def test_samples_depend_on_the_seed_alone() -> None:
    first, again, other = (samples.pages(GLASSES[0], 8.0, 6, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_tremor_shakes_up_to_its_amplitude() -> None:
    row = samples.pages(GLASSES[0], 8.0, 6, 1)[0][0]
    still = row.strokes(0.0, random.Random(1), 0.212)
    shaken = row.strokes(2.0, random.Random(1), 0.212)
    moved = [
        max(abs(ax - bx), abs(ay - by))
        for one, other in zip(still, shaken, strict=True)
        for (ax, ay), (bx, by) in zip(one, other, strict=True)
    ]
    assert 1.0 < max(moved) <= 2.0
    # Slow along the path: a point and one 1 px further on are moved by nearly the same.
    for one, other in zip(still, shaken, strict=True):
        lengths = path_lengths(one)
        for before, after in pairwise(range(len(one))):
            step = lengths[after] - lengths[before]
            shift = (other[after][0] - one[after][0]) - (other[before][0] - one[before][0])
            assert abs(shift) <= 2.0 * 2 * pi * step / (samples.TREMOR_PERIODS_MM[0] / 0.212) + 1e-9


def test_correct_characters_are_length_less_edit_distance() -> None:
    assert reader.right("0123", "0123") == 4
    assert reader.right("0123", "013") == 3
    assert reader.right("0123", "01923") == 3
    assert reader.right("01", "987654") == 0
    assert reader.right("カ一", "力ー") == 2


def test_stretching_keeps_a_uniform_picture_uniform() -> None:
    picture = np.full((4, 4), 236, np.uint8)
    light = np.ones((4, 4), np.bool_)
    assert (reader.stretched(picture, light) == 255).all()
    picture[1, 1] = 235
    picture[2, 2], light[2, 2] = 40, False
    spread = reader.stretched(picture, light)
    assert spread[1, 1] == 0
    assert spread[2, 2] == 255
    assert (spread == 255).sum() == 15


def test_the_pen_is_as_wide_as_the_manifest_says(tmp_path: Path) -> None:
    image, manifest = tmp_path / "pad.uf2", tmp_path / "pad.json"
    assert line_width_px(image) == 2
    manifest.write_text('{"policy": {"LINE_WIDTH": 3}}', encoding="utf-8")
    assert line_width_px(image) == 3
    manifest.write_text('{"policy": {}}', encoding="utf-8")
    with pytest.raises(KesuError, match="pen width"):
        line_width_px(image)


def handwritten(text: str, height: float = 38.0) -> np.ndarray:
    """Grey levels of a handwritten row on paper."""
    image = Image.new("L", (round(handwriting.width(text, height) + height), round(1.6 * height)), 236)
    draw = ImageDraw.Draw(image)
    for stroke in handwriting.strokes(text, height / 2, 0.3 * height, height):
        draw.line(stroke, fill=60, width=2)
    return np.asarray(image)


def test_it_reads_handwriting_and_finds_none_on_white_paper() -> None:
    regions = [
        Region(handwritten("0907518326"), 38.0, 2.0, digits=True),
        Region(np.full((60, 400), 236, np.uint8), 38.0, 2.0, digits=True),
        Region(handwritten("山田"), 38.0, 2.0, digits=False),
        Region(np.full((60, 400), 236, np.uint8), 38.0, 2.0, digits=False),
    ]
    digits, no_digits, kanji, no_kanji = reader.read(regions)
    assert reader.right("0907518326", digits) >= 9
    assert (no_digits, kanji, no_kanji) == ("", "山田", "")


def test_without_the_reader_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    reader.check()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(KesuError, match="tesseract") as caught:
        reader.check()
    assert "tesseract-ocr-jpn" in str(caught.value.hint)
