"""solids: printed and bought parts as closed bodies that can be cut with each other (manifold3d)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import bought
import manifold3d as mf
import numpy as np
import placing
import trimesh


def solid(mesh: trimesh.Trimesh) -> mf.Manifold:
    """The mesh as a body; ValueError when it does not close."""
    raw = mf.Mesh(
        vert_properties=np.asarray(mesh.vertices, np.float32), tri_verts=np.asarray(mesh.faces, np.uint32)
    )
    body = mf.Manifold(raw)
    if body.status() != mf.Error.NoError or body.is_empty():
        raise ValueError(f"not a closed body: {body.status()}")
    return body


def printed() -> dict[str, mf.Manifold]:
    """Every printed part where it sits in the pad."""
    return {name: solid(placing.in_pad(name)) for name in placing.PRINTED}


def block(part: bought.Block) -> mf.Manifold:
    """A bought part: a box, or a cylinder along x."""
    if not part.round:
        return mf.Manifold.cube(part.size).translate(part.low)
    long, wide, _ = part.size
    bar = mf.Manifold.cylinder(long, wide / 2, circular_segments=48).rotate((0, 90, 0))
    _, y, z = part.centre
    return bar.translate((part.low[0], y, z))
