"""tour_breaks: scenes of the tour in which a part breaks or the power fails, and the repairs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.wiring import PANEL_BUSY
from kesu.emulator.scenario import ready, restore_touch, silence_touch
from kesu.verify.faults.moves import corner, line
from kesu.verify.scenes.scenario import Written

FAULT_MS = 12_000.0


def _until_restart(pad: VirtualPad, repair: Callable[[VirtualPad], None]) -> None:
    before = pad.emulator.watchdog_resets
    pad.run_until(lambda: pad.emulator.watchdog_resets > before, FAULT_MS, 5.0)
    repair(pad)
    ready(pad)


def room_temperature(pad: VirtualPad) -> None:
    """Repairs too_hot."""
    pad.panel.temperature_c = 25.0


def too_hot(written: Written) -> None:
    """No waveform matches the temperature: the panel skips the refresh, twice."""
    written.pad.panel.temperature_c = 90.0
    line(written.pad, corner(written.pad))
    _until_restart(written.pad, room_temperature)


def busy_follows(pad: VirtualPad) -> None:
    """Repairs stuck: the panel drives the pin again."""
    pin = pad.emulator.mcu.gpio[PANEL_BUSY]
    pad.panel.on_busy = pin.set_input_value
    pin.set_input_value(pad.panel.busy)


def stuck(written: Written) -> None:
    """BUSY stays high: the refresh never ends, and no reset helps."""
    pad = written.pad
    line(pad, corner(pad))
    pad.run_until(lambda: pad.panel.busy, 500.0)
    pad.panel.on_busy = lambda _: None
    _until_restart(pad, busy_follows)


def deaf(written: Written) -> None:
    """The touch chip does not answer."""
    silence_touch(written.pad)
    line(written.pad, corner(written.pad))
    _until_restart(written.pad, restore_touch)


def power_cut(written: Written) -> None:
    """No hold-up: the note is still on the glass when the pad starts again."""
    pad = written.pad
    pad.unplug()
    pad.run_for(300.0)
    ready(pad)
