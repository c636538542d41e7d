"""nets: the wires between GPIOs of both chips: who drives, and which level both see."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from kesu.spec.rig import Line
from rp2040py.gpio_pin import GPIOPinState

GRACE_NS = 100_000
"""In which a rig has to let its pins go after the pad has lost power: the capacitors of 3V3 hold for longer."""
_DRIVEN = (GPIOPinState.LOW, GPIOPinState.HIGH)


@dataclass(frozen=True)
class Complaint:
    """Something that a real rig must not do. time_ns: of the pad's clock."""

    time_ns: int
    line: str
    reason: str


class Ends(Protocol):
    """What a net needs of both chips."""

    complaints: list[Complaint]

    def on_rig(self, action: Callable[[], None], at_once: bool = True) -> None:
        """Do something on the rig when its clock shows the pad's present moment. at_once: let the pad wait for it."""

    def later_on_rig(self, delay_ns: int, action: Callable[[], None]) -> None: ...
    def pad_powered(self) -> bool: ...
    def pad_time_of_rig(self) -> int: ...


class Net:
    """One wire.

    Order of what decides the level: a pin that drives, the resistor to the pad's 3V3, a pull of the pad's chip, one of
    the rig's. A pad without power holds the wire at 0.
    """

    def __init__(self, line: Line, ends: Ends, pad_pin: Any, rig_pin: Any, at_once: bool) -> None:
        self.line = line
        self._ends = ends
        self._pins = (pad_pin, rig_pin)
        self._at_once = at_once
        self._pad_state: GPIOPinState = pad_pin.value
        self._powered = False
        self._reported = (self._pad_state, False)
        """What the rig has seen, or will see at its moment."""
        self.changes = 0
        """Levels that the rig drove."""
        pad_pin.add_listener(lambda value, _last: self.pad_moved())
        rig_pin.add_listener(lambda value, _last: self._rig_moved())

    def pad_moved(self) -> None:
        """The pad's pin drives another level, or its power changed: the rig sees it at that moment of its clock."""
        state, powered = self._pins[0].value, self._ends.pad_powered()
        if (state, powered) != self._reported:
            self._reported = (state, powered)
            self._ends.on_rig(lambda: self._pad_is(state, powered), self._at_once)

    def _pad_is(self, state: GPIOPinState, powered: bool) -> None:
        self._pad_state, self._powered = state, powered
        self.resolve()

    def _rig_moved(self) -> None:
        self.changes += 1
        self.resolve()

    def resolve(self) -> None:
        """Give both pins the level of the wire."""
        pad, rig = self._pins
        theirs, own = self._pad_state, rig.value
        pulled = self.line.pull is not None and self._powered
        by_pad, by_rig = theirs in _DRIVEN and self._powered, own in _DRIVEN
        self._check(theirs, own, by_pad, by_rig)
        if by_pad:
            rig.set_input_value(theirs == GPIOPinState.HIGH)
        elif pulled or not self._powered:
            rig.set_input_value(pulled)
        elif theirs == GPIOPinState.INPUT_PULL_UP:
            rig.set_input_value(True)
        elif theirs == GPIOPinState.INPUT_PULL_DOWN:
            rig.set_input_value(False)
        else:
            rig.release_input()
        if by_rig and self._allowed(own):
            pad.set_input_value(own == GPIOPinState.HIGH)
        elif pulled:
            pad.set_input_value(True)
        else:
            pad.release_input()

    def _allowed(self, own: GPIOPinState) -> bool:
        return self.line.drives != "contact" or own == GPIOPinState.LOW

    def _check(self, theirs: GPIOPinState, own: GPIOPinState, by_pad: bool, by_rig: bool) -> None:
        if by_pad and by_rig and theirs != own:
            self._complain("both chips drive, against each other")
        if by_rig and own == GPIOPinState.HIGH:
            if not self._allowed(own):
                self._complain("the rig drives a contact high")
            elif not self._powered:
                self._ends.later_on_rig(GRACE_NS, self._still_feeds)

    def _still_feeds(self) -> None:
        if self._pins[1].value == GPIOPinState.HIGH and not self._powered:
            self._complain("the rig feeds a pad without power")

    def _complain(self, reason: str) -> None:
        self._ends.complaints.append(Complaint(self._ends.pad_time_of_rig(), self.line.name, reason))
