"""test_demo_pictures: `kesu demo` as a user runs it, and pictures of the glass in the documents."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from kesu.cli.commands import main
from kesu.emulator.panel.glass import Glass
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import REFERENCE
from kesu_dev.benchmarks import samples
from numpy.typing import NDArray
from once import once
from PIL import Image, ImageDraw

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DARK = 128
APART_PX = 2
"""When the firmware's timing changes, the touch chip samples earlier or later, and a line moves by a pixel."""


def dark(path: Path) -> NDArray[np.bool_]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L")) < DARK


def lonely(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    """Count of dark pixels of one picture with none of the other within APART_PX rows and columns."""

    def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        around = range(-APART_PX, APART_PX + 1)
        return np.logical_or.reduce([np.roll(mask, (y, x), (0, 1)) for y in around for x in around])

    return int((one & ~grown(other)).sum() + (other & ~grown(one)).sum())


@pytest.fixture(scope="module")
def demo(sealed: BuiltImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one demo."""

    def play(out: Path) -> Path:
        ran = CliRunner().invoke(main, ["demo", "--image", str(sealed.uf2), "--out", str(out)])
        assert ran.exit_code == 0, ran.output
        assert "Verdict: nothing of the note is left." in ran.output
        return out

    return once(tmp_path_factory, "demo", play)


def test_the_demo_finds_the_note_only_before_the_wipe(demo: Path) -> None:
    report = json.loads((demo / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "nothing left"
    assert min(report["hits_before"][place] for place in ("sram", "plane 24h", "glass")) > 0
    assert set(report["hits_after"].values()) == {0}
    for name in ("ram-before", "ram-after"):
        with Image.open(demo / f"{name}.png") as picture:
            assert picture.width == 1024


def test_the_demo_makes_the_pictures_of_the_documents(demo: Path) -> None:
    before, shown_before = (dark(folder / "glass-before.png") for folder in (demo, PICTURES))
    after, shown_after = (dark(folder / "glass-after.png") for folder in (demo, PICTURES))
    assert lonely(before, shown_before) == 0, "./dev pictures demo"
    assert lonely(after, shown_after) == 0, "./dev pictures demo"
    assert before.sum() > 1_500
    assert lonely(before, shown_after) > 1_000, "the comparison finds a missing note"


def rows(seed: int) -> NDArray[np.bool_]:
    """What `kesu dev benchmark legibility --size 5 --seed SEED` writes on its first page, drawn without a pad."""
    (page,) = samples.pages(Glass(REFERENCE.width, REFERENCE.height), 5.0, 12, seed)
    drawn = Image.new("1", (400, 300), 0)
    pen = ImageDraw.Draw(drawn)
    for row in page:
        for stroke in row.strokes(0.0, random.Random(seed), REFERENCE.pitch_mm):
            pen.line(stroke, fill=1, width=2)
    return np.asarray(drawn)


def test_the_legibility_pictures_show_the_rows_of_the_command() -> None:
    wanted, others = rows(1), rows(2)
    for name in ("written", "ghost"):
        shown = dark(PICTURES / f"legibility-{name}.png")
        shown[300 - samples.STRIP_PX :] = False
        # Between two points of the touch chip the pen cuts corners.
        assert lonely(wanted, shown) < 0.05 * wanted.sum(), f"./dev pictures legibility: {name}"
        assert lonely(others, shown) > 0.15 * wanted.sum(), "the comparison finds other rows"
    wiped = dark(PICTURES / "legibility-wiped.png")
    assert not wiped[: 300 - samples.STRIP_PX].any()
