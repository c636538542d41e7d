"""small_parts: tray of the panel, collar and caps of the keys (build123d). Lengths come from measures.py."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import measures as m
from build123d import Axis, Cone, Part, Pos, RectangleRounded, Rot, Sphere, chamfer, extrude
from shells import block, pillar

_MORE = 1.0
_TAB = 7.0
_FRONT = 1.5  # the tray starts behind the panel's edge: the tails come down in front of it


def tray() -> Part:
    """Plate that presses the panel, on foam, into the face. Printed flat."""
    low, high = m.TRAY_TOP - m.TRAY, m.TRAY_TOP
    left, right = m.PANEL_LEFT, m.WIDTH - m.PANEL_LEFT
    plate = block((left, m.PANEL_FRONT + _FRONT, low), (right, m.PANEL_BACK, high))
    plate = chamfer(plate.edges().group_by(Axis.Y)[0].filter_by(Axis.X), 0.6)  # for the tails
    for x, y in m.TRAY_SCREWS:
        inner = m.PANEL_FRONT + 5 if y < m.PANEL_FRONT else m.PANEL_BACK - 2
        near, far = sorted((y, inner))
        plate += block((x - _TAB / 2, near, low), (x + _TAB / 2, far, high)) + pillar((x, y), _TAB, low, high)
    for place in m.TRAY_SCREWS:
        plate -= pillar(place, 2.2, low - _MORE, high + _MORE)
    return plate


def collar() -> Part:
    """Raised rim round WIPE, guide of its cap, skirt down to the board; its flange is under the face.

    Printed as it stands.
    """
    place, top = m.KEYS["WIPE"], m.HEIGHT + m.RIM_PROUD
    rim = pillar(place, m.RIM_OUTER, m.SKIRT_END, top)
    rim = chamfer(rim.edges().group_by(Axis.Z)[-1], 0.6)
    rim += pillar(place, m.RIM_FLANGE, m.SKIRT_END, m.HEIGHT - m.FACE)
    hole, wide = m.WIPE_KEY + 2 * m.KEY_GAP, m.SKIRT_INNER
    rim -= pillar(place, hole, m.SKIRT_END - _MORE, top + _MORE)
    rim -= pillar(place, wide, m.SKIRT_END - _MORE, m.SKIRT_STEP)
    step = (wide - hole) / 2
    return rim - Pos(*place, m.SKIRT_STEP + step / 2) * Cone(wide / 2, hole / 2, step)


def wipe_cap() -> Part:
    """Cap of WIPE: round, hollow like a dish, lower than the collar. Printed as it stands."""
    place, low, top = m.KEYS["WIPE"], m.ACTUATOR + m.KEY_PLAY, m.HEIGHT + m.KEY_PROUD
    cap = pillar(place, m.WIPE_KEY, low, top)
    cap += pillar(place, m.WIPE_KEY + 2 * m.KEY_FLANGE_WIDE, low, low + m.KEY_FLANGE)
    half = m.WIPE_KEY / 2 - 0.8
    radius = (half**2 + m.WIPE_DISH**2) / (2 * m.WIPE_DISH)
    return cap - Pos(*place, top - m.WIPE_DISH + radius) * Rot(90, 0, 0) * Sphere(radius)


def square_cap(key: str) -> Part:
    """Cap of AWAY (a bar on it) or MODE (a dot). Printed as it stands."""
    (x, y), low, top = m.KEYS[key], m.ACTUATOR + m.KEY_PLAY, m.HEIGHT + m.KEY_PROUD
    cap = Pos(x, y, low) * extrude(RectangleRounded(m.KEY, m.KEY, 1.5), top - low)
    cap = chamfer(cap.edges().group_by(Axis.Z)[-1], 0.5)
    wide = m.KEY + 2 * m.KEY_FLANGE_WIDE
    cap += Pos(x, y, low) * extrude(RectangleRounded(wide, wide, 2.0), m.KEY_FLANGE)
    if key == "AWAY":
        return cap + block((x - 3, y - 0.6, top - 0.2), (x + 3, y + 0.6, top + 0.5))
    return cap + pillar((x, y), 1.6, top - 0.2, top + 0.5)
