"""carrier_board: parts, pads and edge of the carrier's layout, read from its board file without KiCad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BOARD = Path(__file__).parents[2] / "hardware" / "carrier" / "carrier.kicad_pcb"

Node = list["str | Node"]
"""An S-expression: a first word, then words and S-expressions."""
Box = tuple[float, float, float, float]
"""Left, front, right, back in mm from the board's front left corner, as in outline.toml."""


@dataclass(frozen=True)
class Pad:
    number: str
    net: str
    x: float
    y: float
    through: bool


@dataclass(frozen=True)
class Part:
    """A part on the board; mm from the front left corner, y to the back."""

    ref: str
    x: float
    y: float
    pads: list[Pad] = field(default_factory=list)
    courtyard: Box = (0.0, 0.0, 0.0, 0.0)


def parse(text: str) -> Node:
    stack: list[Node] = [[]]
    for word in re.findall(r'"(?:\\.|[^"\\])*"|[()]|[^\s()]+', text):
        if word == "(":
            stack.append([])
        elif word == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word[1:-1] if word.startswith('"') else word)
    top = stack[0][0]
    assert isinstance(top, list)
    return top


def inside(node: Node, name: str) -> Iterator[Node]:
    """The direct children of that name."""
    return (item for item in node if isinstance(item, list) and item and item[0] == name)


def numbers(node: Node, name: str) -> list[float]:
    found = next(inside(node, name), None)
    return [] if found is None else [float(word) for word in found[1:] if isinstance(word, str)]


def edge(board: Node) -> list[tuple[float, float]]:
    """KiCad's coordinates of the points of the board's edge."""
    lines = [
        item
        for kind in ("gr_line", "gr_arc")
        for item in inside(board, kind)
        if ["layer", "Edge.Cuts"] in item
    ]
    return [(at[0], at[1]) for line in lines for at in (numbers(line, "start"), numbers(line, "end"))]


def parts_of(board: Node) -> list[Part]:
    left = min(x for x, _ in edge(board))
    front = max(y for _, y in edge(board))
    found = []
    for item in inside(board, "footprint"):
        at = [*numbers(item, "at"), 0.0]
        angle = math.radians(at[2])

        def place(point: list[float], at: list[float] = at, angle: float = angle) -> tuple[float, float]:
            """Transform the footprint's coordinates to the board's."""
            x, y = point[:2]
            across = at[0] + x * math.cos(angle) + y * math.sin(angle)
            down = at[1] - x * math.sin(angle) + y * math.cos(angle)
            return round(across - left, 4), round(front - down, 4)

        pads = []
        for pad in inside(item, "pad"):
            net = next(inside(pad, "net"), ["net", "0", ""])
            pads.append(Pad(str(pad[1]), str(net[2]), *place(numbers(pad, "at")), through="thru_hole" in pad))
        yard = [
            place(numbers(line, end))
            for kind in ("fp_line", "fp_rect")
            for line in inside(item, kind)
            if ["layer", "F.CrtYd"] in line
            for end in ("start", "end")
        ]
        xs, ys = ([point[axis] for point in yard] or [0.0] for axis in (0, 1))
        ref = next(str(line[2]) for line in inside(item, "property") if line[1] == "Reference")
        found.append(Part(ref, *place([0.0, 0.0]), pads, (min(xs), min(ys), max(xs), max(ys))))
    return found
