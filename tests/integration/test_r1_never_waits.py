"""test_r1_never_waits: the note is zero within 5 ms of an event or a fault, whatever the pad is doing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from fast_part import fast
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.wiring import PANEL_BUSY
from kesu.emulator.chips.rp2040.xip_cache import MISS_CYCLES
from kesu.verify.search import measure, on_glass
from scenes import WATCH_MS, Written, zero_after

R1_MS = 5.0


def wipe_key(pad: VirtualPad) -> None:
    pad.keys["WIPE"].press()


def touch_silent(pad: VirtualPad) -> None:
    """The chip stops answering; the firmware notices at its next report."""
    pad.touch.i2c_start = lambda address, read: False  # type: ignore[method-assign]
    reports = pad.touch.reports
    pad.touch.finger(200.0, 150.0)
    pad.run_until(lambda: pad.touch.reports > reports, 50.0, 0.05)
    pad.touch.lift()


def page_turned(pad: VirtualPad) -> None:
    pad.keys["MODE"].press()
    pad.run_for(799.0)


def page_shown(pad: VirtualPad) -> None:
    page_turned(pad)
    pad.run_until(lambda: pad.panel.busy, 100.0, 0.5)
    pad.run_until(lambda: not pad.panel.busy, 600.0, 0.2)


def undone(pad: VirtualPad) -> None:
    pad.touch.finger(12.0, pad.glass.height - 14.0)
    pad.run_for(4.0)


def ring_closed(pad: VirtualPad) -> None:
    """The eraser has drawn a ring around nearly all of the page and is lifted; 60 ms later the ring is erased."""
    pad.keys["MODE"].tap()
    pad.run_for(900.0)
    middle, half = (pad.glass.width / 2, (pad.glass.height - 30) / 2), 0.45
    for number in range(41):
        angle = number / 40 * 2 * math.pi
        pad.touch.finger(
            middle[0] + half * pad.glass.width * math.cos(angle),
            middle[1] + 0.98 * middle[1] * math.sin(angle),
        )
        pad.run_for(11.0)
    pad.touch.lift()
    pad.run_for(40.0)


def sign(pad: VirtualPad) -> None:
    pad.host.write(b"M")


STAGES: dict[str, tuple[Callable[[VirtualPad], None], tuple[float, ...]]] = {
    "a page is sent": (page_turned, (2.0, 5.3, 9.1, 15.7, 19.0)),
    "a shown page is written to both planes": (page_shown, (0.3, 4.1, 9.7, 17.2, 24.9, 31.0)),
    "undo is sent": (undone, (3.1, 8.6, 14.2)),
    "a ring is erased": (ring_closed, (16.0, 19.4, 22.8, 26.1, 30.3, 40.2)),
    "a sign is drawn": (sign, (0.6, 1.7, 2.9, 4.2)),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "miss_cycles", fast([0, MISS_CYCLES], MISS_CYCLES), ids=["flash in cache", "flash with misses"]
)
@pytest.mark.parametrize("happens", [wipe_key, touch_silent])
@pytest.mark.parametrize("stage", fast(STAGES, "a page is sent", "a sign is drawn"))
def test_the_note_is_zero_in_5_ms_while(
    stage: str,
    happens: Callable[[VirtualPad], None],
    miss_cycles: int,
    on_written: Callable[..., Any],
    record_property: Callable[[str, object], None],
) -> None:
    lead_up, offsets_ms = STAGES[stage]

    def scenario(offset_ms: float) -> Callable[[Written], float]:
        def run(written: Written) -> float:
            pad = written.pad
            if pad.emulator.thumb is not None:
                pad.emulator.thumb.state.xip_miss_cycles = miss_cycles
            lead_up(pad)
            pad.run_for(offset_ms)
            assert not measure.owners_blank(pad, written.reference)
            happens(pad)
            return zero_after(written)

        return run

    times = [on_written(scenario(offset_ms)) for offset_ms in offsets_ms]
    record_property("R1 ms", max(times))
    assert max(times) <= R1_MS, times


def stick(pad: VirtualPad) -> None:
    """The BUSY wire stays high; the panel itself works."""
    pad.panel.on_busy = lambda _level: None
    pad.emulator.mcu.gpio[PANEL_BUSY].set_input_value(True)


@pytest.mark.parametrize("later_ms", [5.0, 300.0, 598.0, 604.0, 610.0, 625.0])
def test_a_stuck_busy_wire_delays_no_event(later_ms: float, on_written: Callable[..., Any]) -> None:
    """It sticks during a waveform; the retry with resets begins 0.6 s later."""

    def scenario(written: Written) -> float:
        pad = written.pad
        pad.touch.finger(200.0, 150.0)
        pad.run_until(lambda: pad.panel.busy, 200.0, 0.5)
        pad.touch.lift()
        stick(pad)
        pad.run_for(later_ms)
        if not measure.owners_blank(pad, written.reference):
            wipe_key(pad)
        return zero_after(written)

    assert on_written(scenario) <= R1_MS


def test_a_busy_wire_stuck_at_rest_is_a_fault_at_the_next_ink(on_written: Callable[..., Any]) -> None:
    def scenario(written: Written) -> float:
        pad = written.pad
        stick(pad)
        pad.touch.finger(200.0, 150.0)
        pad.run_for(40.0)
        pad.touch.lift()
        return zero_after(written)

    assert on_written(scenario) < WATCH_MS


def test_no_command_is_sent_to_a_busy_panel_even_when_its_wire_sticks(on_written: Callable[..., Any]) -> None:
    """Silicon may drop commands while it is busy; the note would then stay on the glass."""

    def scenario(written: Written) -> tuple[float, float, list[str]]:
        pad = written.pad
        pad.panel.drops_when_busy = True
        stick(pad)
        pad.touch.finger(200.0, 150.0)
        pad.run_for(40.0)
        pad.touch.lift()
        pad.run_until(lambda: bool(pad.host.serial_state.ri), 100.0)
        fault = pad.now_ms
        pad.run_until(lambda: measure.planes_blank(pad, written.reference), 100.0, 0.2)
        white = pad.now_ms - fault
        pad.run_for(600.0 - white)
        return (
            white,
            on_glass.contrast(pad, written.ink, written.reference),
            [error.reason for error in pad.panel.errors],
        )

    white_ms, left, errors = on_written(scenario)
    assert white_ms <= 20.0
    assert left < 3.0, "the glass is white 0.6 s after the fault"
    assert errors == []
