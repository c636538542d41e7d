"""panel_line: the panel's SPI between pad and rig: CLK and MOSI, edge by edge or a byte at a time.

The pad's port (kesu.emulator.board.spi_port) knows when each of its bytes begins and ends, so their edges are computed,
at the
cycles of the rig's clock at which they are seen, and given to the rig's PIO blocks before the rig gets there. DC and CS
are GPIOs of the pad and therefore nets.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from kesu.emulator.chips.pio.native_block import Edge, library
from kesu.emulator.chips.pio.schedule import Scheduled
from kesu.emulator.core.emulator import Emulator
from kesu.spec.rig import LINES
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.peripherals import spi

from kesu_dev.together.clocks import Clocks

_SPI_FUNCTION = 1
_EDGES_OF_A_BYTE = 17
_MOST = 1_200
"""Bytes at once: more than a lent queue has."""


class PanelLine:
    """CLK and MOSI. by_edges: each edge is an event of the rig's clock and a level of its pins, much slower; otherwise
    the PIO blocks alone know the edges, and SIO's GPIO_IN does not show them."""

    def __init__(
        self,
        pad: Emulator,
        port: Any,
        rig: Emulator,
        clocks: Clocks,
        on_rig: Callable[[Callable[[], None], bool], None],
        by_edges: bool,
    ) -> None:
        self._pad, self._port, self._rig, self._clocks = pad, port, rig, clocks
        self._on_rig = on_rig
        self._by_edges = by_edges
        self._c = library()
        self._cycle_ns = 1_000_000_000 // rig.facts.clk_sys_hz
        names = ("PANEL_CLK", "PANEL_MOSI")
        pins = [pad.mcu.gpio[LINES[name].pad] for name in names]
        self._clk_pin, self._mosi_pin = pins
        self._clk, self._mosi = (1 << LINES[name].rig for name in names)
        self._numbers = [LINES[name].rig for name in names]
        self._room = (Edge * (_EDGES_OF_A_BYTE * _MOST))()
        self._last_bit = False
        self._level = -1
        self._pending: list[tuple[int, int]] = []
        self.bytes = 0
        """Bytes that the rig has been given."""
        port.on_shifted = self._pending.extend
        for pin in pins:
            pin.add_listener(lambda value, last: self.refresh())

    @property
    def _blocks(self) -> list[Scheduled]:
        blocks: list[Scheduled] = self._rig.mcu.pio
        return blocks

    def _cycle(self, pad_ns: int) -> int:
        clocks = self._clocks
        return int(self._c.kesu_wave_cycle(pad_ns, clocks.phase_ns, clocks.ppb, self._cycle_ns))

    def refresh(self) -> None:
        """The pad's pins have another function or level: what both lines are between bytes, from now on."""
        self.flush()
        level = self._clk * self._idle(self._clk_pin, self._rest()) | self._mosi * self._idle(
            self._mosi_pin, self._last_bit
        )
        if level == self._level:
            return
        self._level = level
        self._room[0].cycle, self._room[0].level = self._cycle(self._pad.clock.now_ns), level
        self._send(1)

    def _rest(self) -> bool:
        return bool(self._port._control0 & spi.SPO)

    def _idle(self, pin: Any, of_port: bool) -> bool:
        if not self._pad.powered:
            return False
        if pin.function_select == _SPI_FUNCTION:
            return of_port
        return bool(pin.value in (GPIOPinState.HIGH, GPIOPinState.INPUT_PULL_UP))

    def stopped(self) -> None:
        """The pad was reset or lost power: a byte on the wire breaks off."""
        self.flush()
        last = self._cycle(self._pad.clock.now_ns)
        for block in self._blocks:
            block.cut(last)
        self._last_bit = False
        self._level = -1
        self.refresh()

    def flush(self) -> None:
        """Give the rig the bytes that have begun: before it runs to the present moment."""
        while self._pending:
            self._shifted(self._pending[:_MOST])
            del self._pending[:_MOST]

    def _shifted(self, block: Sequence[tuple[int, int]]) -> None:
        """Bytes: end in ns, value."""
        clocks, make, at = self._clocks, self._c.kesu_wave_byte, ctypes.addressof(self._room)
        control = self._port._control0
        form = bool(control & spi.SPO) | bool(control & spi.SPH) << 1
        byte_ns = self._port.byte_ns
        span = byte_ns if control & spi.SPH else byte_ns * 8 // 10
        count, size = 0, ctypes.sizeof(Edge)
        for end_ns, value in block:
            begin, room = end_ns - byte_ns, at + count * size
            count += make(
                room, begin, span, value & 0xFF, self._clk, self._mosi, form, clocks.phase_ns, clocks.ppb,
                self._cycle_ns
            )  # fmt: skip
        self._last_bit = bool(block[-1][1] & 1)
        self._level = self._clk * self._rest() | self._mosi * self._last_bit
        self.bytes += len(block)
        self._send(count)

    def _send(self, count: int) -> None:
        if self._by_edges:
            for edge in self._room[:count]:
                self._later(edge.cycle * self._cycle_ns, int(edge.level))
            return
        for block in self._blocks:
            block.feed(self._clk | self._mosi, self._room, count)

    def _later(self, moment_ns: int, level: int) -> None:
        clock = self._rig.clock
        clock.after(max(0, moment_ns - clock.now_ns), lambda: self._set(level))

    def _set(self, level: int) -> None:
        for number in self._numbers:
            self._rig.mcu.gpio[number].set_input_value(bool(level >> number & 1))
