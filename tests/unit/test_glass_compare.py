"""test_glass_compare: made-up photographs with perspective, noise, uneven light; ghosts of known strength."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from kesu.cli import main
from kesu.errors import KesuError
from kesu.glass import rectify
from kesu.glass.compare import compare
from numpy.typing import NDArray
from PIL import Image, ImageDraw

PAPER, INK, CASE = 0.72, 0.2, 0.12
WIDTH, HEIGHT = 1_200, 900
"""Of a photograph."""
FOCAL_PX, DISTANCE_PX = 1_300.0, 780.0
"""A pinhole camera, as far from the glass (in pixels of the panel) as makes it fill half the picture."""
VIEW = (0.22, -0.16, 0.05)
OTHER_VIEW = (0.17, -0.2, 0.07)
"""Tilt forward, tilt aside and turn, in radians: the camera was moved between the two."""


DISC = np.where(np.hypot(*np.mgrid[-200:200, -300:300]) < 150, 230, 30).astype(np.uint8)


def note(seed: int) -> NDArray[np.bool_]:
    """Strokes on a glass of 400 x 300, and a status strip at the bottom that is always there."""
    drawn = Image.new("1", (400, 300), 0)
    pen = ImageDraw.Draw(drawn)
    random = np.random.default_rng(seed)
    for _ in range(14):
        x, y = random.uniform(40, 330), random.uniform(30, 200)
        points = [(x + float(dx), y + float(dy)) for dx, dy in random.uniform(-30, 30, (4, 2))]
        pen.line(points, fill=1, width=3)
    return np.asarray(drawn)


def tones(ink: NDArray[np.bool_], strength: float) -> NDArray[np.float64]:
    """The glass: paper, the note at `strength` (1: ink, 0: gone), and a strip with words."""
    glass = np.full((300, 400), PAPER)
    glass[ink] = PAPER + (INK - PAPER) * strength
    glass[272:290, 20:180:3] = INK
    return glass


def where(view: tuple[float, float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each pixel of a photograph the place (x, y) on the glass that its ray meets."""
    forward, aside, turn = view
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(forward), -np.sin(forward)], [0, np.sin(forward), np.cos(forward)]]
    )
    about_y = np.array([[np.cos(aside), 0, np.sin(aside)], [0, 1, 0], [-np.sin(aside), 0, np.cos(aside)]])
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    turned = about_x @ about_y @ about_z
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    rays = (
        np.stack([columns - WIDTH / 2, rows - HEIGHT / 2, np.full(rows.shape, FOCAL_PX)], axis=-1) @ turned.T
    )
    camera = turned @ np.array([0.0, 0.0, -DISTANCE_PX])
    met = camera + rays * (-camera[2] / rays[..., 2])[..., None]
    return met[..., 0] + 200, met[..., 1] + 150


def photograph(glass: NDArray[np.float64], view: tuple[float, float, float], seed: int) -> Image.Image:
    """As a camera sees it: perspective, a lamp at the left, a soft lens, noise, 8 bits."""
    random = np.random.default_rng(seed)
    x, y = where(view)
    inside = (x >= 0) & (x < 400) & (y >= 0) & (y < 300)
    at_x, at_y = np.clip(x, 0, 399).astype(int), np.clip(y, 0, 299).astype(int)
    seen = np.where(inside, glass[at_y, at_x], CASE)
    for axis in (0, 1):
        seen = (np.roll(seen, 1, axis) + 2 * seen + np.roll(seen, -1, axis)) / 4
    rows, columns = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    lit = seen * (1.0 - 0.25 * columns - 0.1 * rows**2) + random.normal(0, 0.02, seen.shape)
    return Image.fromarray((np.clip(lit, 0, 1) * 255).astype(np.uint8))


def pair(strength: float, seed: int = 1) -> tuple[Image.Image, Image.Image]:
    """A note, and the same glass once it has gone to `strength`."""
    ink = note(seed)
    return photograph(tones(ink, 1.0), VIEW, seed), photograph(tones(ink, strength), OTHER_VIEW, seed + 100)


@pytest.mark.parametrize("seed", range(6))
def test_a_wiped_glass_is_clean(seed: int) -> None:
    found = compare(*pair(0.0, seed), "4in2", ("before", "after"))
    assert found.verdict == "CLEAN", (found.contrast, found.z)
    assert 0.01 < found.ink < 0.2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strength", [0.05, 0.2, 1.0])
def test_a_ghost_is_found(strength: float, seed: int) -> None:
    found = compare(*pair(strength, seed), "4in2", ("before", "after"))
    assert found.verdict == "LEFT", (strength, found.contrast, found.z)


def test_a_ghost_of_another_note_is_not_this_ones() -> None:
    before = photograph(tones(note(1), 1.0), VIEW, 1)
    after = photograph(tones(note(2), 0.0), VIEW, 2)
    assert compare(before, after, "4in2", ("before", "after")).verdict == "CLEAN"


def test_a_glass_photographed_upright_is_turned() -> None:
    before, after = (picture.rotate(90, expand=True) for picture in pair(0.2))
    assert compare(before, after, "4in2", ("before", "after")).verdict == "LEFT"


def test_corners_are_found_to_a_few_pixels() -> None:
    x, y = where(VIEW)
    corners = [
        np.hypot(x - at_x, y - at_y).argmin() for at_x, at_y in ((0, 0), (400, 0), (400, 300), (0, 300))
    ]
    wanted = np.array([(at % WIDTH, at // WIDTH) for at in corners])
    assert np.abs(rectify.find_corners(pair(0.0)[0], "x") - wanted).max() < 8


def test_a_template_is_no_note_when_the_blank_pad_is_shown() -> None:
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


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (Image.new("L", (600, 400), 30), "one even field"),
        (photograph(tones(note(1), 0.0), VIEW, 1), "shows no note"),
        (Image.fromarray(DISC), "four straight sides"),
    ],
)
def test_photographs_that_tell_nothing_are_refused(picture: Image.Image, reason: str) -> None:
    _, after = pair(0.0)
    with pytest.raises(KesuError, match=reason) as refused:
        compare(picture, after, "4in2", ("before.jpg", "after.jpg"))
    assert refused.value.code == 2
    assert refused.value.hint


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["glass", "compare", *words])


def test_the_command_says_it_writes_it_and_exits_with_it(tmp_path: Path) -> None:
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
    for wrong, reason in (("text.jpg", "not a picture"), ("absent.jpg", "No such file")):
        refused = run(str(tmp_path / "before.jpg"), str(tmp_path / wrong))
        assert refused.exit_code == 2
        assert reason in refused.output
