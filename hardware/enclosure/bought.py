"""bought: the parts that are not printed, as boxes of sourced sizes, and what must stay out of reach.

Sizes in millimetres, body coordinates (measures.py). Needs measures.py only, no CAD.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

import measures as m


@dataclass(frozen=True)
class Block:
    """A box from `low` to `high` (x, y, z)."""

    name: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    source: str
    round: bool = False  # a cylinder along x

    @property
    def size(self) -> tuple[float, float, float]:
        """Extent along x, y, z."""
        return (self.high[0] - self.low[0], self.high[1] - self.low[1], self.high[2] - self.low[2])

    @property
    def centre(self) -> tuple[float, float, float]:
        """Middle of the box."""
        low, high = self.low, self.high
        return ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)


def around(name: str, middle: m.Point, wide: float, deep: float, z: float, high: float, source: str) -> Block:
    """A box round a point of the plan, from `z` upwards."""
    x, y = middle
    return Block(name, (x - wide / 2, y - deep / 2, z), (x + wide / 2, y + deep / 2, z + high), source)


def on_pico(
    name: str, x: float, y: float, wide: float, deep: float, z: float, high: float, source: str
) -> Block:
    """A box at x, y from the middle of the Pico, USB socket to the back; z from its upper face."""
    return around(
        name,
        (m.PICO_CENTRE[0] + x, m.PICO_CENTRE[1] + y),
        wide,
        deep,
        m.PICO_BOTTOM + m.PICO[2] + z,
        high,
        source,
    )


PICO_SHEET = "Pico datasheet, figures 2 and 3"
ASSUMED = "assumed: usual size"
_BOARD = m.OUTLINE["board"]
_LEAD = m.OUTLINE["room"]["below"]
_LEADS = m.BOARD_BOTTOM - _LEAD
_SWITCH = m.OUTLINE["keys"]["switch"]
_SOCKET_END = m.PICO_CENTRE[1] + m.PICO[1] / 2 + 1.3
_ADAPTER, _HOLD_UP = m.OUTLINE["panel"]["adapter"], m.OUTLINE["hold_up"]["zone"]


def _zone(name: str, corners: list[list[float]], z: float, high: float, source: str) -> Block:
    (x0, y0), (x1, y1) = (m.on_board(corner) for corner in corners)
    return Block(name, (x0, y0, z), (x1, y1, z + high), source)


PARTS = [
    Block(
        "panel",
        (m.PANEL_LEFT, m.PANEL_FRONT, m.PANEL_TOP - m.PANEL_STACK),
        (m.PANEL_LEFT + m.PANEL[0], m.PANEL_BACK, m.PANEL_TOP),
        "Waveshare 4.2 inch specification, drawing; thickness with touch assumed",
    ),
    Block(
        "board",
        (m.BOARD_X, m.BOARD_Y, m.BOARD_BOTTOM),
        (m.BOARD_X + _BOARD["width"], m.BOARD_Y + _BOARD["depth"], m.BOARD_TOP),
        "outline.toml",
    ),
    around("pico", m.PICO_CENTRE, m.PICO[0], m.PICO[1], m.PICO_BOTTOM, m.PICO[2], PICO_SHEET),
    on_pico("usb socket", 0, 25.5 + 1.3 - 2.75, 7.6, 5.5, 0, 2.8, PICO_SHEET),
    around(
        "pin row left", (m.PICO_CENTRE[0] - 8.89, m.PICO_CENTRE[1]), 2.5, 50.8, m.BOARD_TOP, 2.54, ASSUMED
    ),
    around(
        "pin row right", (m.PICO_CENTRE[0] + 8.89, m.PICO_CENTRE[1]), 2.5, 50.8, m.BOARD_TOP, 2.54, ASSUMED
    ),
    *(
        around(
            f"pin leads {side}", (m.PICO_CENTRE[0] + x, m.PICO_CENTRE[1]), 1.2, 49.5, _LEADS, _LEAD, ASSUMED
        )
        for side, x in (("left", -8.89), ("right", 8.89))
    ),
    Block(
        "usb plug",
        (m.PICO_CENTRE[0] - 5.5, _SOCKET_END, m.CABLE_Z - 4.0),
        (m.PICO_CENTRE[0] + 5.5, _SOCKET_END + 24.0, m.CABLE_Z + 4.0),
        "assumed: Micro-B plug, body 11 x 8 mm, 24 mm long",
    ),
    Block(
        "cable",
        (0.0, m.CABLE_Y - m.CABLE / 2 + m.TEETH, m.CABLE_Z - m.CABLE / 2 + m.TEETH),
        (m.PICO_CENTRE[0] - 8.0, m.CABLE_Y + m.CABLE / 2 - m.TEETH, m.CABLE_Z + m.CABLE / 2 - m.TEETH),
        "assumed: 4 mm; without the jacket that the teeth press into",
        round=True,
    ),
    *(around(f"switch {key}", place, *_SWITCH, m.BOARD_TOP, 4.0, ASSUMED) for key, place in m.KEYS.items()),
    *(
        around(f"actuator {key}", place, 3.8, 3.8, m.BOARD_TOP + 4.0, m.ACTUATOR - m.BOARD_TOP - 4.0, ASSUMED)
        for key, place in m.KEYS.items()
    ),
    *(
        around(f"head of tray screw {n}", place, 4.0, 4.0, m.TRAY_TOP - m.TRAY - 1.8, 1.8, ASSUMED)
        for n, place in enumerate(m.TRAY_SCREWS)
    ),
    *(
        around(f"head of board screw {n}", place, 5.0, 5.0, m.BOARD_TOP, 2.0, ASSUMED)
        for n, place in enumerate(m.BOARD_HOLES)
    ),
    _zone("hold-up", _HOLD_UP, m.BOARD_TOP, 8.5, "SCMR14H474PRBB0 is 8 x 16 x 14 mm: a distributor's table"),
    _zone("hook", m.OUTLINE["hook"]["socket"], m.BOARD_TOP, 8.0, "B2B-PH-K with its plug: assumed 8 mm"),
    _zone(
        "panel adapter",
        _ADAPTER,
        m.BOARD_TOP,
        m.OUTLINE["room"]["above"],
        "DESPI-C02: size not known, room left",
    ),
]

# What the enclosure keeps from hand and wire. The Pico's underside has BOOTSEL again, as test pad TP6.
TARGETS = [
    on_pico(
        "BOOTSEL",
        -5.0,
        11.0,
        4.3,
        4.3,
        0.0,
        2.5,
        "button: models of the Pico agree on 5 mm, 14.5 mm from its end",
    ),
    around(
        "BOOTSEL pad",
        m.PICO_CENTRE,
        15.0,
        m.PICO[1],
        m.PICO_BOTTOM - 0.5,
        0.5,
        "TP6, somewhere on the underside",
    ),
    around(
        "RUN",
        (m.PICO_CENTRE[0] + 8.89, m.PICO_CENTRE[1] - 1.27),
        2.0,
        2.0,
        _LEADS,
        m.PICO_BOTTOM + m.PICO[2] + 1.0 - _LEADS,
        PICO_SHEET + ": pin 30, its lead under the board too",
    ),
    on_pico(
        "SWD",
        0.0,
        -24.0,
        9.0,
        4.0,
        -m.PICO[2] - 1.0,
        m.PICO[2] + 5.0,
        PICO_SHEET + ": front end, pads or header",
    ),
]
