"""test_fab_array: the array for an assembly house is two of the boards in fab, with rails, and nothing else.

Read back from Gerber and Excellon without KiCad.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import math
import re
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from carrier_board import BOARD, parse, parts_of
from scripts import load_script

HARDWARE = Path(__file__).parents[2] / "hardware"
CARRIER = HARDWARE / "carrier"
FAB, ARRAY = CARRIER / "fab", CARRIER / "fab-array"
OUTLINE = tomllib.loads((HARDWARE / "outline.toml").read_text(encoding="utf-8"))
MOUNTING_MM, TOOLING_MM, BITE_MM = 2.7, 2.0, 0.5
GAP_MM = 2.0
RAIL_MM = 6.0
NEAR_MM = 0.003
Point = tuple[float, float]


@pytest.fixture(scope="module")
def gerber() -> ModuleType:
    return load_script(CARRIER / "gerber.py")


def holes(gerber: ModuleType, file: Path) -> list[Any]:
    found: list[Any] = gerber.read_drills(file.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def moves(gerber: ModuleType) -> list[Point]:
    """From the board in fab to each board of the array."""

    def lowest(file: Path) -> list[Point]:
        places = [h.start for h in holes(gerber, file) if h.diameter == MOUNTING_MM]
        left = min(x for x, _ in places)
        return sorted((x, y) for x, y in places if x == left)

    (x, y), _ = lowest(FAB / "carrier-NPTH.drl")
    array = lowest(ARRAY / "carrier-array-NPTH.drl")
    return [(array[0][0] - x, array[0][1] - y), (array[2][0] - x, array[2][1] - y)]


def moved(points: list[Point], by: Point) -> tuple[Point, ...]:
    return tuple((round(x + by[0], 3), round(y + by[1], 3)) for x, y in points)


def shapes_of(shapes: Any, by: Point = (0.0, 0.0)) -> list[tuple[Point, ...]]:
    """Round and straight pads, tracks: not filled areas, whose points KiCad calculates again."""
    lines = [(*moved(sorted([a, b]), by), (wide, 0.0)) for a, b, wide in shapes.lines]
    return lines + [moved(polygon, by) for polygon in shapes.polygons if len(polygon) == 4]


def lacking(wanted: list[tuple[Point, ...]], there: list[tuple[Point, ...]]) -> int:
    """How many of the shapes are not there, to NEAR_MM: KiCad rounds a moved shape once more."""
    places: defaultdict[tuple[int, int], list[tuple[Point, ...]]] = defaultdict(list)
    for one in there:
        places[round(one[0][0]), round(one[0][1])].append(one)

    def is_there(one: tuple[Point, ...]) -> bool:
        cells = {(round(one[0][0] + a), round(one[0][1] + b)) for a in (-0.1, 0.1) for b in (-0.1, 0.1)}
        return any(
            len(other) == len(one) and max(map(math.dist, one, other)) < NEAR_MM
            for cell in cells
            for other in places[cell]
        )

    return sum(not is_there(one) for one in wanted)


def missing(gerber: ModuleType, layer: str, moves: list[Point], moved_mm: float = 0.0) -> int:
    """How many pads and tracks of the two boards the array lacks. moved_mm: of the first shape of the board."""
    single = gerber.read_layer((FAB / f"carrier-{layer}.gbr").read_text(encoding="utf-8"))
    array = gerber.read_layer((ARRAY / f"carrier-array-{layer}.gbr").read_text(encoding="utf-8"))
    (x, y), to, wide = single.lines[0]
    single.lines[0] = ((x + moved_mm, y), to, wide)
    wanted = [shape for by in moves for shape in shapes_of(single, by)]
    assert len(wanted) > 100
    return lacking(wanted, shapes_of(array))


@pytest.mark.parametrize("layer", ["F_Cu", "B_Cu", "F_Mask", "F_Paste"])
def test_each_board_of_the_array_has_the_pads_and_tracks_of_the_board(
    gerber: ModuleType, moves: list[Point], layer: str
) -> None:
    assert missing(gerber, layer, moves) == 0


def test_a_pad_or_track_elsewhere_is_found(gerber: ModuleType, moves: list[Point]) -> None:
    assert missing(gerber, "F_Cu", moves, moved_mm=0.01) == 2


def test_the_boards_lie_one_behind_the_other(moves: list[Point]) -> None:
    (x, y), (other_x, other_y) = moves
    assert other_x == pytest.approx(x)
    assert abs(other_y - y) == pytest.approx(OUTLINE["board"]["depth"] + GAP_MM)


def test_the_plated_holes_are_those_of_two_boards(gerber: ModuleType, moves: list[Point]) -> None:
    single, array = holes(gerber, FAB / "carrier-PTH.drl"), holes(gerber, ARRAY / "carrier-array-PTH.drl")
    wanted = Counter((*moved([h.start, h.end], by), h.diameter) for h in single for by in moves)
    assert Counter((*moved([h.start, h.end], (0.0, 0.0)), h.diameter) for h in array) == wanted


def test_no_tab_is_where_a_tail_crosses_the_edge(gerber: ModuleType, moves: list[Point]) -> None:
    found = holes(gerber, ARRAY / "carrier-array-NPTH.drl")
    bites = [hole.start for hole in found if hole.diameter == BITE_MM]
    assert len(bites) > 40
    assert sum(hole.diameter == TOOLING_MM for hole in found) == 3
    mounting = [hole.start for hole in holes(gerber, FAB / "carrier-NPTH.drl")]
    left = min(x for x, _ in mounting) - min(x for x, _ in OUTLINE["mounting"]["holes"])
    parts = {part.ref: part for part in parts_of(parse(BOARD.read_text(encoding="utf-8")))}
    for ref in ("J1", "J2"):
        xs = [pad.x + left + moves[0][0] for pad in parts[ref].pads]
        between = [x for x, y in bites if min(xs) - 1.0 < x < max(xs) + 1.0]
        assert between == [], ref


def test_the_array_is_two_boards_with_rails_wide(gerber: ModuleType) -> None:
    text = (ARRAY / "carrier-array-Edge_Cuts.gbr").read_text(encoding="utf-8")
    points = [(int(x) / 1e6, int(y) / 1e6) for x, y in re.findall(r"^X(-?\d+)Y(-?\d+)", text, re.MULTILINE)]
    xs, ys = zip(*points, strict=True)
    wide = OUTLINE["board"]["width"] + 2 * (GAP_MM + RAIL_MM)
    assert max(xs) - min(xs) == pytest.approx(wide, abs=0.01)
    assert max(ys) - min(ys) == pytest.approx(2 * OUTLINE["board"]["depth"] + GAP_MM, abs=0.01)


def test_each_part_is_placed_on_both_boards(moves: list[Point]) -> None:
    def rows(folder: Path) -> list[dict[str, str]]:
        with (folder / "positions.csv").open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text))

    def row(of: dict[str, str], by: Point = (0.0, 0.0)) -> tuple[str, Point, str]:
        (at,) = moved([(float(of["Mid X"]), float(of["Mid Y"]))], by)
        return of["Designator"], at, of["Rotation"]

    assert sorted(map(row, rows(ARRAY))) == sorted(row(one, by) for one in rows(FAB) for by in moves)


def test_design_rules_find_nothing_and_the_files_hold_no_date() -> None:
    report = (CARRIER / "exports" / "array-drc.txt").read_text(encoding="utf-8")
    assert "Found 0 DRC violations" in report
    assert "Found 0 unconnected pads" in report
    files = sorted(ARRAY.iterdir())
    assert len(files) >= 12
    for file in files:
        assert not re.search(r"20\d\d-\d\d-\d\d", file.read_text(encoding="utf-8")), file
