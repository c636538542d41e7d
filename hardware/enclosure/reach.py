"""reach: can a straight tool see RUN, BOOTSEL or SWD from outside, and can a bent wire get to them?

Only shells, tray, caps and panel stop a ray, not the board, plug or cable, which somebody may take away.
The wire meets the pad as it is used, with its cable.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from itertools import product

import bought
import manifold3d as mf
import measures as m
import numpy as np
from PIL import Image, ImageDraw

DIRECTIONS = 12000  # 1.8 degrees apart at each of a target's points
STEP = 0.3  # mm along a ray
PITCH = 0.5  # mm, of the grid in which the wire, 1 mm thick, is pushed
MARGIN = 4.0  # mm of air round the pad in the grid
_GOLDEN = np.pi * (3 - 5**0.5)


def directions(count: int = DIRECTIONS) -> np.ndarray:
    """Unit vectors spread evenly over the sphere (Fibonacci), count x 3."""
    k = np.arange(count)
    z = 1 - (2 * k + 1) / count
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(_GOLDEN * k), radius * np.sin(_GOLDEN * k), z], axis=1)


def points(target: bought.Block) -> np.ndarray:
    """Corners and middle of a target, 9 x 3 (mm)."""
    return np.array([*product(*zip(target.low, target.high, strict=True)), target.centre])


def sight_lines(cells: np.ndarray, target: bought.Block, count: int = DIRECTIONS) -> np.ndarray:
    """Where rays from the target's points get out: n x 3 (mm), empty if none does.

    A way out narrower than PITCH is not seen.
    """
    start, way = points(target), directions(count)
    at = np.repeat((start + MARGIN) / PITCH, count, axis=0)
    move = np.tile(way * STEP / PITCH, (len(start), 1))
    out = []
    while len(at):
        at += move
        cell = np.floor(at).astype(np.int32)
        left = ((cell < 0) | (cell >= cells.shape)).any(axis=1)
        out.append(at[left])
        at, move, cell = at[~left], move[~left], cell[~left]
        open_way = ~cells[cell[:, 0], cell[:, 1], cell[:, 2]]
        at, move = at[open_way], move[open_way]
    return np.concatenate(out) * PITCH - MARGIN


def grid(body: mf.Manifold) -> np.ndarray:
    """Which cells of PITCH hold material: bool, x by y by z; the air round the pad is in it."""
    shape = [round((size + 2 * MARGIN) / PITCH) for size in (m.WIDTH, m.DEPTH, m.HEIGHT)]
    cells = np.zeros(shape, bool)
    for level in range(shape[2]):
        picture = Image.new("1", (shape[0], shape[1]))
        pen = ImageDraw.Draw(picture)
        # Outer contours run one way and holes the other: larger first, each over what is round it.
        rings = body.slice((level + 0.5) * PITCH - MARGIN).to_polygons()
        for ring in sorted(rings, key=lambda ring: -abs(_area(ring))):
            corners = [tuple(corner) for corner in (ring + MARGIN) / PITCH - 0.5]
            pen.polygon(corners, fill=int(_area(ring) > 0))
        cells[:, :, level] = np.asarray(picture).T
    return cells


def _area(ring: np.ndarray) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def thickened(cells: np.ndarray) -> np.ndarray:
    """Material grown by half the wire: the middle of the wire stays out of it."""
    for axis in range(3):
        cells = cells | np.roll(cells, 1, axis) | np.roll(cells, -1, axis)
    return cells


def flood(free: np.ndarray) -> np.ndarray:
    """Cells that are connected with the corner of the grid by free cells."""
    reached = np.zeros_like(free)
    reached[0, 0, 0] = True
    known = 0
    while known != (known := int(reached.sum())):
        for axis, flip in product(range(3), (False, True)):
            way = np.flip(np.moveaxis(free, axis, 0), 0) if flip else np.moveaxis(free, axis, 0)
            got = np.flip(np.moveaxis(reached, axis, 0), 0) if flip else np.moveaxis(reached, axis, 0)
            for here in range(1, len(way)):
                got[here] |= got[here - 1] & way[here]
    return reached


def wire_touches(reached: np.ndarray, target: bought.Block) -> bool:
    """Whether the wire's end comes within its radius of the target."""
    low, high = (np.add(corner, MARGIN) / PITCH for corner in (target.low, target.high))
    near = tuple(slice(int(a) - 1, int(np.ceil(b)) + 1) for a, b in zip(low, high, strict=True))
    return bool(reached[near].any())
