"""printability: is a part closed, does it fit the bed, how thin is it, how much of it hangs in the air?

All of the part as it lies on the bed (placing.py), millimetres.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import manifold3d as mf
import numpy as np
import trimesh

BED = 220.0
STEEP = 45.0  # degrees from the vertical: flatter faces hang


def hanging_share(mesh: trimesh.Trimesh) -> float:
    """Area that faces down flatter than STEEP and is not on the bed, as a share of the whole surface."""
    down = mesh.face_normals[:, 2] < -np.sin(np.radians(STEEP)) - 1e-3
    above = mesh.triangles_center[:, 2] > 0.05
    return float(mesh.area_faces[down & above].sum() / mesh.area)


def thicknesses(mesh: trimesh.Trimesh, body: mf.Manifold, count: int, seed: int = 1) -> np.ndarray:
    """How far it is through the part, straight in from `count` points spread over its surface."""
    spots, faces = trimesh.sample.sample_surface(mesh, count, seed=seed)
    inward = -mesh.face_normals[faces]
    start = spots + inward * 1e-3
    through = []
    for begin, end in zip(start.tolist(), (start + inward * 300).tolist(), strict=True):
        hits = body.ray_cast(begin, end)
        if hits:
            through.append(hits[0].distance * 300 + 1e-3)
    return np.array(through)
