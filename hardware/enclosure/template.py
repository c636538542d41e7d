"""template: board-template.svg, the board at its true size, to cut and drill a perforated board by.

From outline.toml and bought.py; seen from above, the parts' side. Run by ./dev hardware.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import bought
import measures as m

FILE = Path(__file__).parent / "board-template.svg"
MARGIN = 12.0
SHOWN = ("pico", "switch", "hold-up", "panel adapter", "usb plug", "hook")
RULER = 50.0


def spot(place: m.Point) -> tuple[float, float]:
    """Where a point of the body is on the sheet: y down."""
    return (place[0] - m.BOARD_X + MARGIN, m.BOARD_Y + m.OUTLINE["board"]["depth"] - place[1] + MARGIN)


def ring(place: m.Point, diameter: float, cross: bool) -> str:
    """A circle, with the cross for the drill."""
    x, y = spot(place)
    lines = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{diameter / 2:.2f}"/>'
    return lines + (f'<path d="M{x - 4:.2f} {y:.2f}h8M{x:.2f} {y - 4:.2f}v8"/>' if cross else "")


def frame(block: bought.Block) -> str:
    """A part's outline and its name; that of a switch is under it, clear of the post."""
    x, y = spot((block.low[0], block.high[1]))
    wide, deep, _ = block.size
    key = block.name.startswith("switch")
    line = y + deep + (4.5 if key else -deep / 2)
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{deep:.2f}"/>'
        f'<text x="{x + wide / 2:.2f}" y="{line:.2f}">{block.name.removeprefix("switch ")}</text>'
    )


def template() -> str:
    """The sheet as SVG, one unit for one millimetre."""
    board = m.OUTLINE["board"]
    wide, high = board["width"] + 2 * MARGIN, board["depth"] + 2 * MARGIN + 8
    x, y = spot((m.BOARD_X, m.BOARD_Y + board["depth"]))
    size = f'x="{x}" y="{y}" width="{board["width"]}" height="{board["depth"]}" rx="{board["corner_radius"]}"'
    base = y + board["depth"] + 8
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}mm" height="{high}mm"',
        f' viewBox="0 0 {wide} {high}">',
        "<style>rect,circle,path{fill:none;stroke:#000;stroke-width:.2}",
        "text{font:3px sans-serif;text-anchor:middle}</style>",
        f"<rect {size}/>",
        *(ring(place, m.OUTLINE["mounting"]["diameter"], True) for place in m.BOARD_HOLES),
        *(ring(place, m.OUTLINE["mounting"]["post_keep_out"], False) for place in m.BOARD_POSTS),
        ring(m.KEYS["WIPE"], m.OUTLINE["keys"]["wipe_ring"][1], False),
        *(frame(part) for part in bought.PARTS if part.name.startswith(SHOWN)),
        f'<path d="M{MARGIN} {base - 2}v4M{MARGIN} {base}h{RULER}m0 -2v4"/>',
        f'<text x="{MARGIN + RULER / 2}" y="{base + 4}">{RULER:.0f} mm when printed at 100 %</text>',
        f'<text x="{wide / 2}" y="7">Kesu, board of the reference pad, from above</text>',
        "</svg>",
    ]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(template(), encoding="utf-8")
