"""test_board_in_enclosure: every part of the carrier, at its place and height, is clear of the printed parts.

Courtyards come from the board file, heights from the makers' sheets by footprint; printed parts from their STL. The
whole pad's blocks are in test_enclosure.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import manifold3d as mf
import pytest
from carrier_board import BOARD, Node, inside, parse, parts_of

ENCLOSURE = Path(__file__).parents[2] / "hardware" / "enclosure"
TOUCHING = 0.05  # mm3
LEAD_MM = 2.5  # of a through pin, below the board: outline.toml, room below
HEIGHTS = {
    "C_0805_2012Metric": 1.45,  # CL21, 10 uF and 1 uF 50 V: 1.25 + 0.2
    "C_1206_3216Metric": 1.8,  # CL31, H
    "R_0805_2012Metric": 0.65,
    "D_SOD-123": 1.35,
    "D_SOD-323": 1.1,
    "SOT-23": 1.3,
    "SOT-23-6": 1.45,
    "SOT-323_SC-70": 1.1,
    "L_Changjiang_FNR4020S": 2.0,
    "Hirose_FH12-24S-0.5SH_1x24-1MP_P0.50mm_Horizontal": 2.0,
    "Hirose_FH12-6S-0.5SH_1x06-1MP_P0.50mm_Horizontal": 2.0,
    "JST_PH_B2B-PH-K_1x02_P2.00mm_Vertical": 8.0,  # with its plug
    "Supercap_Lying": 8.0,
    "D_DO-41_SOD81_P10.16mm_Horizontal": 2.7,
    "R_Axial_DIN0411_L9.9mm_D3.6mm_P15.24mm_Horizontal": 5.9,  # 3.9, and 2 mm off the board (assembly.md)
    "R_Axial_DIN0309_L9.0mm_D3.2mm_P12.70mm_Horizontal": 3.2,
    "SW_PUSH-12mm": 4.0,  # the body; its actuator is in test_enclosure
    "Pico_Header": 4.7,  # 2.54 and the board with its parts
    "TestPoint_THTPad_D2.0mm_Drill1.0mm": 0.1,
}
"""Above the board, mm: makers' drawings, rounded up."""
NOT_FITTED = {"PinHeader_1x08_P2.54mm_Vertical", "MountingHole_2.7mm_M2.5", "Fiducial_1mm_Mask2mm"}


@pytest.fixture(scope="module")
def case() -> Iterator[SimpleNamespace]:
    before = set(sys.modules)
    sys.path.insert(0, str(ENCLOSURE))
    try:
        import measures
        import solids

        yield SimpleNamespace(m=measures, printed=solids.printed())
    finally:
        sys.path.remove(str(ENCLOSURE))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(ENCLOSURE)):
                del sys.modules[name]


def footprints(board: Node) -> dict[str, str]:
    """Part -> its footprint, without the library."""
    found = {}
    for item in inside(board, "footprint"):
        ref = next(str(line[2]) for line in inside(item, "property") if line[1] == "Reference")
        found[ref] = str(item[1]).rpartition(":")[2]
    return found


def bodies(m: SimpleNamespace, higher: float = 0.0) -> dict[str, mf.Manifold]:
    """Every fitted part as a box over its courtyard, and a box round each through pin below the board."""
    board = parse(BOARD.read_text(encoding="utf-8"))
    kinds, found = footprints(board), {}
    for part in parts_of(board):
        kind = kinds[part.ref]
        if kind in NOT_FITTED:
            continue
        left, front, right, back = part.courtyard
        if (
            kind == "SW_PUSH-12mm"
        ):  # its courtyard has its pads, which are flat; the collar stands round the body
            x, y = (
                sum(values) / len(part.pads) for values in zip(*((p.x, p.y) for p in part.pads), strict=True)
            )
            left, front, right, back = x - 6.0, y - 6.0, x + 6.0, y + 6.0
        high = HEIGHTS[kind] + higher
        body = mf.Manifold.cube((right - left, back - front, high))
        body = body.translate((m.BOARD_X + left, m.BOARD_Y + front, m.BOARD_TOP))
        for pad in part.pads:
            if pad.through and pad.number:
                pin = mf.Manifold.cube((1.0, 1.0, LEAD_MM))
                body += pin.translate(
                    (m.BOARD_X + pad.x - 0.5, m.BOARD_Y + pad.y - 0.5, m.BOARD_BOTTOM - LEAD_MM)
                )
        found[part.ref] = body
    return found


def clashes(case: SimpleNamespace, parts: dict[str, mf.Manifold]) -> set[tuple[str, str]]:
    """Part of the board and printed part that share space."""
    return {
        (ref, name)
        for ref, body in parts.items()
        for name, wall in case.printed.items()
        if float((body ^ wall).volume()) > TOUCHING
    }


def test_no_part_of_the_board_meets_the_case(case: SimpleNamespace) -> None:
    parts = bodies(case.m)
    assert {"Q2", "D7", "D8", "R9", "R19", "C14", "C1", "U1", "SW1"} <= set(parts)
    assert len(parts) > 55
    assert clashes(case, parts) == set()


def test_parts_that_are_too_high_or_misplaced_are_found(case: SimpleNamespace) -> None:
    assert ("C1", "tray") in clashes(case, bodies(case.m, higher=3.0))
    parts = bodies(case.m)
    to_the_wall = {"D9": parts["D9"].translate((20.0, 0.0, 0.0))}
    assert clashes(case, to_the_wall)
