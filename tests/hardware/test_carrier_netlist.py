"""test_carrier_netlist: the carrier's sheets have the pins of hardware/pins.toml and the hold-up's values.

The exported files are read, so no KiCad is needed; where kicad-cli is installed, the rules check runs again and
the netlist is exported again.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import re
import shutil
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scripts import load_script

HARDWARE = Path(__file__).parents[2] / "hardware"
CARRIER = HARDWARE / "carrier"
EXPORTS = CARRIER / "exports"
PINS = tomllib.loads((HARDWARE / "pins.toml").read_text(encoding="utf-8"))
with_kicad = pytest.mark.skipif(shutil.which("kicad-cli") is None, reason="kicad-cli is not installed")

Net = frozenset[str]
"""Ends of a net, each "PART NAME_OF_THE_PIN", the Pico's as "U1 NUMBER"."""

SIGNALS = {
    "WIPE_KEY": {"SW1 1", "D8 IO1"},
    "AWAY_KEY": {"SW2 1", "D8 IO2"},
    "MODE_KEY": {"SW3 1", "D8 IO4"},
    "TOUCH_SDA": {"J2 SDA", "R3 1", "D7 IO3"},
    "TOUCH_SCL": {"J2 SCL", "R4 1", "D7 IO4"},
    "TOUCH_RST": {"J2 RST", "D7 IO1"},
    "TOUCH_INT": {"J2 INT", "D7 IO2"},
    "PANEL_DC": {"R19 1"},
    "PANEL_CS": {"R18 1"},
    "PANEL_CLK": {"R16 1"},
    "PANEL_MOSI": {"R17 1"},
    "PANEL_RST": {"J1 RES#", "J3 RES"},
    "PANEL_BUSY": {"J1 BUSY", "J3 BUSY", "TP6 1"},
    "HOOK": {"R7 2", "R8 1", "C13 1"},
    "CHARGE": {"Q4 G", "R11 1"},
    "CELL_SENSE": {"R12 2", "R13 1", "C16 1"},
}
SUPPLY = {
    "VBUS": {"TP1 1", "R9 1", "R14 1", "D9 A2"},
    "VSYS": {"TP2 1", "D2 K", "Q2 S", "Q3 S", "R10 1"},
    "3V3_OUT": {"TP5 1", "J1 VDDIO", "J1 VCI", "J2 VDD", "J3 3.3V", "L1 1", "R3 2", "R4 2", "R7 1"}
    | {"C2 1", "C3 1", "C12 1", "D7 VCC", "D8 VCC"},
    "GND": {"TP4 1", "C1 -", "R2 2", "R5 2", "R6 2", "D5 K", "D6 A1", "SW1 2", "SW2 2", "SW3 2", "J4 COMMON"}
    | {"J1 VSS", "J1 BS1", "J1 shell", "J2 GND", "J2 shell", "J3 GND"}
    | {"R9 2", "D9 A1", "Q4 S", "R11 2", "R13 2", "R15 2", "D7 GND", "D8 GND"}
    | {f"C{number} 2" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16)},
}
INSIDE = {
    "hold-up: the cell": {"R1 2", "D2 A", "C1 +", "TP3 1", "R12 1"},
    "hold-up: charger": {"Q2 D", "R1 1"},
    "hold-up: its gate": {"Q2 G", "R10 2", "Q4 D", "R15 1"},
    "hold-up: bleed": {"Q3 D", "R2 1"},
    "hold-up: its gate, held off by VBUS": {"Q3 G", "R14 2"},
    "panel: DC": {"R19 2", "J1 D/C#", "J3 D/C"},
    "panel: CS": {"R18 2", "J1 CS#", "J3 CS"},
    "panel: CLK": {"R16 2", "J1 SCL", "J3 SCK"},
    "panel: MOSI": {"R17 2", "J1 SDA", "J3 SDI"},
    "hook: the socket": {"R8 2", "D6 A2", "J4 CONTACT"},
    "booster: switch": {"L1 2", "Q1 D", "C11 1", "D3 A"},
    "booster: gate": {"J1 GDR", "Q1 G", "R6 1"},
    "booster: current": {"J1 RESE", "Q1 S", "R5 1"},
    "booster: pump": {"C11 2", "D4 K", "D5 A"},
    "VGH": {"D3 K", "C8 1", "C14 1", "J1 VGH"},
    "VGL": {"D4 A", "C9 1", "C15 1", "J1 VGL"},
    "VDD": {"C4 1", "J1 VDD"},
    "VSH1": {"C5 1", "J1 VSH1"},
    "VSH2": {"C6 1", "J1 VSH2"},
    "VSL": {"C7 1", "J1 VSL"},
    "VCOM": {"C10 1", "J1 VCOM"},
}


def read_nets(file: Path) -> dict[str, Net]:
    """Name of each net -> its ends."""
    nets = {}
    for net in ET.parse(file).iter("net"):
        ends = set()
        for node in net.iter("node"):
            ref, pin, name = (node.attrib.get(word, "") for word in ("ref", "pin", "pinfunction"))
            # KiCad adds the pin number to a name that occurs twice in a part.
            name = name.removesuffix(f"_{pin}")
            ends.add(f"{ref} {pin if ref == 'U1' or name in ('', '~') else name}")
        nets[net.attrib["name"]] = frozenset(ends)
    return nets


@pytest.fixture(scope="module")
def nets() -> dict[str, Net]:
    return read_nets(EXPORTS / "netlist.xml")


def faults(nets: Mapping[str, Net], pins: Mapping[str, Any] = PINS) -> list[str]:
    """Differences of the netlist from the pin map and the circuits above."""
    wanted = {}
    for name, signal in {**pins["signal"], **pins["carrier"]}.items():
        if "header" in signal:  # the others are wired on the Pico
            wanted[name] = {f"U1 {signal['header']}"} | SIGNALS[name]
    for name, numbers in pins["supply"].items():
        wanted[name] = {f"U1 {number}" for number in numbers} | SUPPLY[name]
    wrong = [
        f"{name}: {sorted(nets.get(name, frozenset()) ^ ends)}"
        for name, ends in wanted.items()
        if nets.get(name, frozenset()) != ends
    ]
    rest = [ends for name, ends in nets.items() if name not in wanted and len(ends) > 1]
    wrong += [f"{name} is not there" for name, ends in INSIDE.items() if ends not in rest]
    wrong += [f"besides: {sorted(ends)}" for ends in rest if ends not in INSIDE.values()]
    joined = {end for ends in nets.values() if len(ends) > 1 for end in ends}
    wrong += [f"U1 {number} is wired" for number in pins["forbidden"]["RUN"] if f"U1 {number}" in joined]
    return wrong


def swapped(nets: Mapping[str, Net], one: str, other: str) -> dict[str, Net]:
    """The netlist with these two ends exchanged."""
    turn = {one: other, other: one}
    return {name: frozenset(turn.get(end, end) for end in ends) for name, ends in nets.items()}


def test_each_signal_and_supply_reaches_its_pin_and_nothing_else(nets: dict[str, Net]) -> None:
    assert faults(nets) == []
    assert len({end for ends in nets.values() for end in ends if end.startswith("U1 ")}) == 40


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("U1 9", "U1 10"),  # SDA and SCL at the Pico
        ("J1 CS#", "J1 D/C#"),
        ("SW1 1", "SW2 1"),  # WIPE and AWAY
        ("U1 39", "U1 40"),  # VSYS and VBUS
        ("U1 29", "U1 30"),  # HOOK on RUN
        ("D2 A", "D2 K"),
        ("C1 +", "C1 -"),
        ("D5 A", "D5 K"),
        ("J1 VGH", "J1 VGL"),
        ("Q2 S", "Q2 D"),  # charger
        ("Q3 S", "Q3 G"),  # bleed
        ("R9 1", "R10 1"),  # VBUS and VSYS
        ("R16 1", "R17 1"),
        ("D7 IO1", "D7 VCC"),
    ],
)
def test_a_swapped_pair_is_found(nets: dict[str, Net], one: str, other: str) -> None:
    assert {one, other} <= {end for ends in nets.values() for end in ends}
    assert faults(swapped(nets, one, other)) != []


def test_other_faults_are_found(nets: dict[str, Net]) -> None:
    run = {**nets, "GND": nets["GND"] | {"U1 30"}}
    assert "U1 30 is wired" in faults(run)
    lost = {name: ends for name, ends in nets.items() if name != "HOOK"}
    assert [fault for fault in faults(lost) if fault.startswith("HOOK: ")]
    moved = {**PINS, "signal": {**PINS["signal"], "HOOK": {"header": 31}}}
    assert faults(nets, moved) == ["HOOK: ['U1 29', 'U1 31']"]


def fields() -> dict[str, dict[str, str]]:
    """Part -> its value and the fields of its symbol."""
    found = {}
    for part in ET.parse(EXPORTS / "netlist.xml").iter("comp"):
        extra = {field.attrib["name"]: field.text or "" for field in part.iter("field")}
        found[part.attrib["ref"]] = {**extra, "Value": part.findtext("value", "")}
    return found


def rows(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        found = {row["ref"]: row for row in csv.DictReader(text)}
    assert found
    return found


def test_the_drawn_hold_up_has_the_values_of_the_sizing() -> None:
    sizing = load_script(HARDWARE / "hold-up" / "sizing.py")
    drawn = fields()
    assert drawn["R1"]["Value"] == f"{sizing.CHARGE_OHMS:.0f} ohm 1 W"
    assert drawn["R2"]["Value"] == f"{sizing.BLEED_OHMS:.0f} ohm 0.5 W"
    assert drawn["C1"]["Value"] == f"{sizing.C} F {sizing.RATED_V} V"
    assert drawn["C1"]["ESR"] == f"{sizing.ESR} ohm"
    assert drawn["R9"]["Value"] == f"{sizing.VBUS_OHMS / 1_000} kohm"
    assert {drawn[ref]["Value"] for ref in ("R12", "R13")} == {f"{sizing.SENSE_OHMS / 2_000:.0f} kohm"}
    # The ratings are above what the sizing calculates.
    assert sizing.HIGHEST_V**2 / sizing.CHARGE_OHMS < 1.0
    assert sizing.HIGHEST_V**2 / sizing.BLEED_OHMS < 0.5
    assert sizing.HIGHEST_V < sizing.RATED_V
    page = (HARDWARE / "hold-up" / "README.md").read_text(encoding="utf-8")
    points = re.findall(r"^\| (TP\d+)", page, flags=re.MULTILINE)
    assert points == sorted(ref for ref in drawn if ref.startswith("TP"))


def test_the_bill_of_materials_matches_the_sheets() -> None:
    by_hand, drawn = rows(HARDWARE / "bom" / "carrier.csv"), rows(EXPORTS / "bom.csv")
    # KiCad groups by value, and each key has its name as value.
    keys = [drawn.pop(ref) for ref in ("SW1", "SW2", "SW3")]
    assert len({(key["number"], key["part"]) for key in keys}) == 1
    drawn["SW1 SW2 SW3"] = {**keys[0], "quantity": "3"}
    assert set(by_hand) == set(drawn)
    for ref, row in drawn.items():
        for column in ("maker", "number", "quantity"):
            assert by_hand[ref][column] == row[column], (ref, column)
        assert int(row["quantity"]) == len(ref.split())
        assert (
            row["part"].removesuffix(", ESR 0.38 ohm").removesuffix(" on pin headers") in by_hand[ref]["part"]
        )
    # The hand-wired pad has the same hold-up.
    for ref in ("C1", "D2", "R1", "R2"):
        for column in ("part", "maker", "number", "quantity"):
            assert by_hand[ref][column] == rows(HARDWARE / "bom" / "reference.csv")[ref][column]


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        (EXPORTS / "carrier.svg", {"U1A", "J2", "J4", "SW1", "R3", "D7", "D8", *SIGNALS}),
        (
            EXPORTS / "panel.svg",
            {"J1", "J3", "Q1", "L1", "D5", "C11", "C14", "R16", "TP6", "2.2 ohm", "47 uH"},
        ),
        (
            HARDWARE / "hold-up" / "schematic.svg",
            {"C1", "R1", "R2", "D2", "R9", "Q2", "Q3", "TP1", "TP5", "33 ohm 1 W", "1N5819", "4.7 kohm"},
        ),
    ],
)
def test_the_pictures_show_the_parts(picture: Path, shown: set[str]) -> None:
    text = {item.text for item in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")}
    assert shown <= text
    assert "R99" not in text


def test_the_exports_are_up_to_date_with_the_sheets() -> None:
    export = load_script(CARRIER / "export.py")
    assert (EXPORTS / "SHA256SUMS").read_text(encoding="utf-8") == export.sums(CARRIER), "run ./dev hardware"
    assert (
        (EXPORTS / "erc.txt").read_text(encoding="utf-8").endswith("ERC messages: 0  Errors 0  Warnings 0\n")
    )
    assert "Found 0 DRC violations" in (EXPORTS / "drc.txt").read_text(encoding="utf-8")
    assert "Found 0 unconnected pads" in (EXPORTS / "drc.txt").read_text(encoding="utf-8")
    assert (EXPORTS / "carrier.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
@with_kicad
def test_the_rules_check_passes_and_a_fault_fails_it(tmp_path: Path, nets: dict[str, Net]) -> None:
    export = load_script(CARRIER / "export.py")
    copy = tmp_path / "carrier"
    shutil.copytree(CARRIER, copy, ignore=shutil.ignore_patterns("exports"))
    assert export.check_sheets(copy, tmp_path / "clean.txt")
    export.netlist(copy, tmp_path / "netlist.xml")
    assert (tmp_path / "netlist.xml").read_text() == (EXPORTS / "netlist.xml").read_text()
    sheet = copy / "carrier.kicad_sch"
    drawn = sheet.read_text(encoding="utf-8")
    open_pin = re.sub(r"\n\t\(no_connect\n.*?\n\t\)", "", drawn, count=1, flags=re.DOTALL)
    assert open_pin != drawn
    sheet.write_text(open_pin, encoding="utf-8")
    assert not export.check_sheets(copy, tmp_path / "faults.txt")
    assert "pin_not_connected" in (tmp_path / "faults.txt").read_text(encoding="utf-8")
