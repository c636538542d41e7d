"""gerber: the copper of a board as its maker gets it: RS-274X layers and Excellon drills, drawn on a grid and joined.

Knows what KiCad 9 writes and refuses the rest (ValueError): metric, absolute, circles, rectangles, obrounds, macros of
circles, outlines and lines, regions, no arcs and no clear polarity. Sources: Ucamco's Gerber format specification,
2021.02, and the Excellon format as KiCad documents it. Millimetres; y up, as in the files.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

Point = tuple[float, float]
GRID_MM = 0.025
UNITS = 1e6  # FSLAX46: six decimals


@dataclass
class Shapes:
    """Filled polygons and round lines (from, to, diameter) in mm."""

    polygons: list[list[Point]] = field(default_factory=list)
    lines: list[tuple[Point, Point, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Hole:
    """A plated hole or slot: its two ends (equal for a hole) and its diameter in mm."""

    start: Point
    end: Point
    diameter: float


Template = tuple[str, list[float]]
"""Name of an aperture's shape, and its numbers."""


def _number(text: str, given: list[float]) -> float:
    """A macro's sum of products of numbers and $n."""
    total = 0.0
    for sign, term in re.findall(r"([+-]?)([^+-]+)", text):
        value = 1.0
        for factor in term.split("x"):
            value *= given[int(factor[1:]) - 1] if factor.startswith("$") else float(factor)
        total += -value if sign == "-" else value
    return total


def _flash(at: Point, shape: Template, macros: dict[str, list[str]], into: Shapes) -> None:
    name, sizes = shape
    x, y = at
    if name == "C":
        into.lines.append((at, at, sizes[0]))
    elif name == "R":
        a, b = sizes[0] / 2, sizes[1] / 2
        into.polygons.append([(x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b)])
    elif name == "O":
        wide, high = sizes[:2]
        thick, reach = min(wide, high), abs(wide - high) / 2
        move = (reach, 0.0) if wide > high else (0.0, reach)
        into.lines.append(((x - move[0], y - move[1]), (x + move[0], y + move[1]), thick))
    elif name in macros:
        for line in macros[name]:
            _primitive(at, line, sizes, into)
    else:
        raise ValueError(f"aperture {name}")


def _primitive(at: Point, line: str, sizes: list[float], into: Shapes) -> None:
    code, *rest = line.split(",")
    values = [_number(word, sizes) for word in rest]
    x, y = at

    def turned(point: Point, degrees: float) -> Point:
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return (x + point[0] * c - point[1] * s, y + point[0] * s + point[1] * c)

    if code == "1":
        centre = turned((values[2], values[3]), values[4] if len(values) > 4 else 0.0)
        into.lines.append((centre, centre, values[1]))
    elif code == "4":
        count, angle = int(values[1]), values[-1]
        points = list(zip(values[2:-1:2], values[3:-1:2], strict=True))
        if len(points) != count + 1:
            raise ValueError(f"outline of {len(points)} points, not {count + 1}")
        into.polygons.append([turned(point, angle) for point in points])
    elif code == "20":
        wide, start, end, angle = values[1], (values[2], values[3]), (values[4], values[5]), values[6]
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        if length:
            across = ((end[1] - start[1]) / length * wide / 2, (start[0] - end[0]) / length * wide / 2)
            corners = [
                (p[0] + s * across[0], p[1] + s * across[1])
                for p, s in ((start, 1), (end, 1), (end, -1), (start, -1))
            ]
            into.polygons.append([turned(point, angle) for point in corners])
    else:
        raise ValueError(f"macro primitive {code}")


def read_layer(text: str) -> Shapes:
    """The shapes of a Gerber layer."""
    shapes = Shapes()
    macros: dict[str, list[str]] = {}
    apertures: dict[int, Template] = {}
    for name, body in re.findall(r"%AM(\w+)\*\s*(.*?)%", text, flags=re.DOTALL):
        lines = [line.strip() for line in body.split("*")]
        macros[name] = [line.replace("\n", "") for line in lines if line and not line.startswith("0")]
    for code, name, sizes in re.findall(r"%ADD(\d+)([A-Za-z_]\w*),([^*]*)\*%", text):
        apertures[int(code)] = (name, [float(word) for word in sizes.split("X")])
    if re.search(r"%LPC\*%|^G0?[23]|G75", text, flags=re.MULTILINE) and re.search(
        r"^[^%\n]*I-?\d", text, re.MULTILINE
    ):
        raise ValueError("clear polarity or arcs")
    at: Point = (0.0, 0.0)
    chosen = 0
    region: list[Point] | None = None
    for line in re.sub(r"%.*?%", "", text, flags=re.DOTALL).split("*"):
        word = line.strip()
        if word == "G36":
            region = []
        elif word == "G37":
            if region:
                shapes.polygons.append(region)
            region = None
        elif match := re.fullmatch(r"D(\d\d+)", word):
            chosen = int(match[1])
        elif match := re.fullmatch(r"(?:G01)?(?:X(-?\d+))?(?:Y(-?\d+))?D0?([123])", word):
            to = (
                int(match[1]) / UNITS if match[1] else at[0],
                int(match[2]) / UNITS if match[2] else at[1],
            )
            if match[3] == "3":
                _flash(to, apertures[chosen], macros, shapes)
            elif match[3] == "2" and region is not None:
                if region:
                    shapes.polygons.append(region)
                region = [to]
            elif match[3] == "1" and region is not None:
                region.append(to)
            elif match[3] == "1":
                name, sizes = apertures[chosen]
                if name != "C":
                    raise ValueError(f"line drawn with aperture {name}")
                shapes.lines.append((at, to, sizes[0]))
            at = to
    return shapes


def read_drills(text: str) -> list[Hole]:
    """The holes and slots of an Excellon file."""
    tools = {int(number): float(size) for number, size in re.findall(r"^T(\d+)C([\d.]+)", text, re.MULTILINE)}
    if "METRIC" not in text:
        raise ValueError("not metric")
    holes, tool, start, down = [], 0, (0.0, 0.0), False
    for line in text.split("%", 1)[1].splitlines():
        if match := re.fullmatch(r"T(\d+)", line):
            tool = int(match[1])
        elif line in ("M15", "M16", "G05", "G00", "G01"):
            down = line == "M15" if line.startswith("M") else down
        elif match := re.fullmatch(r"(G0[01])?X(-?[\d.]+)Y(-?[\d.]+)(?:G85X(-?[\d.]+)Y(-?[\d.]+))?", line):
            point = (float(match[2]), float(match[3]))
            if match[4]:
                holes.append(Hole(point, (float(match[4]), float(match[5])), tools[tool]))
            elif match[1] == "G01" and down:
                holes.append(Hole(start, point, tools[tool]))
            elif match[1] is None:
                holes.append(Hole(point, point, tools[tool]))
            start = point
    return holes


class Copper:
    """Layers on a grid of GRID_MM, each blob of copper with a number that plated holes join across layers."""

    def __init__(self, layers: Iterable[Shapes], holes: Iterable[Hole], grow_mm: float = 0.0) -> None:
        """grow_mm: what all copper is grown by on each side; nets closer than twice that then touch."""
        self._layers = list(layers)
        points = [p for shapes in self._layers for poly in shapes.polygons for p in poly]
        points += [p for shapes in self._layers for line in shapes.lines for p in line[:2]]
        self._left, self._low = (min(p[axis] for p in points) - 2.0 for axis in (0, 1))
        self._wide, self._high = (
            int((max(p[axis] for p in points) + 2.0 - low) / GRID_MM) + 1
            for axis, low in ((0, self._left), (1, self._low))
        )
        self._parents: list[int] = [0]
        self._rows = [list(self._label(shapes, grow_mm)) for shapes in self._layers]
        for hole in holes:
            self._join(hole)

    def blob(self, at: Point, layer: int) -> int:
        """Number of the blob at a point; 0 where there is no copper."""
        column, row = self._cell(at)
        if not 0 <= row < self._high:
            return 0
        for start, end, number in self._rows[layer][row]:
            if start <= column < end:
                return self._root(number)
        return 0

    def _cell(self, at: Point) -> tuple[int, int]:
        return round((at[0] - self._left) / GRID_MM), round((at[1] - self._low) / GRID_MM)

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = number = self._parents[self._parents[number]]
        return number

    def _draw(self, shapes: Shapes, grow_mm: float) -> bytes:
        picture = Image.new("1", (self._wide, self._high))
        pen = ImageDraw.Draw(picture)

        def px(point: Point) -> Point:
            return (point[0] - self._left) / GRID_MM, (point[1] - self._low) / GRID_MM

        def stroke(start: Point, end: Point, diameter: float) -> None:
            radius = (diameter / 2 + grow_mm) / GRID_MM
            (x0, y0), (x1, y1) = px(start), px(end)
            for x, y in ((x0, y0), (x1, y1)):
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1)
            length = math.hypot(x1 - x0, y1 - y0)
            if length:
                dx, dy = (y1 - y0) / length * radius, (x0 - x1) / length * radius
                pen.polygon(
                    [(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], fill=1
                )

        for polygon in shapes.polygons:
            pen.polygon([px(point) for point in polygon], fill=1)
            if grow_mm:
                for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True):
                    stroke(a, b, 0.0)
        for line in shapes.lines:
            stroke(*line)
        return picture.convert("L").tobytes()

    def _label(self, shapes: Shapes, grow_mm: float) -> Iterator[list[tuple[int, int, int]]]:
        """Runs of each row: first and last + 1 column, number of the blob."""
        drawn = self._draw(shapes, grow_mm)
        above: list[tuple[int, int, int]] = []
        for row in range(self._high):
            line = drawn[row * self._wide : (row + 1) * self._wide]
            runs = []
            for match in re.finditer(rb"\xff+", line):
                start, end = match.span()
                touching = [number for a, b, number in above if a < end and start < b]
                if touching:
                    number = touching[0]
                    for other in touching[1:]:
                        self._parents[self._root(other)] = self._root(number)
                else:
                    number = len(self._parents)
                    self._parents.append(number)
                runs.append((start, end, number))
            above = runs
            yield runs

    def _join(self, hole: Hole) -> None:
        """Everything that a plated hole's wall touches becomes one blob."""
        radius = hole.diameter / 2 + GRID_MM
        found = set()
        for layer in range(len(self._layers)):
            for end in (hole.start, hole.end):
                for step in range(16):
                    angle = step * math.pi / 8
                    at = (end[0] + radius * math.cos(angle), end[1] + radius * math.sin(angle))
                    found.add(self.blob(at, layer))
        found.discard(0)
        first, *others = found or {0}
        for other in others:
            self._parents[self._root(other)] = self._root(first)


def read_folder(folder: Path) -> tuple[list[Shapes], list[Hole]]:
    """Both copper layers, upper face first, and the plated holes of a fab package."""
    layers = [
        read_layer((folder / f"carrier-{name}.gbr").read_text(encoding="utf-8")) for name in ("F_Cu", "B_Cu")
    ]
    return layers, read_drills((folder / "carrier-PTH.drl").read_text(encoding="utf-8"))
