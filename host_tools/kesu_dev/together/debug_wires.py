"""debug_wires: SWCLK and SWDIO between the rig's pins and the debug port of the pad's core 0.

Each edge is an event of the rig's clock: right to the edge, and slow for much memory. Core 1 and the rescue port do not
answer.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.core.emulator import Emulator
from kesu.spec.rig import LINES
from rp2040py.gpio_pin import GPIOPinState

from kesu_dev.together.debug_port import CORE0, RP2350_TARGET, DebugPort
from kesu_dev.together.debug_target import DebugTarget, MemoriesOnly


class DebugWires:
    """port, target: of the pad's core 0."""

    def __init__(self, pad: Emulator, rig_mcu: Any) -> None:
        self._pad = pad
        self._was_powered = False
        v6 = pad.facts.name == "RP2350"
        self.target = DebugTarget(pad, MemoriesOnly(pad) if v6 else None)
        self.port = DebugPort(self.target, RP2350_TARGET if v6 else CORE0, v6=v6)
        self._data = rig_mcu.gpio[LINES["SWDIO"].rig]
        rig_mcu.gpio[LINES["SWCLK"].rig].add_listener(lambda value, _last: self._clock(value))
        pad.on_reset.append(self._reset)
        self._reset()

    def _reset(self) -> None:
        """Power-on or off: the port at its start; a reset by RUN or the watchdog leaves it alone (RP2040 datasheet
        2.3.4)."""
        if not self._pad.powered or not self._was_powered:
            self.port.reset()
            self._data.set_input_value(self._pad.powered)  # the pad's pull-up
        self._was_powered = self._pad.powered

    def _clock(self, value: GPIOPinState) -> None:
        if value != GPIOPinState.HIGH or not self._pad.powered:
            return
        before = self.port.drives
        driven = self._data.value in (GPIOPinState.LOW, GPIOPinState.HIGH)
        self.port.rising_edge(self._data.value == GPIOPinState.HIGH if driven else before is not False)
        after = self.port.drives
        if after is not before:
            self._data.set_input_value(after is not False)  # the pad's pull-up, where nobody drives
