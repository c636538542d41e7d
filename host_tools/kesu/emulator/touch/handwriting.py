"""handwriting: text to pen strokes in writing order, from KanjiVG (PyPI `kanjivg`, CC BY-SA 3.0)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from math import ceil, hypot
from pathlib import Path
from xml.etree import ElementTree

from kesu.emulator.touch.pen import Point

Stroke = list[Point]

# KanjiVG draws every character in a box of 109 units.
EM = 109.0
# Latin letters and digits are narrower than their box: they advance by their own width plus this gap, a space
# by half a box.
LATIN_GAP = 16.0
SPACE = 45.0
LINE_PITCH = 1.25

# Pixel pitch of the 4.2 inch panel (hardware-facts C.2) and how fast a hand writes notes: 60 to 100 mm/s.
PIXEL_MM = 0.212
HUMAN_MM_S = 80.0
HUMAN_PX_S = HUMAN_MM_S / PIXEL_MM

# KanjiVG has no glyphs for these, in em units.
OWN_STROKES: dict[str, tuple[Stroke, ...]] = {
    "-": ([(30.0, 56.0), (78.0, 56.0)],),
    "+": ([(30.0, 56.0), (78.0, 56.0)], [(54.0, 32.0), (54.0, 80.0)]),
    "/": ([(74.0, 16.0), (34.0, 94.0)],),
}

_TOKEN = re.compile(r"[A-DF-Za-df-z]|-?(?:\d+\.\d*|\.\d+|\d+)(?:[eE]-?\d+)?")
_STROKE_FILE = re.compile(r"^(.*/)[0-9a-f]{5}\.svg,", re.MULTILINE)
_SVG_PATH = "{http://www.w3.org/2000/svg}path"


def strokes(text: str, x: float, y: float, height_px: float) -> list[Stroke]:
    """Strokes of `text` in pixels, in writing order; (x, y) is the top left corner of the first line.

    `height_px` is the height of a kanji's box; "\\n" starts a new line. Points are at most about 1 px apart.
    Raises ValueError for a character without stroke data, LookupError when the `kanjivg` package is missing.
    """
    scale = height_px / EM
    written: list[Stroke] = []
    for row, line in enumerate(text.split("\n")):
        left, top = x, y + row * height_px * LINE_PITCH
        for character in line:
            glyph, offset, advance = _glyph(character)
            for stroke in glyph:
                placed = [(left + (px - offset) * scale, top + py * scale) for px, py in stroke]
                written.append(_resample(placed))
            left += advance * scale
    return written


def width(text: str, height_px: float) -> float:
    """Width of the longest line of `text`, in pixels."""
    return max(sum(_glyph(character)[2] for character in line) for line in text.split("\n")) * height_px / EM


@cache
def _glyph(character: str) -> tuple[tuple[Stroke, ...], float, float]:
    """(strokes in em units, units to subtract on the left, units to advance)."""
    if character == " ":
        return (), 0.0, SPACE
    if character == "\u3000":
        return (), 0.0, EM
    glyph = OWN_STROKES.get(character) or tuple(flatten(path) for path in _paths(character))
    if not character.isascii():
        return glyph, 0.0, EM
    columns = [px for stroke in glyph for px, _ in stroke]
    return glyph, min(columns) - LATIN_GAP / 2, max(columns) - min(columns) + LATIN_GAP


@cache
def _folder() -> Path:
    """Where the package has its SVG files, named by code point. Parsing the list of all 11,000 takes seven times as
    long as this search, and each process that writes on a pad would do it."""
    try:
        package = distribution("kanjivg")
    except PackageNotFoundError:
        raise LookupError("the Python package kanjivg (stroke data for the pen) is not installed") from None
    listed = _STROKE_FILE.search(package.read_text("RECORD") or "")
    if listed is None:
        raise LookupError("the Python package kanjivg lists no stroke data: install it again")
    return Path(str(package.locate_file(listed[1])))


def _paths(character: str) -> list[str]:
    try:
        text = (_folder() / f"{ord(character):05x}.svg").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"no stroke data for {character!r}") from None
    root = ElementTree.fromstring(text)
    return [path.attrib["d"] for path in root.iter(_SVG_PATH)]


def flatten(path: str) -> Stroke:
    """An SVG path of moves, lines and cubic curves as points about one unit apart.

    Raises ValueError for any other path command: KanjiVG uses M, C and S, in both cases.
    """
    tokens: list[str] = _TOKEN.findall(path)
    points: Stroke = []
    here = handle = (0.0, 0.0)
    command, index = "", 0

    def take(relative: bool) -> Point:
        nonlocal index
        px, py = float(tokens[index]), float(tokens[index + 1])
        index += 2
        return (here[0] + px, here[1] + py) if relative else (px, py)

    while index < len(tokens):
        if tokens[index].isalpha():
            command, index = tokens[index], index + 1
        relative = command.islower()
        kind = command.upper()
        if kind in ("M", "L"):
            here = handle = take(relative)
            points.append(here)
            command = "l" if command == "m" else "L" if command == "M" else command
        elif kind in ("C", "S"):
            first = take(relative) if kind == "C" else (2 * here[0] - handle[0], 2 * here[1] - handle[1])
            second = take(relative)
            end = take(relative)
            points.extend(_cubic(here, first, second, end))
            here, handle = end, second
        else:
            raise ValueError(f"path command {command!r} is not used by KanjiVG")
    return points


def _cubic(start: Point, first: Point, second: Point, end: Point) -> Stroke:
    """Points of one Bezier curve after its start."""
    corners = (start, first, second, end)
    length = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(corners))
    steps = max(1, ceil(length))
    curve: Stroke = []
    for step in range(1, steps + 1):
        t = step / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        curve.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return curve


def _resample(stroke: Stroke) -> Stroke:
    """Fill the gaps of a stroke so that no step is longer than 1 px."""
    filled = [stroke[0]]
    for x1, y1 in stroke[1:]:
        x0, y0 = filled[-1]
        steps = max(1, ceil(hypot(x1 - x0, y1 - y0)))
        filled.extend(
            (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps) for step in range(1, steps + 1)
        )
    return filled
