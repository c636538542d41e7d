"""observe: what a bench sees of a pad in a scene: memories, registers, pins, line, refreshes, at several instants."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.facts import DPRAM, SRAM_BASE
from kesu.emulator.core.fork import fork_run
from kesu.emulator.core.memory_map import MemoryMap
from kesu.emulator.usb.messages import words
from kesu.verify.leaks.outputs import LED, SPARE_PINS
from kesu.verify.leaks.parts import Reading

AROUND = 48
"""Bytes after a marker that belong to the object with the value."""
QUESTIONS = (
    (0xA1, 0x21, 0, 7),  # GET_LINE_CODING
    (0x80, 0x06, 0x0302, 64),  # GET_DESCRIPTOR, string 2
    (0x80, 0x00, 0, 2),  # GET_STATUS
    (0x21, 0x23, 0x0100, 0),  # SEND_BREAK
)
QUESTION_MS = 120.0
LATE_QUESTION_MS = 3_100.0
PACKETS = 4
MEANINGLESS = b"z"
PINS = (*SPARE_PINS, LED)

Edge = tuple[int, int, int]


@dataclass(frozen=True)
class Seen:
    """One instant. bus: registers by address. pins: time (ns), new and old state of each change so far. line: what the
    host has seen since the event's edge. refreshes: their times since the edge, ns."""

    sram: bytes
    dpram: bytes
    bus: Mapping[int, int]
    panel: Mapping[str, bytes]
    touch: bytes
    planes: bytes
    pins: Mapping[int, tuple[Edge, ...]]
    line: Mapping[str, str]
    refreshes: tuple[int, ...]

    def at(self, reading: Reading, names: MemoryMap) -> bytes:
        """The content of one place. names: of the pad's image; b"" if the place is not there."""
        where, number = reading.where, reading.number
        if reading.kind == "symbol":
            symbol = names.symbols.get(where)
            start = symbol.address - SRAM_BASE + number if symbol else len(self.sram)
            return self.sram[start : start + 4]
        if reading.kind == "marker":
            start = self.sram.find(number.to_bytes(4, "little"))
            return self.sram[start : start + AROUND] if start >= 0 else b""
        if reading.kind == "bus":
            if number in DPRAM:
                return self.dpram[number - DPRAM.start :][:4]
            return self.bus[number].to_bytes(4, "little") if number in self.bus else b""
        return {
            "panel": lambda: self.panel.get(where, b""),
            "touch": lambda: self.touch[number : number + 1],
            "planes": lambda: self.planes,
            "pins": lambda: _changes(self.pins[number], where),
            "line": lambda: bytes(self.line[where], "ascii"),
            "refreshes": lambda: repr(self.refreshes).encode(),
        }[reading.kind]()


def _changes(edges: tuple[Edge, ...], what: str) -> bytes:
    levels = [(value, last) for _, value, last in edges]
    if what != "times":
        return repr(levels).encode()
    apart = [after[0] - before[0] for before, after in pairwise(edges)]
    return repr((levels, [span for span in apart if span < NS_PER_MS])).encode()


class Bench:
    """Records what a pad shows, from now on."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._addresses: tuple[int, ...] = ()
        self._edges: dict[int, list[Edge]] = {pin: [] for pin in PINS}
        self._asked: list[Any] = []
        self._sent: list[tuple[int, int]] = []
        self._touched: list[tuple[int, bool, int]] = []
        self._edge_ns = 0
        pad.panel.commands.began.append(lambda time_ns, op: self._sent.append((time_ns, op)))
        pad.touch.accesses.append(
            lambda write, register, _: self._touched.append((pad.clock.now_ns, write, register))
        )
        for pin in PINS:
            pad.emulator.mcu.gpio[pin].add_listener(partial(self._changed, pin))

    def _changed(self, pin: int, value: Any, last: Any) -> None:
        self._edges[pin].append((self._pad.clock.now_ns, int(value), int(last)))

    def begin(self, addresses: Iterable[int]) -> None:
        """The edge of the event is now. The host starts to ask and to send. addresses: registers to read."""
        pad = self._pad
        self._addresses = tuple(addresses)
        self._edge_ns = pad.clock.now_ns
        for first_ms in (QUESTION_MS, LATE_QUESTION_MS):
            for number, question in enumerate(QUESTIONS):
                pad.at(first_ms + QUESTION_MS * number, partial(self._ask, *question))
            for number in range(PACKETS):
                pad.at(first_ms + QUESTION_MS * (number + 5), partial(pad.host.write, MEANINGLESS))

    def _ask(self, kind: int, number: int, value: int, length: int) -> None:
        interface = self._pad.host.configuration.control_interface if kind & 0x60 else 0
        self._asked.append(self._pad.host.control(bytes([kind, number]) + words(value, interface, length)))

    def _registers(self) -> Iterator[tuple[int, int]]:
        for address in self._addresses:
            with suppress(Exception):  # whatever an unmodelled access raises
                yield address, int(self._pad.emulator.mcu.read_uint32(address))

    def seen(self) -> Seen:
        """Everything, now."""
        pad, edge = self._pad, self._edge_ns
        host, answers = pad.host, self._asked
        before = [one.payload for one in host.notifications if one.time_ns <= edge]
        messages = [(one.time_ns - edge, one.payload) for one in host.notifications if one.time_ns > edge]
        return Seen(
            bytes(pad.sram),
            bytes(pad.dpram),
            # On a copy: the read of a register may change what the pad does.
            fork_run(self, lambda bench: dict(bench._registers())) if self._addresses else {},
            {name: bytes(content) for name, content in pad.panel.registers().items()},
            bytes(pad.touch.registers),
            bytes(pad.panel.bw) + bytes(pad.panel.red),
            {pin: tuple(edges) for pin, edges in self._edges.items()},
            {
                "messages": repr(messages),
                "answers": repr(
                    [(one.done, one.stalled, bytes(one.data), one.done_ns - edge) for one in answers]
                ),
                "bits during the note": repr(before),
                "panel commands": repr([op for at, op in self._sent if at > edge]),
                "touch bus": repr([what for at, *what in self._touched if at > edge]),
                "readiness for packets": repr([at - edge for at in host.taken_ns if at > edge]),
            },
            tuple(one.start_ns - edge for one in pad.panel.refreshes if one.start_ns > edge),
        )
