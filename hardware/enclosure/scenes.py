"""scenes: what is in each picture of the enclosure, and from where it is seen."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import bought
import measures as m
import meshes
import vtk

Rgb = tuple[float, float, float]
SHELL: Rgb = (0.87, 0.88, 0.86)
LOWER: Rgb = (0.62, 0.66, 0.68)
PAPER: Rgb = (0.97, 0.97, 0.95)
ORANGE: Rgb = (0.93, 0.46, 0.16)
DARK: Rgb = (0.25, 0.28, 0.31)
GREEN: Rgb = (0.22, 0.50, 0.33)
METAL: Rgb = (0.72, 0.72, 0.70)
BLACK: Rgb = (0.13, 0.13, 0.14)
TRAY: Rgb = (0.80, 0.76, 0.62)
SHEET: Rgb = (0.90, 0.90, 0.86)
PEN: Rgb = (0.20, 0.33, 0.55)
PHONE: Rgb = (0.80, 0.80, 0.78)
SEAL: Rgb = (0.85, 0.12, 0.12)
COLOUR = {
    "upper": SHELL,
    "lower": LOWER,
    "tray": TRAY,
    "collar": ORANGE,
    "wipe-cap": ORANGE,
    "away-cap": DARK,
    "mode-cap": DARK,
    "panel": PAPER,
    "board": GREEN,
    "pico": (0.12, 0.38, 0.24),
    "usb socket": METAL,
    "usb plug": BLACK,
    "cable": BLACK,
    "hold-up": (0.18, 0.30, 0.55),
    "panel adapter": (0.16, 0.33, 0.60),
}


@dataclass(frozen=True)
class Shown:
    """A part in a picture: its mesh (body coordinates) and how far it was pulled out."""

    mesh: vtk.vtkPolyData
    colour: Rgb
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class View:
    """Where the camera stands, seen from the middle of the scene; and what is cut off."""

    direction: tuple[float, float, float]
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    cut: tuple[tuple[float, float, float], tuple[float, float, float]] | None = (
        None  # point, normal of what stays
    )
    size: tuple[int, int] = (1400, 1100)


def part(name: str, lift: float = 0.0) -> Shown:
    """A printed part, lifted."""
    return Shown(meshes.printed(name), COLOUR[name], (0.0, 0.0, lift))


def parts(names: Iterable[str], lift: float = 0.0) -> list[Shown]:
    """Bought parts whose name begins as one of `names`, lifted."""
    wanted = tuple(names)
    return [
        Shown(meshes.block(item), COLOUR.get(item.name, METAL), (0.0, 0.0, lift))
        for item in bought.PARTS
        if item.name.startswith(wanted)
    ]


def panel(lift: float = 0.0) -> list[Shown]:
    """The panel, and the area on which one writes."""
    (x, _), (wide, deep) = m.WINDOW_CENTRE, m.ACTIVE
    low = (x - wide / 2, m.ACTIVE_BACK - deep, m.PANEL_TOP)
    sheet = bought.Block("active area", low, (x + wide / 2, m.ACTIVE_BACK, m.PANEL_TOP + 0.05), "measures.py")
    return [*parts(("panel",), lift)[:1], Shown(meshes.block(sheet), SHEET, (0.0, 0.0, lift))]


def screws(places: Iterable[m.Point], head_low: float, long: float, lift: float, down: bool) -> list[Shown]:
    """Screws whose heads begin at `head_low`; `down`: the head is the lower end."""
    shown = []
    for x, y in places:
        head = meshes.pillar((x, y), 2.7, head_low, head_low + 1.8)
        shaft = (head_low + 1.8, head_low + 1.8 + long) if down else (head_low - long, head_low)
        shown += [
            Shown(head, METAL, (0.0, 0.0, lift)),
            Shown(meshes.pillar((x, y), 1.4, *shaft), METAL, (0.0, 0.0, lift)),
        ]
    return shown


def case_screws(lift: float) -> list[Shown]:
    """The four M3 screws from below."""
    return screws(m.SCREWS, m.HEAD_SEAT - 1.8, 10.0, lift, down=True)


def tray_screws(lift: float) -> list[Shown]:
    """The four M2 screws of the tray."""
    return screws(m.TRAY_SCREWS, m.TRAY_TOP - m.TRAY - 1.8, 5.0, lift, down=True)


def board_screws(lift: float) -> list[Shown]:
    """The four M2.5 screws of the board."""
    return screws(m.BOARD_HOLES, m.BOARD_TOP, 6.0, lift, down=False)


def seals() -> list[Shown]:
    """Seal across the seam, and the round one over a screw."""
    long, high, deep = m.SEAL
    y, (x, sy) = m.SEAL_CENTRE_Y, m.SEALED_SCREW
    label = bought.Block(
        "seal",
        (m.WIDTH - deep, y - long / 2 + 1, m.SPLIT - high / 2 + 1),
        (m.WIDTH - deep + 0.15, y + long / 2 - 1, m.SPLIT + high / 2 - 1),
        "measures.py",
    )
    spot = meshes.pillar((x, sy), m.SCREW_SEAL / 2 - 0.8, m.SCREW_SEAL_DEEP - 0.15, m.SCREW_SEAL_DEEP)
    return [Shown(meshes.block(label), SEAL), Shown(spot, SEAL)]


def feet() -> list[Shown]:
    """Rubber feet."""
    return [Shown(meshes.pillar(place, 5.0, -1.5, m.FOOT_DEEP), BLACK) for place in m.FEET]


ON_BOARD = ("board", "pico", "usb", "pin", "switch", "actuator", "hook", "hold-up", "panel adapter")
CAPS = ("collar", "wipe-cap", "away-cap", "mode-cap")


def hook_cable(lift: float) -> Shown:
    """The cable of the telephone's contact, where the wall has been drilled for it."""
    cable = meshes.rod(m.WIDTH - m.SADDLE_RIGHT - 6, m.WIDTH + 18, m.CABLE_Y, m.CABLE_Z, m.HOOK_CABLE / 2)
    return Shown(cable, PHONE, (0.0, 0.0, lift))


def caps(lift: float = 0.0) -> list[Shown]:
    """Collar and caps of the keys."""
    return [part(cap, lift) for cap in CAPS]


def whole() -> list[Shown]:
    """The closed pad with a stylus in its trough."""
    pen = meshes.rod(m.TROUGH_LEFT + 1, m.TROUGH_LEFT + 131, m.TROUGH_Y, m.HEIGHT - m.TROUGH_DEEP + 4.6, 4.0)
    closed = [part("lower"), part("upper"), *caps(), *panel(), *parts(("cable",))]
    return [*closed, *feet(), *seals(), Shown(pen, PEN)]


def from_below() -> list[Shown]:
    """The closed pad without the stylus."""
    return [*whole()[:-1], *case_screws(0)]


def exploded() -> list[Shown]:
    """All parts above each other."""
    inside = [*parts(ON_BOARD, 30), *board_screws(52)]
    above = [part("tray", 58), *panel(80), *caps(96), part("upper", 128)]
    return [*case_screws(-22), part("lower"), *inside, *above]


def cut_open() -> list[Shown]:
    """The pad cut through the Pico and its plug."""
    return [part("lower"), part("upper"), part("tray"), *caps(), *panel(), *parts((*ON_BOARD, "cable"))]


def step_keys() -> list[Shown]:
    """Upper shell on its face: collar and caps go in from inside."""
    return [part("upper"), part("collar", -24), *(part(cap, -44) for cap in CAPS[1:])]


def step_panel() -> list[Shown]:
    """Upper shell on its face: panel, then tray with four screws."""
    return [part("upper"), *caps(), *panel(-24), part("tray", -50), *tray_screws(-66)]


def step_board() -> list[Shown]:
    """Lower shell: the board with its parts, four screws, both cables over their saddles."""
    cables = [*parts(("cable",), 22), hook_cable(22)]
    return [part("lower"), *parts(ON_BOARD, 22), *board_screws(48), *cables]


def step_close() -> list[Shown]:
    """Both halves, and four screws from below."""
    top = [part("upper", 34), part("tray", 34), *caps(34), *panel(34)]
    return [*case_screws(-26), part("lower"), *parts((*ON_BOARD, "cable")), *board_screws(0), *top]


def step_seal() -> list[Shown]:
    """The closed pad from the right and below: both seals."""
    return from_below()


ABOVE = View((0.42, -0.95, 1.0))
ON_FACE = View((-0.5, -0.85, -1.0), up=(0.0, 0.0, -1.0))
SCENES: dict[str, tuple[Callable[[], list[Shown]], View]] = {
    "front": (whole, ABOVE),
    "top": (from_below, View((0.0, 0.0, 1.0), up=(0.0, 1.0, 0.0), size=(1100, 1300))),
    "back": (from_below, View((-0.45, 0.9, -1.0))),
    "exploded": (exploded, View((0.6, -1.0, 0.45), size=(1200, 1500))),
    "section": (
        cut_open,
        View((1.0, -0.10, 0.16), cut=((62.0, 0, 0), (-1, 0, 0))),
    ),
    "step-keys": (step_keys, ON_FACE),
    "step-panel": (step_panel, ON_FACE),
    "step-board": (step_board, View((-0.6, 0.8, 0.8))),
    "step-close": (step_close, View((0.75, -1.0, 0.35))),
    "step-seal": (step_seal, View((1.0, -0.55, -0.55))),
}
