"""shells: upper and lower shell of the reference pad (build123d). Lengths come from measures.py."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import measures as m
from build123d import (
    Align,
    Axis,
    Box,
    Cylinder,
    Part,
    Plane,
    Polygon,
    Pos,
    RectangleRounded,
    Rot,
    chamfer,
    extrude,
    mirror,
)
from lettering import names

Profile = list[tuple[float, float]]
_LOW = (Align.CENTER, Align.CENTER, Align.MIN)
_MORE = 1.0  # how far a cut goes beyond what it cuts


def plate(inset: float, low: float, high: float) -> Part:
    """The body's plan, smaller by `inset` all round, from `low` to `high`."""
    plan = RectangleRounded(m.WIDTH - 2 * inset, m.DEPTH - 2 * inset, m.CORNER - inset)
    return Pos(m.WIDTH / 2, m.DEPTH / 2, low) * extrude(plan, high - low)


def pillar(place: m.Point, diameter: float, low: float, high: float) -> Part:
    """An upright cylinder."""
    return Pos(place[0], place[1], low) * Cylinder(diameter / 2, high - low, align=_LOW)


def block(low: tuple[float, float, float], high: tuple[float, float, float]) -> Part:
    """A box between two corners."""
    middle = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    return Pos(*middle) * Box(*(b - a for a, b in zip(low, high, strict=True)))


def bar(profile: Profile, left: float, right: float) -> Part:
    """A profile in y and z, drawn out along x."""
    return extrude(Plane.YZ.offset(left) * Polygon(*profile, align=None), right - left)


def rod(diameter: float, left: float, right: float) -> Part:
    """A cylinder along the cable's axis."""
    turned = Rot(0, 90, 0) * Cylinder(diameter / 2, right - left)
    return Pos((left + right) / 2, m.CABLE_Y, m.CABLE_Z) * turned


def body() -> Part:
    """The closed outside, with the front edge taken off under the wrist."""
    solid = plate(0, 0, m.HEIGHT)
    levels = solid.edges().group_by(Axis.Z)
    solid = chamfer(levels[0] + levels[-1], m.EDGE)
    edge = m.REST_EDGE
    top = m.HEIGHT
    return solid - bar(
        [(-_MORE, top - edge - _MORE), (edge + _MORE, top + _MORE), (-_MORE, top + _MORE)],
        -_MORE,
        m.WIDTH + _MORE,
    )


def trough(skin: float) -> Part:
    """The stylus' place, wider by `skin`: sides of 45 degrees, open at the right."""
    half, slope = m.TROUGH_WIDE / 2, skin * 0.4142  # tan 22.5: keeps the skin even round the corners
    low = m.HEIGHT - m.TROUGH_DEEP - skin
    flat = half - m.TROUGH_DEEP + slope
    up = m.HEIGHT + _MORE - low
    y = m.TROUGH_Y
    profile = [(y - flat, low), (y + flat, low), (y + flat + up, low + up), (y - flat - up, low + up)]
    return bar(profile, m.TROUGH_LEFT - skin, m.WIDTH + _MORE)


def cavity() -> Part:
    """The inside, without what stands in it."""
    inside = plate(m.WALL, m.FLOOR, m.HEIGHT - m.FACE)
    edge, skin = m.REST_EDGE, m.WALL * 1.4142
    top = m.HEIGHT
    under_rest = bar(
        [(-_MORE, top - edge - _MORE - skin), (edge + skin + _MORE, top + _MORE), (-_MORE, top + _MORE)],
        -_MORE,
        m.WIDTH + _MORE,
    )
    return inside - under_rest - trough(m.TROUGH_SKIN)


def lip_ring(outside: float, high: float) -> Part:
    """Ring at the seam from `outside` (measured from the body's wall) to the cavity."""
    return plate(outside, m.SPLIT, high) - plate(m.WALL, m.SPLIT - _MORE, high + _MORE)


def seal_recess() -> Part:
    """Where the seal bridges the seam, in the right wall."""
    long, high, deep = m.SEAL
    y = m.SEAL_CENTRE_Y
    return block(
        (m.WIDTH - deep, y - long / 2, m.SPLIT - high / 2),
        (m.WIDTH + _MORE, y + long / 2, m.SPLIT + high / 2),
    )


def groove(cable: float, hole: float, left: float, right: float) -> Part:
    """What a cable at the left takes away from saddle and press: two teeth stay, TEETH deep."""
    taken = rod(cable - 2 * m.TEETH, left, right)
    for start, end in ((left, 7.5), (8.5, 10.5), (11.5, right)):
        if end > start:
            taken += rod(hole, start, end)
    return taken


def cable_grooves(right: float) -> Part:
    """Of both cables, to `right` from each side; that of the hook contact ends at the wall."""
    usb = groove(m.CABLE, m.CABLE_HOLE, -_MORE, right)
    hook = groove(m.HOOK_CABLE, m.HOOK_HOLE, m.WALL, right) + rod(m.HOOK_HOLE, -_MORE, m.HOOK_RECESS)
    return usb + at_the_right(hook)


def saddle() -> Part:
    """Where the USB cable lies in the lower shell, with the slot of its tie."""
    left, right = m.WALL / 2, m.SADDLE_RIGHT
    front, back = m.SADDLE_FRONT, m.SADDLE_BACK
    x, z = right - 3.5, m.CABLE_Z - 7.0
    return block((left, front, m.FLOOR / 2), (right, back, m.CABLE_Z)) - block(
        (x - m.TIE[0] / 2, front - _MORE, z), (x + m.TIE[0] / 2, back + _MORE, z + m.TIE[1])
    )


def at_the_right(part: Part) -> Part:
    """What is at the left, in the same place at the right."""
    return mirror(part, about=Plane.YZ.offset(m.WIDTH / 2))


def lower() -> Part:
    """Lower shell: floor, bosses of the board, screw posts, cable saddle, lip. Printed as it stands."""
    shell = body() - cavity()
    shell &= plate(-_MORE, -_MORE, m.SPLIT)
    shell += lip_ring(m.WALL - m.LIP_THICK, m.SPLIT + m.LIP_HEIGHT)
    room = plate(m.WALL / 2, m.FLOOR / 2, m.SPLIT)
    for place in m.SCREWS:
        shell += pillar(place, m.SCREW_POST, m.FLOOR / 2, m.SPLIT) & room
    for place in m.BOARD_HOLES:
        shell += pillar(place, m.BOSS, m.FLOOR / 2, m.BOARD_BOTTOM)
    for place in m.BOARD_POSTS:
        shell += pillar(place, m.POST, m.FLOOR / 2, m.BOARD_BOTTOM)
    shell += saddle() + at_the_right(saddle())
    shell -= cable_grooves(m.SADDLE_RIGHT + _MORE)
    for place in m.SCREWS:
        shell -= pillar(place, m.SCREW_HOLE, -_MORE, m.SPLIT + m.LIP_HEIGHT + _MORE)
        shell -= pillar(place, m.HEAD_HOLE, -_MORE, m.HEAD_SEAT)
    for place in m.BOARD_HOLES:
        shell -= pillar(place, m.BOSS_PILOT, 0.9, m.BOARD_BOTTOM + _MORE)
    for place in m.FEET:
        shell -= pillar(place, m.FOOT, -_MORE, m.FOOT_DEEP)
    shell -= pillar(m.SEALED_SCREW, m.SCREW_SEAL, -_MORE, m.SCREW_SEAL_DEEP)
    return shell - seal_recess()


def guide(place: m.Point) -> tuple[Part, Part]:
    """Guide of a square key under the face, and its hole."""
    hole = m.KEY + 2 * m.KEY_GAP
    low, top = m.GUIDE_END, m.HEIGHT - m.FACE / 2
    wall = Pos(*place, low) * extrude(
        RectangleRounded(hole + 2 * m.GUIDE, hole + 2 * m.GUIDE, 2.5), top - low
    )
    cut = Pos(*place, low - _MORE) * extrude(RectangleRounded(hole, hole, 1.8), m.HEIGHT - low + 2 * _MORE)
    return wall, cut


def panel_place() -> Part:
    """What the panel and its window take away from the face."""
    x, y = m.WINDOW_CENTRE
    pocket = (m.PANEL[0] + 2 * m.PANEL_GAP, m.PANEL[1] + 2 * m.PANEL_GAP)
    cut = Pos(m.WIDTH / 2, m.PANEL_FRONT + m.PANEL[1] / 2, m.PANEL_TOP - m.POCKET - _MORE) * Box(
        *pocket, m.POCKET + _MORE, align=_LOW
    )
    window = RectangleRounded(*m.WINDOW, 1.0)
    cut += Pos(x, y, m.PANEL_TOP - _MORE) * extrude(window, m.FACE + 2 * _MORE)
    return cut + Pos(x, y, m.HEIGHT - m.BEVEL) * extrude(window, m.BEVEL + 0.01, taper=-45)


def upper() -> Part:
    """Upper shell: window, keys' guides, tray bosses, inserts, press of the cable. Printed face down."""
    shell = body() - cavity()
    shell &= plate(-_MORE, m.SPLIT, m.HEIGHT + _MORE)
    room = plate(m.WALL / 2, m.SPLIT, m.HEIGHT - m.FACE / 2)
    under_face = m.HEIGHT - m.FACE / 2
    for place in m.SCREWS:
        shell += pillar(place, m.INSERT_POST, m.SPLIT, under_face) & room
    for place in m.TRAY_SCREWS:
        shell += pillar(place, 5.5, m.TRAY_TOP, under_face)
    gap, rib = m.PANEL_GAP, 1.4
    left, right = m.PANEL_LEFT - gap, m.WIDTH - m.PANEL_LEFT + gap
    for x in (left - rib, right):
        shell += block((x, m.PANEL_FRONT + 2, m.TRAY_TOP), (x + rib, m.PANEL_BACK + gap, under_face))
    shell += block(
        (left - rib, m.PANEL_BACK + gap, m.TRAY_TOP), (right + rib, m.PANEL_BACK + gap + rib, under_face)
    )
    press = block((m.WALL / 2, m.SADDLE_FRONT, m.SPLIT), (12.5, m.SADDLE_BACK, under_face))
    shell += (press + at_the_right(press)) & room
    cuts = [guide(m.KEYS[key]) for key in ("AWAY", "MODE")]
    for wall, _ in cuts:
        shell += wall
    for _, hole in cuts:
        shell -= hole
    rim = m.RIM_OUTER + 2 * m.RIM_GAP
    shell -= pillar(m.KEYS["WIPE"], rim, m.SPLIT, m.HEIGHT + _MORE)
    shell -= pillar(m.KEYS["WIPE"], m.RIM_FLANGE + 2 * m.RIM_GAP, m.SPLIT, m.HEIGHT - m.FACE)
    shell -= panel_place() + names()
    shell -= trough(0)
    shell -= cable_grooves(13.5)
    ring = m.LIP_HEIGHT + m.LIP_GAP
    shell -= lip_ring(m.WALL - m.LIP_THICK - m.LIP_GAP, m.SPLIT + ring)
    for place in m.SCREWS:
        shell -= pillar(place, m.INSERT_HOLE, m.SPLIT - _MORE, m.SPLIT + m.INSERT_DEEP)
    for place in m.TRAY_SCREWS:
        shell -= pillar(place, 1.6, m.TRAY_TOP - _MORE, m.HEIGHT - 0.7)
    return shell - seal_recess()
