"""rig_breadboard: draws docs/pictures/rig-breadboard.svg from host_tools/kesu/spec/rig.toml, hole by hole.

    .venv/bin/python docs/rig_breadboard.py

The pad's board has 63 rows, the rig's 30. Below the pad's Pico each line has a row of its own, at the height of its pin
of the rig: the resistor bridges the gap there, so the wires between the boards are straight and do not cross.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.spec.rig import LINES, SENSES
from rig_picture import COLOURS, GPIO_PINS, NAMES, PLACES, ROWS, group_of, text

OUT = Path(__file__).parent / "pictures" / "rig-breadboard.svg"
WIDTH, HEIGHT = 1220, 1060
HOLE = 15
"""Pixels for 2.54 mm."""
COLUMNS = {name: at for name, at in zip("abcdefghij", (0, 1, 2, 3, 4, 7, 8, 9, 10, 11), strict=True)}
"""The gap is three holes wide, and a Pico's pins are seven apart: in c and h."""
PAD_X, RIG_X, TOP = 360, 820, 50
PAD_ROWS, RIG_ROWS = 63, 30
DOWN = 24
"""Row of the pad's board at the height of the rig's first pin, less one."""
BELOW = ("RUN", "BOOTSEL", "SWCLK", "SWDIO", "VSYS", "3V3")
"""Lines to the rig's right side, from the inside out: rows 58 to 63 of the pad's board, below the rig's."""
FIRST_BELOW = 58
PLUS, MINUS = -34, -22
"""Rails, pixels left of column a."""
GROUNDS = (3, 8, 13, 18)
"""Pins at the left of both Picos; the one of row 8 is beside CLK."""
DIVIDER = 10_000
LEFT_TRACKS = 16
"""The last track at the left of the pad's board."""


@dataclass(frozen=True)
class Hole:
    """board: "pad" or "rig"; a row from 1 on; a column of COLUMNS."""

    board: str
    row: int
    column: str

    @property
    def node(self) -> tuple[str, int, str]:
        """Holes of one half of a row are one piece of metal."""
        return self.board, self.row, "left" if self.column < "f" else "right"

    @property
    def point(self) -> tuple[float, float]:
        left, down = (PAD_X, 0) if self.board == "pad" else (RIG_X, DOWN)
        return left + HOLE * COLUMNS[self.column], TOP + HOLE * (self.row + down)


@dataclass(frozen=True)
class Link:
    """A wire, or a resistor of so many ohms. begin: a hole or a place beside the boards; end: a hole or a rail."""

    line: str
    begin: Hole | str
    end: Hole | str
    ohms: int = 0


def pin_hole(board: str, pin: int, column: str = "") -> Hole:
    """A free hole in the row of a Pico's header pin; USB is up."""
    left = pin <= ROWS
    return Hole(board, pin if left else 2 * ROWS + 1 - pin, column or ("a" if left else "j"))


def row_of(name: str, rig_pin: int) -> int:
    """The row of a line on the pad's board."""
    return DOWN + rig_pin if rig_pin <= ROWS else FIRST_BELOW + BELOW.index(name)


def links() -> list[Link]:
    """Everything that is put into the boards."""
    found: list[Link] = []
    for name, one in (LINES | SENSES).items():
        if name in ("VBUS", "CURRENT"):
            continue
        rig_pin = GPIO_PINS[one.rig]
        row = row_of(name, rig_pin)
        gpio = LINES[name].pad if name in LINES else None
        pin = GPIO_PINS[gpio] if gpio is not None else PLACES.get(name)
        begin: Hole | str = pin_hole("pad", pin) if pin is not None else name
        found.append(Link(name, begin, Hole("pad", row, "a")))
        found.append(Link(name, Hole("pad", row, "d"), Hole("pad", row, "g"), one.ohms))
        found.append(Link(name, Hole("pad", row, "j"), pin_hole("rig", rig_pin)))
        pull = LINES[name].pull if name in LINES else None
        if pull:
            found.append(Link(name, Hole("pad", row, "b"), "+", pull))
        if name in SENSES:
            found.append(Link(name, pin_hole("rig", rig_pin, "i"), "- of the rig", DIVIDER))
        if name == "3V3":
            found.append(Link(name, Hole("pad", row, "b"), "+"))
    found.append(Link("VBUS", "load switch", pin_hole("rig", GPIO_PINS[LINES["VBUS"].rig])))
    for pin in GROUNDS:
        found.append(Link("GND", pin_hole("pad", pin, "b"), "-"))
        found.append(Link("GND", Hole("pad", DOWN + pin, "b"), "-"))
        found.append(Link("GND", Hole("pad", DOWN + pin, "e"), Hole("pad", DOWN + pin, "f")))
        found.append(Link("GND", Hole("pad", DOWN + pin, "j"), pin_hole("rig", pin)))
    found.append(Link("GND", pin_hole("rig", 38, "i"), "- of the rig"))
    return found


def colour_of(name: str) -> str:
    """Of a line's group."""
    return COLOURS["GND" if name == "GND" else "SENSE" if name in SENSES else group_of(name)]


def rail(place: str, level: float) -> tuple[float, float]:
    """A point of a rail at a height."""
    x = {"+": PAD_X + PLUS, "-": PAD_X + MINUS, "- of the rig": RIG_X + HOLE * 11 + 40}[place]
    return x, level


def outside(place: str, level: float) -> tuple[float, float]:
    """Where a wire begins that comes from no hole."""
    return (RIG_X + 90, TOP + HOLE * (DOWN + 32) + 6) if place == "load switch" else (20, level)


def resistor(x: float, y: float, ohms: int, colour: str) -> str:
    """Lying in a row, its middle at x."""
    words = f"{ohms / 1000:g} k" if ohms >= 1_000 else str(ohms)
    return (
        f'<rect x="{x - 16:g}" y="{y - 6:g}" width="32" height="12" rx="5" fill="#f3e3bd" stroke="{colour}"/>'
        + text(x, y + 4, words, 9, "middle")
    )


def path(points: list[tuple[float, float]], colour: str, width: float = 2.2) -> str:
    """A wire through corners."""
    steps = " L".join(f"{x:g} {y:g}" for x, y in points)
    return (
        f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round"/>'
    )


def route(link: Link, track: int) -> list[tuple[float, float]]:
    """Corners of a wire. track: of its own, for one that turns."""
    end_level = link.end.point[1] if isinstance(link.end, Hole) else 0.0
    x0, y0 = link.begin.point if isinstance(link.begin, Hole) else outside(link.begin, end_level)
    x1, y1 = link.end.point if isinstance(link.end, Hole) else rail(link.end, y0)
    if not isinstance(link.end, Hole):
        return [(x0, y0), (x1, y1)]
    if link.end.board == "rig" and link.end.column == "j":  # round below the rig's board, and up at its right
        right = RIG_X + HOLE * 11 + 70 + 11 * track
        return [(x0, y0), (right, y0), (right, y1), (x1, y1)]
    if y0 == y1 or not isinstance(link.begin, Hole):
        return [(x0, y0), (x1, y1)]
    left = PAD_X - 52 - 9 * track
    if link.begin.column == "a":
        return [(x0, y0), (left, y0), (left, y1), (x1, y1)]
    inner = LEFT_TRACKS - track  # the lowest row is the innermost, and goes furthest to the left
    right = PAD_X + HOLE * 11 + 14 + 8 * inner
    level = TOP + HOLE * 21.2 + 9 * inner
    return [(x0, y0), (right, y0), (right, level), (left, level), (left, y1), (x1, y1)]


def board(x: float, rows: int, down: int, name: str) -> list[str]:
    """A breadboard with a Pico in its first rows, USB up."""
    top, across = TOP + HOLE * down, HOLE * 11
    parts = [
        f'<rect x="{x - 44:g}" y="{top - 4:g}" width="{across + 100:g}" height="{HOLE * rows + 24:g}" rx="6" '
        'fill="#f6f5ef" stroke="#bbb"/>',
        text(x + across / 2, top - 22, name, 14, "middle"),
    ]
    for row in range(1, rows + 1):
        y = top + HOLE * row
        parts += [
            f'<circle cx="{x + HOLE * at:g}" cy="{y:g}" r="2.2" fill="#999"/>' for at in COLUMNS.values()
        ]
        if row % 5 == 0 or row == 1:
            parts.append(text(x - 8, y + 3, str(row), 8, "end", "#888"))
    parts += [text(x + HOLE * at, top + 6, letter, 8, "middle", "#888") for letter, at in COLUMNS.items()]
    body = x + HOLE * COLUMNS["c"]
    parts.append(
        f'<rect x="{body - 7:g}" y="{top + 8:g}" width="{HOLE * 7 + 14:g}" height="{HOLE * ROWS:g}" rx="5" '
        'fill="#2f6b4f"/>'
    )
    parts.append(
        f'<rect x="{body + 34:g}" y="{top + 1:g}" width="36" height="18" rx="3" fill="#c8c8c8" stroke="#888"/>'
    )
    for pin in range(1, 2 * ROWS + 1):
        left = pin <= ROWS
        px = body + (0 if left else 7 * HOLE)
        y = top + HOLE * (pin if left else 2 * ROWS + 1 - pin)
        parts.append(f'<circle cx="{px:g}" cy="{y:g}" r="3.4" fill="#e0b84a" stroke="#7a5d10"/>')
        parts.append(text(px + (7 if left else -7), y + 3, str(pin), 8, "start" if left else "end", "#dfe"))
    return parts


def tracks_of(every: list[Link]) -> dict[str, int]:
    """The track of each line whose wire turns on its way from the pad's Pico to its row."""
    starts = {
        link.line: link.begin
        for link in every
        if isinstance(link.begin, Hole) and isinstance(link.end, Hole) and link.end.column == "a"
        and link.end.board == "pad"
    }  # fmt: skip
    at_left = [line for line, hole in starts.items() if hole.column == "a"]
    at_right = sorted((line for line in starts if line not in at_left), key=lambda line: -starts[line].row)
    found = {line: number for number, line in enumerate(at_left)}
    return found | {line: LEFT_TRACKS - number for number, line in enumerate(at_right)}


def drawn(every: list[Link]) -> list[str]:
    """All wires, then all resistors and names."""
    wires, bodies, tracks = [], [], tracks_of(every)
    round_below = {name: number for number, name in enumerate(("VBUS", *BELOW))}
    for link in every:
        colour = colour_of(link.line)
        below = isinstance(link.end, Hole) and link.end.board == "rig" and link.end.column == "j"
        corners = route(link, (round_below if below else tracks).get(link.line, 0))
        wires.append(path(corners, colour))
        if link.ohms:
            (x0, y0), (x1, _) = corners[0], corners[-1]
            bodies.append(resistor((x0 + x1) / 2, y0, link.ohms, colour))
        if isinstance(link.end, Hole) and link.end.column == "a" and link.end.board == "pad":
            x, y = link.end.point
            bodies.append(text(x + HOLE * 11 + 12, y - 3, link.line, 9, fill=colour))
    return wires + bodies


def picture() -> str:
    """The whole SVG."""
    rails = []
    for place, height, top in (("+", PAD_ROWS, 0), ("-", PAD_ROWS, 0), ("- of the rig", RIG_ROWS, DOWN)):
        x, y = rail(place, TOP + HOLE * (top + 1))
        colour = "#c33" if place == "+" else "#222"
        rails.append(path([(x, y), (x, y + HOLE * (height - 1))], colour, 3))
        words, anchor = ("3V3 ", "end") if place == "+" else ("GND", "middle")
        rails.append(text(x, y - 8, words, 8, anchor, colour))
    x, y = outside("load switch", 0)
    switch = [
        f'<rect x="{x - 130:g}" y="{y - 12:g}" width="130" height="24" rx="4" fill="#e8eef8" stroke="#557"/>',
        text(x - 65, y + 4, "EN of the load switch", 10, "middle"),
    ]
    places = [
        text(20, TOP + HOLE * row_of(name, ROWS + 1) - 4, f"{name}: {LINES[name].place.split(',')[0]}", 9)
        for name in ("BOOTSEL", "SWCLK", "SWDIO")
    ]
    legend = []
    for number, (group, colour) in enumerate(COLOURS.items()):
        left, top = 30 + 180 * number, HEIGHT - 16
        legend.append(path([(left, top - 4), (left + 22, top - 4)], colour, 3))
        legend.append(text(left + 28, top, NAMES[group], 11))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        "<title>A pad and its test rig on two breadboards</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *board(PAD_X, PAD_ROWS, 0, "Pico or Pico 2 of the pad"),
        *board(RIG_X, RIG_ROWS, DOWN, "Pico of the rig"),
        *rails,
        *switch,
        *drawn(links()),
        *places,
        *legend,
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    OUT.write_text(picture(), encoding="utf-8")
