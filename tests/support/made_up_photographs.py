"""made_up_photographs: a glass as a camera sees it: perspective, noise, a lamp, a ghost of known strength.

    .venv/bin/python tests/support/made_up_photographs.py FOLDER

writes FOLDER/sheet.png, the picture of docs/hil/photographs.md.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from kesu.cli.commands import main
from numpy.typing import NDArray
from PIL import Image, ImageDraw

PAPER, INK, CASE = 0.72, 0.2, 0.12
WIDTH, HEIGHT = 1_200, 900
"""Size of a photograph, pixels."""
FOCAL_PX, DISTANCE_PX = 1_300.0, 780.0
"""Distance of a pinhole camera from the glass, in pixels of the panel: the glass fills half the picture."""
VIEW = (0.22, -0.16, 0.05)
OTHER_VIEW = (0.17, -0.2, 0.07)
"""Tilt forward, tilt aside and turn, in radians: the camera moves between the two photographs."""


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
    """A note, and the same glass with a ghost of that `strength`."""
    ink = note(seed)
    return photograph(tones(ink, 1.0), VIEW, seed), photograph(tones(ink, strength), OTHER_VIEW, seed + 100)


def sheet(folder: Path) -> Path:
    """What `kesu glass compare` writes for a ghost of 5 %, in eight greys, as FOLDER/sheet.png."""
    before, after = pair(0.05)
    before.save(folder / "before.png")
    after.save(folder / "after.png")
    path = folder / "sheet.png"
    photographs = [str(folder / f"{name}.png") for name in ("before", "after")]
    compared = CliRunner().invoke(main, ["glass", "compare", *photographs, "--out", str(path)])
    assert compared.output.startswith("LEFT"), compared.output
    with Image.open(path) as whole:
        greys = np.asarray(whole).astype(int) // 32
    indexed = Image.fromarray(greys.astype(np.uint8)).convert("P")
    indexed.putpalette([level for grey in range(8) for level in (255 * grey // 7,) * 3])
    indexed.save(path, optimize=True, bits=4)
    return path


if __name__ == "__main__":
    sheet(Path(sys.argv[1]))
