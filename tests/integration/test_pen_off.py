"""test_pen_off: without a cable the pad takes no ink, whatever the VBUS pin reads; on a charger it does."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.power import FOLLOWS, VbusSense
from kesu.emulator.board.revision import FIRST, HUB, MBR120, PMEG6010, RP2040, RP2350_A2, RP2350_A4, Place
from kesu.emulator.core.fork import fork_run
from kesu.images.toolchain.request import BuiltImage
from scenes import Written

HOLD_UP_S = 10.0
LATCHED = FIRST.sense(Place(RP2350_A2, PMEG6010))
HOT_DIODE = FIRST.sense(Place(RP2040, MBR120, celsius=45.0))
HUB_OFF = FIRST.sense(Place(RP2350_A4, PMEG6010, HUB))
AFTER_WIPE_MS = 4_600.0
"""The bus falls silent at once, and a pin that is late begins a second wipe after 2.5 s."""


def black(pad: VirtualPad) -> int:
    """Dark pixels in the area of the test's stroke."""
    return int((pad.glass.reflectance[85:115, 110:160] < 0.5).sum())


def stroke(pad: VirtualPad) -> int:
    before = black(pad)
    pad.pen.write([[(115.0, 90.0), (150.0, 110.0)]], 300.0)
    pad.run_for(1_500.0)
    return black(pad) - before


@pytest.mark.parametrize("sense", [FOLLOWS, LATCHED, HUB_OFF, HOT_DIODE], ids=lambda sense: sense.name)
def test_an_unplugged_pad_takes_no_ink(sense: VbusSense, on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int]:
        pad = written.pad
        pad.wiring.vbus_sense = sense
        pad.unplug(HOLD_UP_S)
        pad.run_for(AFTER_WIPE_MS)
        return written.searcher.search(pad.sram).hits, stroke(pad)

    assert on_written(scenario) == (0, 0)


def test_a_replugged_pad_takes_ink(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> int:
        pad = written.pad
        pad.wiring.vbus_sense = LATCHED
        pad.unplug(HOLD_UP_S)
        pad.run_for(AFTER_WIPE_MS)
        pad.replug()
        pad.run_for(3_000.0)
        return stroke(pad)

    assert on_written(scenario) > 20


@pytest.mark.slow
def test_a_pad_moved_to_a_charger_within_the_hold_up_takes_ink(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> int:
        pad = written.pad
        pad.unplug(HOLD_UP_S)
        pad.run_for(AFTER_WIPE_MS)
        pad.replug()
        pad.host.detach()
        pad.run_for(3_000.0)
        return stroke(pad)

    assert on_written(scenario) > 20


@pytest.mark.slow
def test_the_pen_is_off_while_the_pc_sleeps(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> tuple[int, int]:
        pad = written.pad
        pad.host.suspend()
        pad.run_for(AFTER_WIPE_MS)
        asleep = stroke(pad)
        pad.host.resume()
        pad.run_for(3_000.0)
        return asleep, stroke(pad)

    asleep, awake = on_written(scenario)
    assert asleep == 0
    assert awake > 20


@pytest.mark.slow
def test_a_pad_started_on_a_charger_takes_ink(sealed: BuiltImage) -> None:
    pad = VirtualPad(sealed.uf2, elf=sealed.elf)
    pad.power_on()
    pad.run_for(3_000.0)
    assert fork_run(pad, stroke) > 20
