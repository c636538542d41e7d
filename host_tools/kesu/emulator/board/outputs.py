"""outputs: records every edge of everything that leaves the chip: pins, panel commands, touch bus, USB, with times."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, NamedTuple

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_US
from kesu.emulator.panel.ssd16xx_commands import Command

PINS, PANEL, TOUCH, USB = "pins", "panel commands", "touch bus", "USB"
STREAMS = (PINS, PANEL, TOUCH, USB)


class Output(NamedTuple):
    """One output. time_us: emulated; source: of STREAMS; line: the pin, for PINS; text: what it did."""

    time_us: int
    source: str
    line: int
    text: str


class Outputs:
    """The record of one pad, from now on."""

    def __init__(self, pad: VirtualPad) -> None:
        self._clock = pad.clock
        self.record: list[Output] = []
        for index, pin in enumerate(pad.emulator.mcu.gpio):
            pin.add_listener(partial(self._pin, index))
        pad.panel.commands.began.append(self._command)
        pad.panel.commands.ended.append(self._data)
        pad.touch.accesses.append(self._access)
        pad.host.heard.append(self._heard)
        pad.emulator.on_reset.append(self._reset)

    def between(
        self,
        source: str,
        from_ms: float,
        to_ms: float = inf,
        wanted: Callable[[Output], bool] = lambda output: True,
    ) -> bytes:
        """The outputs of a source in that time, one a line."""
        return "\n".join(
            f"{one.time_us} us: {one.text}"
            for one in self.record
            if one.source == source and from_ms * 1_000 <= one.time_us < to_ms * 1_000 and wanted(one)
        ).encode()

    def _add(self, source: str, text: str, line: int = 0, time_ns: int | None = None) -> None:
        now_ns = self._clock.now_ns if time_ns is None else time_ns
        self.record.append(Output(now_ns // NS_PER_US, source, line, text))

    def _pin(self, index: int, value: Any, last: Any) -> None:
        self._add(PINS, f"pin {index} {value.name}", index)

    def _reset(self) -> None:
        self._add(PINS, "reset", -1)

    def _command(self, time_ns: int, op: int) -> None:
        self._add(PANEL, f"command {op:02X}", time_ns=time_ns)

    def _data(self, command: Command) -> None:
        """Data belongs to the time of its command: what was sent before an event is reported after it."""
        if command.length:
            text = f"{command.length} bytes of {command.op:02X}, CRC {command.crc:08x}"
            self._add(PANEL, text, time_ns=command.time_ns)

    def _access(self, write: bool, register: int, byte: int) -> None:
        self._add(TOUCH, f"register {register:02x} {f'= {byte:02x}' if write else 'read'}")

    def _heard(self, what: str, endpoint: int, data: bytes) -> None:
        self._add(USB, f"{what} {endpoint}: {len(data)} bytes, CRC {zlib.crc32(data):08x}")
