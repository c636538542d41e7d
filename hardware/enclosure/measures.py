"""measures: every length of the reference pad's enclosure, in millimetres.

Change them here and run ./dev hardware. Body coordinates: origin at the front left
lower corner; x to the right, y to the back, z up.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

Point = tuple[float, float]

OUTLINE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / "outline.toml").read_text(encoding="utf-8")
)

# --- body ---------------------------------------------------------------------------------------------------
WIDTH, DEPTH, HEIGHT = 104.0, 136.0, 23.0  # a sticky note of 101 x 152 mm covers it
CORNER = 8.0
WALL = 2.8
FLOOR = 2.4
FACE = 2.0  # thickness of the upper face
SPLIT = 12.0  # height of the seam: the axis of the USB cable
LIP_HEIGHT, LIP_THICK, LIP_GAP = (
    2.0,
    1.2,
    0.2,
)  # the lower shell's lip inside the upper shell: no straight way in
EDGE = 1.0  # chamfer of the upper and lower edges
REST_EDGE = 4.0  # chamfer of the front edge under the wrist: 45 degrees, so that it prints face down

# --- panel --------------------------------------------------------------------------------------------------
# Outline and active area: drawing in Waveshare's 4.2 inch specification of 2017 (91 +-0.2 wide, active area
# 84.8, 1.18 thick) and its page (77.0 high, active area 63.6). The touch film of the -T02 comes on top: its
# outline and thickness are not known, PANEL_STACK and the foam leave room.
PANEL = (91.0, 77.0)
ACTIVE = (84.8, 63.6)
ACTIVE_FROM_BACK = 3.1  # same border at the back as at the sides; the tail's border is the wide one
PANEL_STACK = 2.0  # film, touch and its glue
FOAM = 0.5
PANEL_FRONT = 21.0  # y of its front edge
PANEL_GAP = 0.4
POCKET = 0.6  # how far the panel sits in the face: leaves a lip of 1.4 mm round the window
WINDOW_MORE = 0.8  # window beyond the active area, each side
BEVEL = 0.8  # of the window's edge, 45 degrees: the pen reaches the last row
PANEL_TOP = HEIGHT - FACE + POCKET
TRAY_TOP = PANEL_TOP - PANEL_STACK - FOAM
TRAY = 2.0
PANEL_LEFT = (WIDTH - PANEL[0]) / 2
PANEL_BACK = PANEL_FRONT + PANEL[1]
ACTIVE_BACK = PANEL_BACK - ACTIVE_FROM_BACK
WINDOW_CENTRE: Point = (WIDTH / 2, ACTIVE_BACK - ACTIVE[1] / 2)
WINDOW = (ACTIVE[0] + 2 * WINDOW_MORE, ACTIVE[1] + 2 * WINDOW_MORE)
HAND_REST = WINDOW_CENTRE[1] - WINDOW[1] / 2 - BEVEL  # flat face in front of the window, under the palm
TRAY_SCREWS: list[Point] = [(14.0, 16.5), (90.0, 16.5), (31.0, 106.5), (70.5, 106.5)]  # M2 x 5, self-tapping

# --- board (hardware/outline.toml) --------------------------------------------------------------------------
BOARD_X, BOARD_Y, BOARD_TOP = OUTLINE["board"]["in_body"]
BOARD_BOTTOM = BOARD_TOP - OUTLINE["board"]["thickness"]


def on_board(point: Point | list[float]) -> Point:
    """Body coordinates of a point of the board."""
    return (point[0] + BOARD_X, point[1] + BOARD_Y)


BOARD_HOLES = [on_board(hole) for hole in OUTLINE["mounting"]["holes"]]
BOARD_POSTS = [on_board(post) for post in OUTLINE["mounting"]["posts"]]
BOSS, BOSS_PILOT = 6.0, 2.1  # M2.5 self-tapping
POST = 4.0

# --- keys ---------------------------------------------------------------------------------------------------
KEYS = {name: on_board(OUTLINE["keys"][name]) for name in ("AWAY", "MODE", "WIPE")}
ACTUATOR = BOARD_TOP + OUTLINE["keys"]["actuator_above_board"]
KEY = 11.0  # AWAY and MODE: square caps
KEY_PROUD = 1.2  # above the face
KEY_GAP = 0.3
KEY_PLAY = 0.2  # between cap and switch
KEY_FLANGE, KEY_FLANGE_WIDE = 1.2, 1.2  # thickness, and how far it stands out: caps cannot be pulled out
KEY_UP = 0.4  # how far a cap can rise
GUIDE = 1.2
GUIDE_END = ACTUATOR + KEY_PLAY + KEY_FLANGE + KEY_UP
WIPE_KEY = 13.6  # round, a dish, deeper than its rim
WIPE_DISH = 1.2
RIM_OUTER, RIM_PROUD = 17.4, 1.8  # of the collar: felt blind, and guards against the palm
RIM_FLANGE = 20.0
RIM_GAP = 0.1
# The collar stands on the board, round the switch, so that it cannot be pushed in. Its step is a cone of 45
# degrees: it prints without support, and keeps the cap in.
SKIRT_INNER, SKIRT_STEP = 17.2, GUIDE_END - 0.5
SKIRT_END = BOARD_TOP + 0.3

# Names of the keys: sunk; Latin between window and keys, Japanese to the right of each key, from top to bottom.
LETTER_DOT, LETTER_DEEP, LETTER_Y = 0.45, 0.4, 98.75
LEGENDS = tomllib.loads((Path(__file__).parents[1] / "legends.toml").read_text(encoding="utf-8"))
JAPANESE_HIGH, JAPANESE_WIDE = 16.4, 8.2  # of a column
JAPANESE_RIGHT = {
    "AWAY": 11.0,
    "MODE": 11.0,
    "WIPE": 13.6,
}  # from the middle of the key to that of the column
FONT_SIZE_OF_BOX = 0.98

# --- stylus -------------------------------------------------------------------------------------------------
TROUGH_Y, TROUGH_WIDE, TROUGH_DEEP = (
    127.0,
    12.0,
    4.0,
)  # 45 degrees: takes pens of 8 to 10 mm, open at the right
TROUGH_LEFT = 8.0
TROUGH_SKIN = 1.8

# --- screws and seal ----------------------------------------------------------------------------------------
SCREWS: list[Point] = [
    (9.0, 9.0),
    (95.0, 9.0),
    (8.0, 130.0),
    (96.0, 130.0),
]  # M3 x 10, heat-set inserts M3 x 4
SCREW_POST, SCREW_HOLE, HEAD_HOLE, HEAD_SEAT = 9.0, 3.4, 6.4, 5.6
INSERT_HOLE, INSERT_DEEP, INSERT_POST = 4.0, 4.5, 9.0
SEAL = (24.0, 12.0, 0.4)  # along y, along z, deep: across the seam of the right wall
SEAL_CENTRE_Y = 68.0
SEALED_SCREW = SCREWS[1]
SCREW_SEAL, SCREW_SEAL_DEEP = 14.0, 0.5
FEET: list[Point] = [
    (26.0, 9.0),
    (76.0, 9.0),
    (24.0, 127.5),
    (80.0, 127.5),
]  # beside the board: its bosses go deep
FOOT, FOOT_DEEP = 10.5, 0.8

# --- cable --------------------------------------------------------------------------------------------------
# USB socket: 1.3 mm beyond the Pico's edge (datasheet, figure 3), its middle 1.35 mm above the Pico's face.
PICO = (21.0, 51.0, 1.0)
PICO_CENTRE = on_board(OUTLINE["pico"]["centre"])
PICO_BOTTOM = BOARD_TOP + OUTLINE["pico"]["above_board"]
CABLE_Z = PICO_BOTTOM + PICO[2] + 1.35
CABLE, CABLE_HOLE = 4.0, 4.4
CABLE_Y = (
    123.4  # it leaves at the left, behind the board, so no straight line leads from its hole to the Pico
)
SADDLE_RIGHT, SADDLE_FRONT, SADDLE_BACK = (
    18.5,
    120.3,
    126.6,
)  # it grows out of the wall: no gap beside the hole to look through
# The hook contact's cable leaves at the right, in a saddle that is the other's mirror image. Wall and lip are
# whole there until somebody needs the way: a recess guides the drill.
HOOK_CABLE, HOOK_HOLE, HOOK_RECESS = 3.0, 3.4, 0.4
TIE = (3.2, 1.8)  # slot for a cable tie of 2.5 mm
TEETH = 0.4  # how deep the shells' teeth press into the cable
