"""test_carrier_board: the carrier's layout has the nets of its sheets and the outline of hardware/outline.toml.

Read from the board file, so no KiCad is needed. KiCad itself checks routing and clearances; that check runs
here where kicad-cli is installed.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
import re
import shutil
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from carrier_board import BOARD, Node, Part, edge, inside, parse, parts_of
from scripts import load_script

HARDWARE = Path(__file__).parents[2] / "hardware"
CARRIER = HARDWARE / "carrier"
OUTLINE = tomllib.loads((HARDWARE / "outline.toml").read_text(encoding="utf-8"))
with_kicad = pytest.mark.skipif(shutil.which("kicad-cli") is None, reason="kicad-cli is not installed")


@pytest.fixture(scope="module")
def board() -> Node:
    return parse(BOARD.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def parts(board: Node) -> dict[str, Part]:
    found = parts_of(board)
    assert len({part.ref for part in found}) == len(found)
    return {part.ref: part for part in found}


def drawn_nets() -> dict[tuple[str, str], str]:
    """Part and pin -> net, from the sheets."""
    file = CARRIER / "exports" / "netlist.xml"
    return {
        (node.attrib["ref"], node.attrib["pin"]): net.attrib["name"]
        for net in ET.parse(file).iter("net")
        for node in net.iter("node")
    }


def strays(parts: dict[str, Part]) -> list[str]:
    """Pads whose net differs from that in the sheets."""
    wanted = drawn_nets()
    on_board = {(part.ref, pad.number): pad.net for part in parts.values() for pad in part.pads if pad.number}
    return [
        f"{ref} {number}"
        for ref, number in sorted(wanted.keys() | on_board.keys())
        if wanted.get((ref, number)) != on_board.get((ref, number))
    ]


def test_each_pad_has_the_net_of_the_sheets(parts: dict[str, Part]) -> None:
    assert strays(parts) == []
    keys = parts["SW1"]
    wrong = replace(keys, pads=[replace(pad, net="AWAY_KEY") for pad in keys.pads])
    assert strays({**parts, "SW1": wrong}) == ["SW1 1", "SW1 2"]
    assert strays({ref: part for ref, part in parts.items() if ref != "R2"}) == ["R2 1", "R2 2"]


def middle(part: Part) -> tuple[float, float]:
    return (
        sum(pad.x for pad in part.pads) / len(part.pads),
        sum(pad.y for pad in part.pads) / len(part.pads),
    )


def within(part: Part, zone: list[list[float]]) -> bool:
    (left, front), (right, back) = zone
    yard = part.courtyard
    return left <= yard[0] and front <= yard[1] and yard[2] <= right and yard[3] <= back


def apart(part: Part, zone: list[list[float]]) -> bool:
    (left, front), (right, back) = zone
    yard = part.courtyard
    return yard[2] <= left or yard[0] >= right or yard[3] <= front or yard[1] >= back


def test_the_board_has_the_outline_of_the_enclosure(board: Node, parts: dict[str, Part]) -> None:
    xs, ys = zip(*edge(board), strict=True)
    assert max(xs) - min(xs) == pytest.approx(OUTLINE["board"]["width"])
    assert max(ys) - min(ys) == pytest.approx(OUTLINE["board"]["depth"])
    holes = sorted((part.x, part.y) for ref, part in parts.items() if ref.startswith("H"))
    assert holes == sorted((x, y) for x, y in OUTLINE["mounting"]["holes"])
    for ref, name in (("SW1", "WIPE"), ("SW2", "AWAY"), ("SW3", "MODE")):
        assert middle(parts[ref]) == pytest.approx(OUTLINE["keys"][name])
    assert middle(parts["U1"]) == pytest.approx(OUTLINE["pico"]["centre"])


def test_each_part_is_inside_its_allowed_area(parts: dict[str, Part]) -> None:
    assert all(within(parts[ref], OUTLINE["hold_up"]["zone"]) for ref in ("C1", "R1", "R2", "D2"))
    assert not within(parts["U1"], OUTLINE["hold_up"]["zone"])
    assert all(within(parts[ref], OUTLINE["panel"]["tails"]) for ref in ("J1", "J2"))
    assert within(parts["J4"], OUTLINE["hook"]["socket"])
    plug = OUTLINE["pico"]["plug_free"]
    assert all(apart(part, plug) for ref, part in parts.items() if ref != "U1")
    assert not apart(replace(parts["C2"], courtyard=(50.0, 70.0, 52.0, 72.0)), plug)
    reach = OUTLINE["mounting"]["keep_out"] / 2
    for x, y in OUTLINE["mounting"]["holes"]:
        near = [
            pad for part in parts.values() for pad in part.pads if math.hypot(pad.x - x, pad.y - y) < reach
        ]
        assert all(not pad.number for pad in near)
        assert near, "the hole itself"


@pytest.mark.slow
@with_kicad
def test_the_design_rules_pass_and_a_fault_fails_them(tmp_path: Path) -> None:
    export = load_script(CARRIER / "export.py")
    copy = tmp_path / "carrier"
    shutil.copytree(CARRIER, copy, ignore=shutil.ignore_patterns("exports"))
    assert export.check_board(copy, tmp_path / "clean.txt")
    file = copy / BOARD.name
    drawn = file.read_text(encoding="utf-8")
    hook = next(str(net[1]) for net in inside(parse(drawn), "net") if net[2] == "HOOK")
    tracks = re.findall(r"\n\t\(segment\n.*?\n\t\)", drawn, flags=re.DOTALL)
    cut = drawn
    for track in tracks:
        if f"(net {hook})" in track:
            cut = cut.replace(track, "")
    assert cut != drawn
    file.write_text(cut, encoding="utf-8")
    assert not export.check_board(copy, tmp_path / "faults.txt")
    assert "[unconnected_items]" in (tmp_path / "faults.txt").read_text(encoding="utf-8")
