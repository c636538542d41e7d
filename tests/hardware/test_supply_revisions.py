"""test_supply_revisions: what the two boards' supplies do by temperature, port, chip and charge.

Each cure of the second board stands beside the same case on the first, which has the fault.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace

import pytest
from kesu.emulator.board.revision import (
    BEYOND,
    DOCK,
    FIRST,
    HARD_PLACES,
    HUB,
    MBR120,
    PLACES,
    PMEG6010,
    RP2040,
    RP2350_A2,
    RP2350_A4,
    SECOND,
    VIL_V,
    Place,
    Revision,
)
from kesu.verify.faults.charge import charger_places, setup
from kesu.verify.faults.hold_up import READY_V, REFERENCE, WIPE_S, WORST, Capacitor

E9_OHMS = 8_200.0
"""The erratum is overcome by this or less (RP2350 datasheet, RP2350-E9)."""


def test_the_pull_down_meets_the_erratum_on_the_second_board_only() -> None:
    assert FIRST.pull_down_ohms() == 10_000.0
    assert FIRST.pull_down_ohms() > E9_OHMS
    assert SECOND.pull_down_ohms() == pytest.approx(5_074.0, abs=1.0)
    place = Place(RP2350_A2, PMEG6010)
    assert FIRST.sense(place).falls_ms is None
    assert SECOND.sense(place).falls_ms == 0.0
    assert FIRST.sense(replace(place, chip=RP2350_A4)).falls_ms == 0.0


def test_the_model_gives_the_published_figures() -> None:
    cold = Place(RP2040, MBR120)
    assert FIRST.rests_v(cold) == pytest.approx(
        0.42 * 10_000 / 15_600, abs=0.01
    )  # pico-feedback #391: 0.42 V on VBUS
    hub = Place(RP2350_A4, PMEG6010, HUB)
    assert FIRST.sense(hub).falls_ms == pytest.approx(2_440.0, abs=60.0)
    assert SECOND.sense(hub).falls_ms == pytest.approx(566.0, abs=15.0)
    assert MBR120.leaks(45.0) == pytest.approx(4 * MBR120.leaks(25.0))


@pytest.mark.parametrize(("board", "most_c"), [(FIRST, 40.7), (SECOND, 61.8)])
def test_the_diode_limits_the_temperature(board: Revision, most_c: float) -> None:
    at = [celsius / 10 for celsius in range(250, 800)]
    reads_0 = [c for c in at if board.sense(Place(RP2040, MBR120, celsius=c)).falls_ms is not None]
    assert max(reads_0) == pytest.approx(most_c, abs=0.2)
    assert reads_0 == at[: len(reads_0)]


def test_more_leakage_and_more_farads_are_slower() -> None:
    ports = [SECOND.sense(Place(RP2040, MBR120, port, 25.0)).falls_ms for port in (HUB, DOCK)]
    hot = SECOND.sense(Place(RP2040, MBR120, DOCK, 50.0)).falls_ms
    assert ports[0] is not None
    assert ports[1] is not None
    assert hot is not None
    assert 0.0 < ports[0] < ports[1] < hot


def test_the_second_board_shows_every_unplug_it_is_made_for() -> None:
    assert all(SECOND.sense(place).falls_ms is not None for place in PLACES + HARD_PLACES)
    assert sum(FIRST.sense(place).falls_ms is None for place in PLACES + HARD_PLACES) >= 4
    assert SECOND.sense(BEYOND).falls_ms is None, "erratum and leakage together"
    assert SECOND.rests_v(BEYOND) > VIL_V


def test_the_pessimistic_setup_is_harder() -> None:
    usual, hard = setup(), setup(pessimistic=True)
    assert set(usual.places) < set(hard.places)
    assert hard.cell.hold_s(hard.cell.load * 0.2164) < usual.cell.hold_s() / 4
    assert setup(FIRST).suffix == ", first board"
    assert usual.suffix == ""
    assert len(charger_places(hard)) > len(charger_places(usual)) >= 4


def test_the_threshold_carries_a_whole_wipe_in_the_worst_case() -> None:
    assert WORST.enough_v() < READY_V < WORST.full_v
    assert REFERENCE.enough_v() < READY_V
    load_w = WORST.load * 0.2164
    assert replace(WORST, full_v=READY_V).hold_s(load_w) > WIPE_S
    assert replace(WORST, full_v=READY_V - 0.2).hold_s(load_w) < WIPE_S
    assert Capacitor(0.33, 150.0).enough_v() == pytest.approx(4.6, abs=0.01), "a coin cell never has enough"


def test_charging_follows_the_resistor() -> None:
    assert REFERENCE.charged_v(0.0) == 0.0
    assert REFERENCE.charged_v(1_000.0) == pytest.approx(REFERENCE.full_v)
    for seconds in (1.0, 8.0, 30.0):
        assert REFERENCE.charging_s(REFERENCE.charged_v(seconds)) == pytest.approx(seconds)
    assert REFERENCE.charging_s(REFERENCE.enough_v()) == pytest.approx(16.0, abs=0.6)
