"""placing: how each printed part lies on the printer's bed, and back into the pad. Needs no CAD."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import measures as m
import numpy as np
import trimesh

STL = Path(__file__).parent / "stl"
# Height of the part's lowest face in the pad; the upper shell lies on its face instead.
BASE = {
    "lower": 0.0,
    "tray": m.TRAY_TOP - m.TRAY,
    "collar": m.SKIRT_END,
    "wipe-cap": m.ACTUATOR + m.KEY_PLAY,
    "away-cap": m.ACTUATOR + m.KEY_PLAY,
    "mode-cap": m.ACTUATOR + m.KEY_PLAY,
}
PRINTED = ("upper", *BASE)


def to_bed(name: str) -> np.ndarray:
    """4 x 4 matrix from body coordinates (mm) to the printing position, lowest face at z = 0."""
    matrix = np.eye(4)
    if name == "upper":
        matrix[1, 1] = matrix[2, 2] = -1.0  # half a turn about x
        matrix[1:3, 3] = (m.DEPTH, m.HEIGHT)
    else:
        matrix[2, 3] = -BASE[name]
    return matrix


def on_bed(name: str) -> trimesh.Trimesh:
    """The STL as it is printed."""
    mesh = trimesh.load_mesh(STL / f"{name}.stl")
    assert isinstance(mesh, trimesh.Trimesh)
    return mesh


def in_pad(name: str) -> trimesh.Trimesh:
    """The STL where it sits in the pad (body coordinates, mm)."""
    return on_bed(name).apply_transform(np.linalg.inv(to_bed(name)))
