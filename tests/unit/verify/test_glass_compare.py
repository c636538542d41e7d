"""test_glass_compare: made-up photographs with perspective, noise, uneven light; ghosts of known strength."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from fast_part import fast
from kesu.cli.commands import main
from kesu.common.errors import Exit, KesuError
from kesu.verify.photos import rectify
from kesu.verify.photos.compare import compare
from made_up_photographs import OTHER_VIEW, VIEW, WIDTH, note, pair, photograph, sheet, tones, where
from PIL import Image

DISC = np.where(np.hypot(*np.mgrid[-200:200, -300:300]) < 150, 230, 30).astype(np.uint8)
SHEET = Path(__file__).parents[3] / "docs" / "pictures" / "glass-compare.png"


@pytest.mark.slow
@pytest.mark.parametrize("seed", fast(range(6), 0))
def test_a_wiped_glass_is_clean(seed: int) -> None:
    found = compare(*pair(0.0, seed), "4in2", ("before", "after"))
    assert found.verdict == "CLEAN", (found.contrast, found.z)
    assert 0.01 < found.ink < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("seed", fast(range(6), 0))
@pytest.mark.parametrize("strength", [0.05, 0.2, 1.0])
def test_a_ghost_is_found(strength: float, seed: int) -> None:
    found = compare(*pair(strength, seed), "4in2", ("before", "after"))
    assert found.verdict == "LEFT", (strength, found.contrast, found.z)


@pytest.mark.slow
def test_a_ghost_of_another_note_is_not_counted() -> None:
    before = photograph(tones(note(1), 1.0), VIEW, 1)
    after = photograph(tones(note(2), 0.0), VIEW, 2)
    assert compare(before, after, "4in2", ("before", "after")).verdict == "CLEAN"


@pytest.mark.slow
def test_a_rotated_photograph_is_turned() -> None:
    before, after = (picture.rotate(90, expand=True) for picture in pair(0.2))
    assert compare(before, after, "4in2", ("before", "after")).verdict == "LEFT"


def test_corners_are_found_within_a_few_pixels() -> None:
    x, y = where(VIEW)
    corners = [
        np.hypot(x - at_x, y - at_y).argmin() for at_x, at_y in ((0, 0), (400, 0), (400, 300), (0, 300))
    ]
    wanted = np.array([(at % WIDTH, at // WIDTH) for at in corners])
    assert np.abs(rectify.find_corners(pair(0.0)[0], "x") - wanted).max() < 8


@pytest.mark.slow
def test_with_a_blank_photograph_a_template_is_not_a_note() -> None:
    template = np.zeros((300, 400), dtype=bool)
    template[60:240:60, 30:370] = True
    blank = photograph(tones(template, 1.0), VIEW, 7)
    before = photograph(tones(template | note(1), 1.0), OTHER_VIEW, 8)
    wiped = photograph(tones(template, 1.0), VIEW, 9)
    names = ("before", "after")
    assert compare(before, wiped, "4in2", names).verdict == "LEFT"
    assert compare(before, wiped, "4in2", names, blank).verdict == "CLEAN"
    ghost = tones(template, 1.0)
    ghost[note(1)] -= 0.05
    assert compare(before, photograph(ghost, VIEW, 10), "4in2", names, blank).verdict == "LEFT"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (Image.new("L", (600, 400), 30), "one even field"),
        (photograph(tones(note(1), 0.0), VIEW, 1), "shows no note"),
        (Image.fromarray(DISC), "four straight sides"),
    ],
)
def test_unusable_photographs_are_refused(picture: Image.Image, reason: str) -> None:
    _, after = pair(0.0)
    with pytest.raises(KesuError, match=reason) as refused:
        compare(picture, after, "4in2", ("before.jpg", "after.jpg"))
    assert refused.value.code == Exit.DATA
    assert refused.value.hint


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["glass", "compare", *words])


@pytest.mark.slow
def test_the_command_prints_and_writes_its_result(tmp_path: Path) -> None:
    before, after = pair(0.0)
    before.save(tmp_path / "before.jpg", quality=90)
    after.save(tmp_path / "after.jpg", quality=90)
    sheet = tmp_path / "sheet.png"
    clean = run(str(tmp_path / "before.jpg"), str(tmp_path / "after.jpg"), "--out", str(sheet))
    assert (clean.exit_code, clean.output[:6]) == (0, "CLEAN:")
    assert Image.open(sheet).size == (810, 300)
    pair(0.3)[1].save(tmp_path / "ghost.jpg", quality=90)
    left = run(str(tmp_path / "before.jpg"), str(tmp_path / "ghost.jpg"), "--json")
    assert left.exit_code == 1
    assert json.loads(left.output)["verdict"] == "LEFT"
    (tmp_path / "text.jpg").write_text("not a picture")
    for wrong, reason, code in (
        ("text.jpg", "not a picture", Exit.DATA),
        ("absent.jpg", "does not exist", Exit.NO_INPUT),
    ):
        refused = run(str(tmp_path / "before.jpg"), str(tmp_path / wrong))
        assert refused.exit_code == code
        assert reason in refused.output


@pytest.mark.slow
def test_the_command_writes_the_picture_of_the_documents(tmp_path: Path) -> None:
    with Image.open(sheet(tmp_path)) as made, Image.open(SHEET) as shown:
        assert made.size == shown.size
        apart = np.abs(np.asarray(made.convert("L")).astype(int) - np.asarray(shown.convert("L")))
    # Another processor may round a grey differently.
    assert apart.max() <= 37, "./dev pictures glass-compare"
    assert np.mean(apart > 0) < 0.01
