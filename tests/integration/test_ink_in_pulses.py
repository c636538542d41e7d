"""test_ink_in_pulses: what the sealed image makes of temperature, and of controllers that are slow or stubborn."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.images import toolchain
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import PANELS
from kesu.spec.waveforms import SPEC, Class

pytestmark = pytest.mark.slow

RUNGS = {
    "pulses": Chip(),
    "whole drives": Chip(overhead_ns=60 * NS_PER_MS),
    "waveforms of the OTP": Chip(reloads=True),
    "waveforms of the OTP, loaded each time": Chip(needs_enable=True),
}
WHITE_TONE = 0.96
"""A film comes back a little after a drive."""
CONTROLS = {
    "pulses": {0x0C},
    "whole drives": {0xCC},
    "waveforms of the OTP": {0xFC, 0x1C},
    "waveforms of the OTP, loaded each time": {0xFC},
}


def started(panel: str, change: Callable[[VirtualPad], None]) -> VirtualPad:
    """A pad whose panel was changed before it started."""
    pad = VirtualPad(toolchain.build(BuildRequest(panel=panel)).uf2, seed=1)
    change(pad)
    scenario.start(pad)
    pad.run_for(500.0)
    return pad


def line_of(pad: VirtualPad) -> tuple[list[tuple[float, float]], tuple[slice, slice]]:
    """A stroke, and the pixels in the middle of it."""
    width, height = pad.glass.width, pad.glass.height
    row = round(0.4 * height)
    return [(0.2 * width, row), (0.8 * width, row)], (
        slice(row, row + 1),
        slice(round(0.3 * width), round(0.7 * width)),
    )


@pytest.mark.parametrize("panel", [*PANELS])
@pytest.mark.parametrize("rung", [*RUNGS])
def test_ink_and_wipe_are_right_on_every_rung(panel: str, rung: str) -> None:
    pad = started(panel, lambda pad: setattr(pad.panel, "chip", RUNGS[rung]))
    stroke, middle = line_of(pad)
    before = len(pad.panel.refreshes)
    pad.run_for(pad.pen.write([stroke], 300.0) + 900.0)
    made = {each.control for each in pad.panel.refreshes[before:] if each.waveform is not None}
    assert made <= CONTROLS[rung] | {0xCC}
    assert made & CONTROLS[rung]
    assert (pad.glass.reflectance[middle] < 0.1).all()
    pad.keys["WIPE"].tap()
    pad.run_for(pad.panel.film.power_on_ns / NS_PER_MS + 2_600.0)
    assert (pad.glass.reflectance[middle] > WHITE_TONE).all()
    if not PANELS[panel].turned:  # beside the glass of the other one both planes keep what the wipe filled in
        assert bytes(pad.panel.bw) == bytes(pad.panel.red)
    assert pad.host.serial_state.dsr
    assert [str(error) for error in pad.panel.errors] == []


def class_of(panel: str, celsius: float) -> Class:
    classes = SPEC.classes_of(SPEC.chips[PANELS[panel].controller])
    return next((each for each in classes if celsius >= each.from_c), classes[-1])


@pytest.mark.parametrize("panel", [*PANELS])
@pytest.mark.parametrize("celsius", [33.0, 16.0, 7.0])
def test_the_pad_reads_the_temperature_from_the_panel(panel: str, celsius: float) -> None:
    pad = started(panel, lambda pad: setattr(pad.panel, "temperature_c", celsius))
    each = class_of(panel, celsius)
    hz = SPEC.chips[PANELS[panel].controller].hz
    dark, page = [one for one in pad.panel.refreshes if one.waveform is not None][:2]
    assert dark.duration_ms == pytest.approx(1000 * each.unit / hz + 6, abs=2)
    assert page.duration_ms == pytest.approx(1000 * each.page / hz + 6, abs=2)
    stroke, middle = line_of(pad)
    before = len(pad.panel.refreshes)
    pad.pen.write([[stroke[0], (stroke[0][0] + 1.0, stroke[0][1])]], 300.0)
    pad.run_for(1_500.0)
    pulses = pad.panel.refreshes[before:]
    assert len(pulses) == pytest.approx(each.pulses, abs=1)
    assert pulses[-1].duration_ms == pytest.approx(1000 * each.pulse / hz + 6, abs=1)
    pad.panel.temperature_c = 25.0
    pad.keys["WIPE"].tap()
    pad.run_for(2_500.0)
    warmer, (cold, page) = class_of(panel, 25.0), pad.panel.refreshes[-2:]
    assert (cold.control, page.control) == (0xCC, 0x0C)
    assert cold.duration_ms == pytest.approx(1000 * warmer.unit / hz + 102, abs=2)
    assert page.duration_ms == pytest.approx(1000 * warmer.page / hz + 6, abs=2)
    assert np.asarray(pad.glass.reflectance[middle]).min() > 0.97
