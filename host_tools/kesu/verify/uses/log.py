"""log: what the firmware of a pad uses: registers of the chip, commands of the panel, registers of the touch chip.

From READY until a reset of the chip, and again from the next READY: what a boot sets up is not in it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.ssd16xx_commands import Command
from kesu.emulator.panel.ssd16xx_registers import WRITE_BW, WRITE_RED
from kesu.emulator.uses.table import Span, Table, Use

_PLANES = (WRITE_BW, WRITE_RED)


class PanelUse(NamedTuple):
    """One kind of command: length of its data, and the data, except that of a plane."""

    op: int
    length: int
    data: bytes


class TouchUse(NamedTuple):
    """One access to a register of the touch chip. value: of a write; 0 for a read."""

    write: bool
    register: int
    value: int


class Log:
    """The log of one pad, which is READY; noted from now on. spans, kept: as in Table."""

    def __init__(self, pad: VirtualPad, spans: Sequence[Span], kept: Mapping[int, int]) -> None:
        self._pad = pad
        self._table = Table(spans, kept)
        self._panel: set[PanelUse] = set()
        self._touch: set[TouchUse] = set()
        self._on = True
        pad.emulator.note_uses(self._table)
        self._table.set_on(True)
        pad.panel.commands.ended.append(self._command)
        pad.touch.accesses.append(self._access)
        pad.emulator.on_reset.append(self._pause)
        pad.host.heard.append(self._heard)

    @property
    def lost(self) -> int:
        """Uses that found no place: the log is not complete."""
        return self._table.lost

    @property
    def registers(self) -> list[Use]:
        """Of the chip, by address."""
        return self._table.uses()

    @property
    def panel(self) -> list[PanelUse]:
        """Commands, by their byte."""
        return sorted(self._panel)

    @property
    def touch(self) -> list[TouchUse]:
        """Registers of the touch chip."""
        return sorted(self._touch)

    def _pause(self) -> None:
        self._switch(False)

    def _heard(self, what: str, endpoint: int, data: bytes) -> None:
        if what == "sent" and not self._on and self._pad.host.serial_state.dsr:
            self._switch(True)

    def _switch(self, on: bool) -> None:
        self._on = on
        self._table.set_on(on)

    def _command(self, command: Command) -> None:
        if self._on:
            data = b"" if command.op in _PLANES else command.data
            self._panel.add(PanelUse(command.op, command.length, data))

    def _access(self, write: bool, register: int, byte: int) -> None:
        if self._on:
            self._touch.add(TouchUse(write, register, byte if write else 0))
