"""data_line: the panel's data wire (MOSI) in its other direction: what the rig drives on it, and who drives when.

A panel has one wire for both directions (SSD1680 section 4.2). `PanelLine` takes what the pad sends to the rig; this
takes an answer back. Two chips that drive at the same time are a complaint, whatever their levels are: with 330 ohm
between them a pin carries 10 mA then, but on a panel's ribbon there is no resistor.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.core.emulator import Emulator
from kesu.spec.rig import LINES
from rp2040py.gpio_pin import GPIOPinState

from kesu_dev.together.nets import Complaint, Ends

_SPI_FUNCTION = 1
_DRIVEN = (GPIOPinState.LOW, GPIOPinState.HIGH)
_NAME = "PANEL_MOSI"
TWO_DRIVERS = "both chips drive"


class DataLine:
    """answers: levels that the rig has driven. bits: how many edges of CLK the pad made while it read."""

    def __init__(self, pad: Emulator, rig_mcu: Any, ends: Ends) -> None:
        self._pad, self._ends = pad, ends
        pins = {name: pad.mcu.gpio[LINES[name].pad] for name in (_NAME, "PANEL_CS", "PANEL_CLK")}
        self._data, self._select, self._clock = pins.values()
        self._rig = rig_mcu.gpio[LINES[_NAME].rig]
        self._pad_drives = self._sent = False
        self.answers = self.bits = 0
        for pin in (self._data, self._select):
            pin.add_listener(lambda value, _last: self.refresh())
        self._clock.add_listener(lambda value, _last: self._clocked())
        self._rig.add_listener(lambda value, _last: self._rig_moved())

    @property
    def reading(self) -> bool:
        """Whether the pad looks at the wire: the panel is selected, and the pad does not drive its data."""
        return self._pad.powered and self._select.value == GPIOPinState.LOW and not self._driven_by_pad()

    def refresh(self) -> None:
        """The pad's pins have another level or function."""
        drives = self._driven_by_pad()
        if drives != self._sent:
            self._sent = drives
            self._ends.on_rig(lambda: self._pad_is(drives), True)

    def _driven_by_pad(self) -> bool:
        """SPI drives its data always (PL022 TRM 2.4: nSSPOE is low as a master)."""
        if not self._pad.powered:
            return False
        return self._data.function_select == _SPI_FUNCTION or self._data.value in _DRIVEN

    def _pad_is(self, drives: bool) -> None:
        self._pad_drives = drives
        self._check()

    def _clocked(self) -> None:
        if self.reading:
            self.bits += 1
            self._pad.stop()  # the rig has to follow before the pad looks

    def _rig_moved(self) -> None:
        state = self._rig.value
        if state in _DRIVEN:
            self.answers += 1
            self._data.set_input_value(state == GPIOPinState.HIGH)
        else:
            self._data.release_input()
        self._check()

    def _check(self) -> None:
        if self._pad_drives and self._rig.value in _DRIVEN:
            self._ends.complaints.append(Complaint(self._ends.pad_time_of_rig(), _NAME, TWO_DRIVERS))
