"""rig_picture: draws docs/pictures/rig-wiring.svg from host_tools/kesu/spec/rig.toml: both Picos, wires, resistors.

    .venv/bin/python docs/rig_picture.py

Both boards are seen from above on a breadboard each; the pad's is turned round, so that the pins of its panel face the
rig's. Every wire has a track of its own between the boards.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from kesu.spec.rig import LINES, SENSES

OUT = Path(__file__).parent / "pictures" / "rig-wiring.svg"
WIDTH, HEIGHT = 1180, 760
PITCH = 30
TOP = 84
"""Of the first row of pins."""
PAD_X, RIG_X = 200, 880
BODY = 100
TRACK_X, TRACK = 430, 14
RIG_DOWN = 7.5
"""By which the rig is drawn lower: so no wire of one board runs in a row of the other."""
ROWS = 20
GROUND_PIN = 38
GPIO_PINS = {
    **{gpio: pin for gpio, pin in enumerate((1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20))},
    **{16: 21, 17: 22, 18: 24, 19: 25, 20: 26, 21: 27, 22: 29, 26: 31, 27: 32, 28: 34},
}
"""Header pin of each GPIO of a Pico (Raspberry Pi Pico datasheet, figure 2)."""
PLACES = {"RUN": 30, "3V3": 36, "VSYS": 39}
"""Header pins that are no GPIO."""
COLOURS = {
    "PANEL": "#1f5fbf",
    "TOUCH": "#12806a",
    "CONTACT": "#b25a00",
    "SWD": "#7a3fa0",
    "SENSE": "#b3203a",
    "GND": "#222222",
}
NAMES = {
    "PANEL": "panel",
    "TOUCH": "touch chip",
    "CONTACT": "keys, hook, RUN, BOOTSEL",
    "SWD": "debug port",
    "SENSE": "supply: switch and sense",
    "GND": "ground",
}


@dataclass(frozen=True)
class Wire:
    """One wire. pad: header pin, or a place of EXTRA; rig: header pin; ohms in series, pull to the pad's 3V3."""

    name: str
    group: str
    pad: int | str
    rig: int
    ohms: int
    pull: int


def group_of(name: str) -> str:
    """The colour's name of a line."""
    first = name.split("_", maxsplit=1)[0]
    if first in ("PANEL", "TOUCH"):
        return first
    return {"SWCLK": "SWD", "SWDIO": "SWD", "VBUS": "SENSE"}.get(name, "CONTACT")


def wires() -> list[Wire]:
    """All of rig.toml, and one ground wire; GP28 is left out: its sensor is optional."""
    found = [
        Wire(
            name,
            group_of(name),
            PLACES.get(name, name) if line.pad is None else GPIO_PINS[line.pad],
            GPIO_PINS[line.rig],
            line.ohms,
            line.pull or 0,
        )
        for name, line in LINES.items()
    ]
    found += [
        Wire(name, "SENSE", PLACES[name], GPIO_PINS[sense.rig], sense.ohms, 0)
        for name, sense in SENSES.items()
        if name in PLACES
    ]
    return [*found, Wire("GND", "GND", GROUND_PIN, GROUND_PIN, 0, 0)]


def rig_point(pin: int) -> tuple[float, float]:
    """USB is up: pins 1 to 20 go down at the left."""
    row = pin - 1 if pin <= ROWS else 2 * ROWS - pin
    return RIG_X if pin <= ROWS else RIG_X + BODY, TOP + RIG_DOWN + PITCH * row


def pad_point(pin: int | str) -> tuple[float, float]:
    """USB is down: pins 1 to 20 go up at the right."""
    bottom = TOP + PITCH * (ROWS - 1)
    if isinstance(pin, str):
        extra = {"SWCLK": (75, -30), "SWDIO": (25, -46), "BOOTSEL": (50, 405), "VBUS": (112, 660)}
        right, down = extra[pin]
        return PAD_X + right, TOP + down
    if pin <= ROWS:
        return PAD_X + BODY, bottom - PITCH * (pin - 1)
    return PAD_X, bottom - PITCH * (2 * ROWS - pin)


def text(x: float, y: float, words: str, size: int = 12, anchor: str = "start", fill: str = "#222") -> str:
    """A line of text."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'


def resistor(x: float, y: float, ohms: int, colour: str) -> str:
    """In a horizontal wire, its middle at x."""
    words = f"{ohms // 1000} k" if ohms >= 1_000 else str(ohms)
    return (
        f'<rect x="{x - 17:g}" y="{y - 7:g}" width="34" height="14" rx="6" fill="#f3e3bd" stroke="{colour}"/>'
        + text(x, y + 4, words, 10, "middle")
    )


def drawn(wire: Wire, track: int) -> list[str]:
    """A wire: from the pad across its track to the rig."""
    colour = COLOURS[wire.group]
    (x0, y0), (x3, y3) = pad_point(wire.pad), rig_point(wire.rig)
    half = PITCH / 2
    outside = isinstance(wire.pad, int) and wire.pad > ROWS
    start = [f"M{x0:g} {y0:g}"]
    level = y0
    if outside:  # over the board, between two rows
        level = y0 + half
        start.append(f"V{level:g}")
    x = TRACK_X + TRACK * track
    end = y3 if wire.rig <= ROWS else y3 + half
    path = " ".join([*start, f"H{x:g}", f"V{end:g}", f"H{x3:g}", f"V{y3:g}"])
    parts = [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.4" stroke-linejoin="round"/>']
    if wire.ohms:
        parts.append(resistor(PAD_X + BODY + 28, level, wire.ohms, colour))
    if wire.pull:
        words = f"{wire.pull / 1000:g} k to 3V3"
        parts.append(text(PAD_X + BODY + 48, level - 3, words, 9, fill=colour))
    label_x = RIG_X - 8 if wire.rig <= ROWS else RIG_X + BODY / 2
    if wire.name in SENSES:
        parts.append(text(RIG_X + BODY + 8, end - 3, "10 k to ground", 9, fill=colour))
    inside = wire.rig > ROWS
    parts.append(
        text(label_x, end - 4, wire.name, 10, "middle" if inside else "end", "#fff" if inside else colour)
    )
    return parts


def board(x: float, name: str, *, turned: bool) -> list[str]:
    """A breadboard with a Pico; the pins carry their numbers."""
    bottom = TOP + PITCH * (ROWS - 1)
    usb = bottom + 12 if turned else TOP - 32
    parts = [
        f'<rect x="{x - 70}" y="{TOP - 60}" width="{BODY + 140}" height="{bottom - TOP + 120}" rx="8" fill="#f4f4f0" '
        'stroke="#bbb"/>',
        f'<rect x="{x - 6}" y="{TOP - 20}" width="{BODY + 12}" height="{bottom - TOP + 40}" rx="6" fill="#2f6b4f"/>',
        f'<rect x="{x + 32}" y="{usb}" width="36" height="20" rx="3" fill="#c8c8c8" stroke="#888"/>',
        text(x + BODY / 2, usb + 14, "USB", 10, "middle"),
    ]
    for pin in range(1, 2 * ROWS + 1):
        px, py = pad_point(pin) if turned else rig_point(pin)
        outer = px == x
        parts.append(f'<circle cx="{px:g}" cy="{py:g}" r="4" fill="#e0b84a" stroke="#7a5d10"/>')
        parts.append(
            text(px + (8 if outer else -8), py + 4, str(pin), 9, "start" if outer else "end", "#dfe")
        )
    parts.append(text(x + BODY / 2, TOP - 66, name, 14, "middle"))
    return parts


def picture() -> str:
    """The whole SVG."""
    every = wires()
    # Tracks in the order of the rig's rows keep most wires of a group side by side.
    order = sorted(every, key=lambda wire: -rig_point(wire.rig)[1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        "<title>Wires between a pad and its test rig</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *board(PAD_X, "Pico or Pico 2 of the pad", turned=True),
        *board(RIG_X, "Pico of the rig", turned=False),
    ]
    for place, words in (("SWCLK", "CLK"), ("SWDIO", "DIO"), ("BOOTSEL", "TP6, under it"), ("VBUS", "")):
        x, y = pad_point(place)
        if words:
            parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="#e0b84a" stroke="#7a5d10"/>')
            parts.append(text(x, y - 8, words, 9, "middle", "#222" if place != "BOOTSEL" else "#dfe"))
    x, y = pad_point("VBUS")
    parts.append(
        f'<rect x="{x - 124:g}" y="{y - 14:g}" width="124" height="28" rx="4" fill="#e8eef8" stroke="#557"/>'
    )
    parts.append(text(x - 62, y + 4, "load switch in the cable", 10, "middle"))
    parts.append(text(x - 130, y + 4, "to the hub", 10, "end"))
    for track, wire in enumerate(order):
        parts += drawn(wire, track)
    for number, (group, colour) in enumerate(COLOURS.items()):
        left = 440 + 200 * (number % 3)
        top = HEIGHT - 34 + 18 * (number // 3)
        parts.append(f'<path d="M{left:g} {top - 4}h22" stroke="{colour}" stroke-width="3"/>')
        parts.append(text(left + 28, top, NAMES[group], 11))
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    OUT.write_text(picture(), encoding="utf-8")
