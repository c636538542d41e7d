"""draw: labels.toml to one 1-bit PNG a label, and one a digit."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kesu.errors import KesuError

GAP = 6
DIGIT_SIZE = (32, 48)
DIGIT_FONT_SIZE = 44
INK_BELOW = 128  # grey level under which an antialiased pixel becomes ink


@dataclass(frozen=True)
class Label:
    """One picture: its name, size in pixels, and texts with their font sizes, side by side."""

    name: str
    size: tuple[int, int]
    texts: tuple[tuple[str, int], ...]


def read_labels(path: Path) -> tuple[list[Label], Path]:
    """Labels of a labels.toml, and the font file. Raises KesuError when the font is not installed."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    font = Path(document.pop("font"))
    package = document.pop("font_package")
    if not font.is_file():
        raise KesuError(
            f"The font {font} is not installed.",
            hint=f"Install the package {package}; it is needed only to draw the labels again.",
            code=3,
        )
    labels = [
        Label(name, (entry["width"], entry["height"]), tuple((t["text"], t["size"]) for t in entry["lines"]))
        for name, entry in document.items()
    ]
    labels += [Label(f"DIGIT_{digit}", DIGIT_SIZE, ((str(digit), DIGIT_FONT_SIZE),)) for digit in range(10)]
    return labels, font


def draw_label(label: Label, font: Path) -> Image.Image:
    """A 1-bit picture, ink on white, texts centred as a group. Raises KesuError when they do not fit."""
    picture = Image.new("L", label.size, 255)
    pen = ImageDraw.Draw(picture)
    fonts = [ImageFont.truetype(str(font), size) for _, size in label.texts]
    boxes = [face.getbbox(text) for (text, _), face in zip(label.texts, fonts, strict=True)]
    total = sum(box[2] - box[0] for box in boxes) + GAP * (len(boxes) - 1)
    tallest = max(box[3] - box[1] for box in boxes)
    if total > label.size[0] or tallest > label.size[1]:
        raise KesuError(
            f"{label.name} needs {total:.0f} x {tallest:.0f} pixels but has "
            f"{label.size[0]} x {label.size[1]}.",
            hint="Widen it or take a smaller size in labels.toml.",
            code=2,
        )
    x = (label.size[0] - total) / 2
    for (text, _), face, box in zip(label.texts, fonts, boxes, strict=True):
        y = (label.size[1] - (box[3] - box[1])) / 2
        pen.text((round(x - box[0]), round(y - box[1])), text, font=face, fill=0)
        x += box[2] - box[0] + GAP
    return picture.point(lambda level: 0 if level < INK_BELOW else 255).convert("1")


def draw_all(assets_dir: Path) -> list[Path]:
    """Draw every label of assets_dir/labels.toml beside it. Returns the files written."""
    labels, font = read_labels(assets_dir / "labels.toml")
    written = []
    for label in labels:
        path = assets_dir / f"{label.name}.png"
        draw_label(label, font).save(path, optimize=True)
        written.append(path)
    return written
