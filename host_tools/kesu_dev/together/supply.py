"""supply: what the rig does to the pad's power and reset: load switch in the cable, RUN, BOOTSEL, and what it
measures."""  # SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kesu.emulator.board.pad import VirtualPad
from kesu.spec.rig import LINES, SENSES
from rp2040py.gpio_pin import GPIOPinState

_SUPPLY_V, _CABLE_V = 3.3, 4.9
"""The pad's 3V3, and its VSYS behind the diode."""
_REFERENCE_V, _CODES = 3.3, 4096


class Supply:
    """hold_up_s: how long the pad lives on its capacitor after the cable was cut. cabled: whether a PC is at the other
    end of the switch. on_boot_rom: called when the pad starts with BOOTSEL low; its image does not run then."""

    def __init__(self, pad: VirtualPad, rig_mcu: Any, hold_up_s: float) -> None:
        self._pad = pad
        self._adc = rig_mcu.adc
        self.hold_up_s = hold_up_s
        self.cabled = True
        self.on_boot_rom: Callable[[], None] = lambda: None
        self.in_boot_rom = False
        self.held = False
        """RUN is low."""
        self.on = False
        """The load switch is on."""
        self._pins = {name: rig_mcu.gpio[LINES[name].rig] for name in ("VBUS", "RUN", "BOOTSEL")}
        self._pins["VBUS"].add_listener(lambda value, _last: self._switch(value == GPIOPinState.HIGH))
        self._pins["RUN"].add_listener(lambda value, _last: self._run(value != GPIOPinState.LOW))
        self.measure()

    def measure(self) -> None:
        """Give the rig's converter the pad's voltages."""
        powered = self._pad.powered
        volts = {"3V3": _SUPPLY_V, "VSYS": _CABLE_V, "CURRENT": 0.03}
        for name, sense in SENSES.items():
            at_pin = volts[name] * sense.share if powered else 0.0
            self._adc.channel_values[sense.channel] = min(_CODES - 1, int(at_pin / _REFERENCE_V * _CODES))

    def plug_in(self) -> None:
        """Give the pad power, with a PC at the cable."""
        self._pad.power_on()
        if self.cabled:
            self._pad.host.attach()
        self._start()

    def _switch(self, on: bool) -> None:
        if on == self.on:
            return
        self.on = on
        if not on:
            self._pad.unplug(self.hold_up_s)
        elif self._pad.powered:
            self._pad.replug()
        else:
            self.plug_in()

    def _run(self, high: bool) -> None:
        self.held = not high
        if self._pad.powered:
            self._pad.reset("run")
            self._start()

    def _start(self) -> None:
        """After a reset: nothing runs while RUN is low, and only the boot ROM with BOOTSEL low."""
        self.in_boot_rom = not self.held and self._pins["BOOTSEL"].value == GPIOPinState.LOW
        if self.held or self.in_boot_rom:
            self._pad.emulator.hold()
        if self.in_boot_rom:
            self.on_boot_rom()
