"""test_pad_scenario: booting, restarting and writing on a pad, and a pad that is never ready."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu.common.errors import Exit
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import (
    NotReady,
    boot_pad,
    power_cycle,
    ready,
    settle,
    start,
    wait_ready,
    write,
)
from pad_images import SLEEP_WFI, image

STROKE = [[(60.0, 60.0), (120.0, 80.0)]]


def test_a_booted_pad_is_ready_on_a_pc_that_holds_dtr(blank_pad: VirtualPad) -> None:
    assert blank_pad.host.enumerated
    assert blank_pad.host.dtr
    assert blank_pad.host.serial_state.dsr


def test_a_port_that_stays_closed_holds_no_dtr(blank_pad: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bool, bool, bool, float]:
        pad.unplug()
        pad.run_for(50.0)
        before = pad.now_ms
        started = start(pad, line=False)
        return pad.host.dtr, pad.host.serial_state.dsr, started.enumerated_ms < started.ready_ms, before

    dtr, dsr, in_order, before = fork_run(blank_pad, scenario)
    assert (dtr, dsr, in_order) == (False, True, True)
    assert before > 0.0


def test_a_pad_is_ready_again_after_a_power_cycle(blank_pad: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[bool, bool]:
        power_cycle(pad, 50.0)
        at_once = bool(pad.host.serial_state.dsr)
        ready(pad)
        return at_once, bool(pad.host.serial_state.dsr)

    assert fork_run(blank_pad, scenario) == (False, True)


def test_a_pad_without_power_is_started_by_ready(blank_pad: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> bool:
        pad.unplug()
        ready(pad)
        return bool(pad.host.serial_state.dsr)

    assert fork_run(blank_pad, scenario)


def test_all_ink_is_on_the_glass_after_writing(blank_pad: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[int, bool, bool, list[float]]:
        parts: list[float] = []
        blank = pad.panel.page()
        write(pad, STROKE, progress=parts.append)
        settled = pad.panel.busy
        pad.pen.write(STROKE, 260.0)
        pad.run_for(330.0)
        writing = pad.panel.busy
        settle(pad)
        inked = int(((pad.panel.page() == 0) & (blank == 1)).sum())
        return inked, settled, writing and not pad.panel.busy, parts

    inked, busy, waited, parts = fork_run(blank_pad, scenario)
    assert inked > 50
    assert not busy
    assert waited, "settle has waited for a refresh that was running"
    assert parts[-1] == pytest.approx(1.0)


def test_an_image_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="does not say READY") as refused:
        boot_pad(image(tmp_path, SLEEP_WFI), panel="4in2", within_ms=200.0)
    assert refused.value.code == Exit.DATA


def test_a_wait_for_ready_ends_at_its_limit(tmp_path: Path) -> None:
    pad = VirtualPad(image(tmp_path, SLEEP_WFI), panel="4in2")
    pad.power_on()
    with pytest.raises(EmulationTimeout):
        wait_ready(pad, 100.0)
    assert pad.now_ms == pytest.approx(100.0)
