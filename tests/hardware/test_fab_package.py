"""test_fab_package: the files for the board maker have the copper of the netlist, and every part has a number.

Read back from Gerber and Excellon without KiCad. Each check of an absence has a fault that it must find.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import math
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from carrier_board import BOARD, Part, edge, parse, parts_of
from scripts import load_script

HARDWARE = Path(__file__).parents[2] / "hardware"
FAB = HARDWARE / "carrier" / "fab"
OUTLINE = tomllib.loads((HARDWARE / "outline.toml").read_text(encoding="utf-8"))
CLEARANCE_MM = 0.2
LEAST_MM = 0.12
"""What the grid can show of it: its lines are up to one dot wider on each side."""
NO_NUMBER_AT_LCSC = {
    "CL31A475KBHNNNE",
    "USBLC6-4SC6",
    "PESD5V0S1BA",
    "SCMR14H474PRBB0",
    "1N5819-T",
    "FNR4020S470MT",
}
NO_NUMBER_AT_LCSC |= {"PR02000203309JR500", "PR01000102200JR500", "B3F-4055", "SC1631"}
"""Parts for which no seller's number was found; the maker's number is in the bill."""


@pytest.fixture(scope="module")
def gerber() -> ModuleType:
    return load_script(HARDWARE / "carrier" / "gerber.py")


@pytest.fixture(scope="module")
def fab() -> ModuleType:
    return load_script(HARDWARE / "carrier" / "fab.py")


@pytest.fixture(scope="module")
def copper(gerber: ModuleType) -> tuple[list[Any], list[Any]]:
    layers, holes = gerber.read_folder(FAB)
    return layers, holes


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return parts_of(parse(BOARD.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def origin() -> tuple[float, float]:
    """Left and front edge of the board in the Gerber files' coordinates."""
    points = edge(parse(BOARD.read_text(encoding="utf-8")))
    return min(x for x, _ in points), -max(y for _, y in points)


@pytest.fixture(scope="module")
def pads(fab: ModuleType, parts: list[Part], origin: tuple[float, float]) -> list[Any]:
    left, front = origin
    return [
        fab.Pad(
            f"{part.ref} {pad.number}",
            pad.net,
            (pad.x + left, pad.y + front),
            (0, 1) if pad.through else (0,),
        )
        for part in parts
        for pad in part.pads
        if pad.net and not (pad.through and part.ref == "C1")  # slots: no copper in the middle
    ]


@pytest.mark.slow
def test_each_net_is_one_piece_of_copper_and_touches_no_other(
    gerber: ModuleType, fab: ModuleType, copper: tuple[list[Any], list[Any]], pads: list[Any]
) -> None:
    assert len({pad.net for pad in pads}) > 50
    assert fab.faults(gerber.Copper(*copper), pads) == []


@pytest.mark.slow
def test_nets_keep_their_clearance(
    gerber: ModuleType, fab: ModuleType, copper: tuple[list[Any], list[Any]], pads: list[Any]
) -> None:
    layers, holes = copper
    assert fab.faults(gerber.Copper(layers, holes, LEAST_MM / 2), pads) == []
    # More than the clearance, and they touch: the check sees distances.
    touching = fab.faults(gerber.Copper(layers, holes, CLEARANCE_MM / 2), pads)
    assert any(" touches " in fault for fault in touching)


@pytest.mark.slow
def test_a_missing_track_a_missing_via_and_a_bridge_are_found(
    gerber: ModuleType, fab: ModuleType, copper: tuple[list[Any], list[Any]], pads: list[Any]
) -> None:
    (upper, lower), holes = copper
    # A track: the longest of the upper face.
    longest = max(upper.lines, key=lambda line: math.dist(line[0], line[1]))
    cut = replace(upper, lines=[line for line in upper.lines if line != longest])
    assert any("pieces" in fault for fault in fab.faults(gerber.Copper([cut, lower], holes), pads))
    vias = [hole for hole in holes if hole.diameter > 0.3]
    assert any("pieces" in fault for fault in fab.faults(gerber.Copper([upper, lower], vias), pads))
    ends = [pad.at for pad in pads if pad.name in ("J1 11", "J1 12")]
    bridge = replace(upper, lines=[*upper.lines, (ends[0], ends[1], 0.2)])
    assert any("touches" in fault for fault in fab.faults(gerber.Copper([bridge, lower], holes), pads))
    bare = [*pads, fab.Pad("X1 1", "GND", (0.0, 0.0), (0,))]
    assert "X1 1: no copper, or not the same on both faces" in fab.faults(
        gerber.Copper([upper, lower], holes), bare
    )


def test_each_through_pad_has_its_hole(
    gerber: ModuleType, copper: tuple[list[Any], list[Any]], parts: list[Part], origin: tuple[float, float]
) -> None:
    left, front = origin
    drilled = [((h.start[0] + h.end[0]) / 2, (h.start[1] + h.end[1]) / 2) for h in copper[1]]
    unplated = gerber.read_drills((FAB / "carrier-NPTH.drl").read_text(encoding="utf-8"))
    holes = sorted((round(h.start[0] - left, 3), round(h.start[1] - front, 3)) for h in unplated)
    assert holes == sorted((x, y) for x, y in OUTLINE["mounting"]["holes"])
    through = [
        (pad.x + left, pad.y + front) for part in parts for pad in part.pads if pad.through and pad.number
    ]
    assert len(through) > 60
    for place in through:
        assert min(math.dist(place, hole) for hole in drilled) < 0.02, place
    assert min(math.dist((left - 5.0, front), hole) for hole in drilled) > 1.0


def test_the_edge_is_that_of_the_enclosure() -> None:
    text = (FAB / "carrier-Edge_Cuts.gbr").read_text(encoding="utf-8")
    points = re.findall(r"^X(-?\d+)Y(-?\d+)", text, re.MULTILINE)
    xs, ys = zip(*((int(x) / 1e6, int(y) / 1e6) for x, y in points), strict=True)
    assert max(xs) - min(xs) == pytest.approx(OUTLINE["board"]["width"], abs=0.01)
    assert max(ys) - min(ys) == pytest.approx(OUTLINE["board"]["depth"], abs=0.01)


def rows(name: str) -> list[dict[str, str]]:
    with (FAB / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_part_has_a_makers_number() -> None:
    bill = rows("bill.csv")
    for row in bill:
        assert row["Maker"] not in ("", "any"), row
        assert row["Number"], row
        assert int(row["Quantity"]) == len(row["Designator"].split())
        if row["LCSC"]:
            assert re.fullmatch(r"C\d{4,7}", row["LCSC"]), row
        else:
            assert row["Number"] in NO_NUMBER_AT_LCSC, row
    assert sum(int(row["Quantity"]) for row in bill) > 50
    numbers = [row["LCSC"] for row in bill if row["LCSC"]]
    assert len(numbers) == len(set(numbers)), "one number, one row"


def test_the_position_file_has_the_smd_parts_of_the_bill(
    parts: list[Part], origin: tuple[float, float]
) -> None:
    left, front = origin
    named = {ref for row in rows("bill.csv") for ref in row["Designator"].split()}
    on_board = {part.ref: part for part in parts}
    smd = {ref for ref in named if not any(pad.through for pad in on_board[ref].pads)}
    placed = {row["Designator"]: row for row in rows("positions.csv")}
    assert set(placed) == smd
    assert {"J1", "J2", "Q2", "D7", "R9", "C14"} <= smd
    assert not {"SW1", "C1", "J4", "U1"} & smd
    for ref, row in placed.items():
        part = on_board[ref]
        assert (float(row["Mid X"]), float(row["Mid Y"])) == pytest.approx(
            (part.x + left, part.y + front), abs=0.01
        )
        assert row["Layer"] == "top"


def test_three_fiducials_are_on_the_board(parts: list[Part]) -> None:
    places = [(part.x, part.y) for part in parts if part.ref.startswith("FID")]
    assert len(places) == 3
    assert min(math.dist(a, b) for a in places for b in places if a != b) > 50.0


def test_the_files_hold_no_date() -> None:
    files = sorted(FAB.iterdir())
    assert len(files) >= 13
    for file in files:
        assert not re.search(r"20\d\d-\d\d-\d\d", file.read_text(encoding="utf-8")), file


def test_what_the_reader_does_not_know_is_refused(gerber: ModuleType) -> None:
    with pytest.raises(ValueError, match="line drawn"):
        gerber.read_layer("%ADD10R,1.0X1.0*%\nD10*\nX0Y0D02*\nX1000000Y0D01*\n")
    with pytest.raises(ValueError, match="not metric"):
        gerber.read_drills("M48\nINCH\n%\nM30\n")
