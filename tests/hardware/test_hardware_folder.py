"""test_hardware_folder: bills of materials, the hold-up sizing and the pages that quote it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from scripts import load_script

HARDWARE = Path(__file__).parents[2] / "hardware"
COLUMNS = ["ref", "part", "maker", "number", "quantity", "note", "alternatives", "open question"]


@pytest.fixture(scope="module")
def sizing() -> ModuleType:
    return load_script(HARDWARE / "hold-up" / "sizing.py")


def bill(name: str) -> dict[str, dict[str, str]]:
    with (HARDWARE / "bom" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(list(row) == COLUMNS and None not in row.values() for row in rows)
    found = {row["ref"]: row for row in rows}
    assert len(found) == len(rows), "one row per reference"
    return found


@pytest.mark.parametrize(("name", "elsewhere"), [("reference", {"HOLD_UP"}), ("starter", set())])
def test_every_wired_part_is_in_the_bill(name: str, elsewhere: set[str]) -> None:
    parts = bill(name)
    wiring = yaml.safe_load((HARDWARE / "wiring" / f"{name}.yml").read_text(encoding="utf-8"))
    assert set(wiring["connectors"]) - set(parts) == elsewhere
    for row in parts.values():
        assert re.fullmatch(r"[1-9]\d*( m)?", row["quantity"]), row
        assert row["maker"] != "any" or not row["number"] or row["ref"] == "D2"
    assert any(row["open question"] for row in parts.values())


def test_the_bill_has_the_values_of_the_sizing(sizing: ModuleType) -> None:
    parts = bill("reference")
    assert f" {sizing.C} F," in parts["C1"]["part"]
    assert f" {sizing.CHARGE_OHMS:.0f} ohm," in parts["R1"]["part"]
    assert f" {sizing.BLEED_OHMS:.0f} ohm," in parts["R2"]["part"]


def test_the_pages_quote_the_sizing(sizing: ModuleType) -> None:
    page = (HARDWARE / "hold-up" / "README.md").read_text(encoding="utf-8")
    tables = (sizing.corner_rows(), sizing.refresh_rows(), sizing.circuit_rows(), sizing.sense_rows())
    for rows in tables:
        assert len(rows) > 4
        assert "\n".join(rows) in page, "run sizing.py and put its tables into README.md"


def test_the_second_board_keeps_the_limits_of_usb(sizing: ModuleType) -> None:
    assert sizing.HIGHEST_V < sizing.RATED_V
    pad_ma = 1_000 * sizing.CORNERS[0].load_w / sizing.HIGHEST_V
    charger_ma = 1_000 * sizing.HIGHEST_V / sizing.CHARGE_OHMS
    assert pad_ma + sizing.idle_ma(5.5) < 100.0
    assert pad_ma + sizing.idle_ma(5.5) + charger_ma < 250.0
    assert sizing.idle_ma(5.5) < 2.5
    # The first board, by the same figures, keeps neither limit.
    bleed_ma = 1_000 * sizing.HIGHEST_V / sizing.BLEED_OHMS
    assert bleed_ma > 2.5
    assert pad_ma + charger_ma + bleed_ma > 100.0


def test_only_the_right_cell_lasts_for_the_wipe(sizing: ModuleType) -> None:
    need = sizing.REFRESHES["whole wipe"]
    assert all(sizing.hold_s(corner) > need for corner in sizing.CORNERS)
    assert all(sizing.hold_s(corner) < need for corner in sizing.WRONG)
    worst = sizing.CORNERS[-1]
    assert sizing.hold_s(worst) == min(sizing.hold_s(corner) for corner in sizing.CORNERS)
    # Series resistance alone makes it insufficient.
    assert sizing.hold_s(replace(worst, ohms=10.0)) < need


def test_the_energy_adds_up(sizing: ModuleType) -> None:
    # Without ESR, the cell gives what pad, bleed resistor and diode take.
    corner = replace(sizing.CORNERS[0], ohms=0.0)
    curve = list(sizing.discharge(corner))
    bleed = sum(volts**2 / sizing.BLEED_OHMS * sizing.STEP_S for _, volts in curve)
    diode = sum(
        sizing.DIODE_V * (corner.load_w / volts + volts / sizing.BLEED_OHMS) * sizing.STEP_S
        for _, volts in curve
    )
    taken = sizing.joules(corner, curve[-1][0]) + bleed + diode
    low = sizing.EMPTY_V + sizing.DIODE_V
    assert taken == pytest.approx(0.5 * corner.farads * (corner.full_v**2 - low**2), rel=0.005)
