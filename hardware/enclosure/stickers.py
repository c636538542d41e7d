"""stickers: stickers.svg and stickers.pdf, the legends of the keys at true size, to print and cut; for ./dev hardware.

A column to the right of each key, and a label for each cap with its sign. Letters are outlines
of the project's font, so no reader of the files needs it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import matplotlib as mpl
from kesu.common.font_files import FIXED_BOLD, font_file

HERE = Path(__file__).parent
LEGENDS = tomllib.loads((HERE.parent / "legends.toml").read_text(encoding="utf-8"))
COLUMN_WIDE, COLUMN_HIGH = 8.2, 16.4
"""Between AWAY and MODE, and between MODE and WIPE, the face has 9 mm beside a key (measures.py)."""
LONG_SIGN = "ー"
"""Stands upright when it is written from top to bottom."""
SETS = 3
"""Copies on the sheet: a sticker is lost or cut badly."""
CAP_MM = {"WIPE": 11.0, "AWAY": 9.6, "MODE": 9.6}  # inside the dish, on the square caps
ROW_MM, MARGIN_MM = 24.0, 8.0
SHEET_MM = (128.0, MARGIN_MM * 2 + ROW_MM * SETS)
POINTS = 72 / 25.4


def _word(text: str, middle: tuple[float, float], size: float, upright: bool = False) -> Any:
    """The word as one path round a point; mm."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    font, parts = FontProperties(fname=str(font_file(FIXED_BOLD))), []
    for number, character in enumerate(text):
        outline = TextPath((0, 0), character, size=size, prop=font)
        box = outline.get_extents()
        centred = Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2)
        step = (len(text) - 1) / 2 - number
        if upright:
            turned = centred.rotate_deg(90 if character == LONG_SIGN else 0)
            moved = turned.translate(middle[0], middle[1] + step * COLUMN_HIGH / len(text))
        else:
            advance = size if ord(character) > 0x7F else size * 0.62
            moved = centred.translate(middle[0] - step * advance, middle[1])
        parts.append(moved.transform_path(outline))
    return Outline.make_compound_path(*parts)


def _sign(axes: Any, sign: str, x: float, y: float) -> None:
    from matplotlib.patches import Circle, Rectangle

    if sign == "bar":
        axes.add_patch(Rectangle((x - 3, y - 0.6), 6, 1.2, color="black", linewidth=0))
    elif sign == "dot":
        axes.add_patch(Circle((x, y), 0.8, color="black", linewidth=0))
    else:
        axes.add_patch(Circle((x, y - 0.5), 1.0, fill=False, linewidth=0.5 * POINTS))


def draw(files: list[Path]) -> None:
    """Write the sheet into these files, by their endings."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "kesu", "pdf.fonttype": 42})
    from matplotlib import pyplot
    from matplotlib.patches import Circle, FancyBboxPatch, PathPatch

    wide, high = SHEET_MM
    figure = pyplot.figure(figsize=(wide / 25.4, high / 25.4))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, wide), ylim=(0, high))
    axes.axis("off")
    edge: dict[str, Any] = {"fill": False, "linewidth": 0.2, "edgecolor": "grey"}
    for copy in range(SETS):
        y = high - MARGIN_MM - ROW_MM * (copy + 0.5)
        x = MARGIN_MM
        for key, legend in LEGENDS.items():
            column, cap = COLUMN_WIDE + 0.6, CAP_MM[key]
            x += column / 2
            box = (x - column / 2, y - COLUMN_HIGH / 2 - 0.4)
            axes.add_patch(
                FancyBboxPatch(box, column, COLUMN_HIGH + 0.8, "round,pad=0,rounding_size=1", **edge)
            )
            size = min(COLUMN_WIDE, COLUMN_HIGH / len(legend["ja"])) * 0.95
            axes.add_patch(PathPatch(_word(legend["ja"], (x, y), size, True), color="black", linewidth=0))
            x += column / 2 + 3 + cap / 2
            if key == "WIPE":
                axes.add_patch(Circle((x, y), cap / 2, **edge))
            else:
                box = (x - cap / 2, y - cap / 2)
                axes.add_patch(FancyBboxPatch(box, cap, cap, "round,pad=0,rounding_size=1", **edge))
            size = min(3.4, (cap - 1.6) / len(legend["ja"]))
            axes.add_patch(PathPatch(_word(legend["ja"], (x, y + 1.6), size), color="black", linewidth=0))
            axes.add_patch(PathPatch(_word(legend["en"], (x, y - 0.9), 2.2), color="black", linewidth=0))
            _sign(axes, legend["sign"], x, y - 3.2)
            x += cap / 2 + 6
    for file in files:
        dated = {"Date": None} if file.suffix == ".svg" else {"CreationDate": None}
        figure.savefig(file, metadata=dated)


if __name__ == "__main__":
    draw([HERE / "stickers.svg", HERE / "stickers.pdf"])
