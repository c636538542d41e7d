"""test_hold_up_cell: the sealed image reads the cell, takes no note before it is charged, and charges it as USB
allows."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fast_part import fast
from kesu.emulator import scenario
from kesu.emulator.board.analog import CODES, PULL_OHMS, REFERENCE_V, Analog
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain import ensure
from scenes import Written

BOARDS = ("pico", "pico2")
VSYS_V = 4.6
WIPE_MS = 2_500.0
LOOKS_MS = 1_200.0
"""A pad at rest wakes once a second."""


@pytest.fixture(params=fast(BOARDS, "pico"))
def pad(request: pytest.FixtureRequest) -> VirtualPad:
    """A pad without power."""
    image = ensure("sealed", board=request.param)
    return VirtualPad(image.uf2, elf=image.elf)


def writes(pad: VirtualPad) -> bool:
    """Whether a stroke becomes a note."""
    pad.pen.write([[(115.0, 90.0), (150.0, 110.0)]], 300.0)
    pad.run_for(1_000.0)
    return bool(pad.host.serial_state.dcd)


@pytest.mark.parametrize(("cell_v", "takes"), [(0.3, False), (3.65, False), (3.75, True), (4.6, True)])
def test_a_pad_takes_notes_from_3_7_volts_on(pad: VirtualPad, cell_v: float, takes: bool) -> None:
    pad.wiring.set_analog(cell_v, VSYS_V)
    scenario.start(pad)
    assert writes(pad) is takes


def test_a_board_without_a_cell_takes_notes(pad: VirtualPad) -> None:
    pad.wiring.open_cell()
    scenario.start(pad)
    assert writes(pad)


@pytest.mark.slow
def test_the_pen_is_on_as_soon_as_the_cell_is_charged(pad: VirtualPad) -> None:
    pad.wiring.set_analog(1.0, VSYS_V)
    scenario.start(pad)
    pad.run_for(3_000.0)
    pad.wiring.set_analog(3.75, VSYS_V)
    pad.run_until(lambda: not pad.host.serial_state.dsr, 2_000.0)
    pad.run_until(lambda: pad.host.serial_state.dsr, 3_000.0)
    assert writes(pad)


@pytest.mark.slow
def test_a_cell_that_falls_during_a_note_changes_nothing_until_its_wipe(
    on_written: Callable[..., Any],
) -> None:
    def play(written: Written) -> tuple[bool, bool, bool]:
        pad = written.pad
        pad.wiring.set_analog(2.0, VSYS_V)
        pad.run_for(3_000.0)
        kept = pad.host.serial_state.dcd
        pad.keys["WIPE"].press()
        pad.run_for(2_500.0)
        return kept, pad.host.serial_state.dsr, writes(pad)

    assert on_written(play) == (True, True, False)


@pytest.mark.slow
def test_the_charger_is_on_from_the_configuration_to_the_suspend(pad: VirtualPad) -> None:
    scenario.start(pad)
    pad.run_for(LOOKS_MS)
    assert pad.wiring.charges
    pad.host.suspend()
    pad.run_for(WIPE_MS)
    assert not pad.wiring.charges
    pad.host.resume()
    pad.run_for(WIPE_MS)
    assert pad.wiring.charges


@pytest.mark.slow
def test_the_charger_is_off_until_a_host_had_its_time_and_on_without_one(pad: VirtualPad) -> None:
    pad.host.detach()
    pad.power_on()
    pad.wiring.set_vbus(True)
    pad.run_for(1_500.0)
    assert not pad.wiring.charges
    pad.run_for(2_000.0)
    assert pad.wiring.charges


def test_an_open_pin_follows_its_pulls_and_a_divider_does_not() -> None:
    register = [0]
    inputs = Analog([0] * 5, lambda _gpio: register[0])
    inputs.open(0)
    readings = []
    for register[0] in (1 << 3, 1 << 2, 0):
        readings.append(inputs[0])
    assert readings == [CODES - 1, 0, 0], "up, down, and then it stays"
    inputs.connect(0, 2.0, 50_000.0)
    register[0] = 0
    assert inputs[0] == int(2.0 / REFERENCE_V * CODES)
    register[0] = 1 << 3
    pulled = (2.0 / 50_000.0 + REFERENCE_V / PULL_OHMS) / (1 / 50_000.0 + 1 / PULL_OHMS)
    assert inputs[0] == int(pulled / REFERENCE_V * CODES)
    assert (inputs[:1], list(inputs)) == ([inputs[0]], [0] * 5), "looking leaves the state as it was"
    inputs[0] = 77
    assert inputs[0] == 77
    inputs[:2] = [5, 6]
    assert (inputs[0], inputs[1]) == (5, 6)
