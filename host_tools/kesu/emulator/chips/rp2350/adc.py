"""adc: the RP2350's converter (datasheet 12.4): 12 bits, 96 cycles of its 48 MHz clock for a sample."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any

from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.core.emulator import words

_CS, _RESULT, _FCS, _FIFO, _DIV, _INTR, _INTE, _INTF, _INTS = range(0x00, 0x24, 4)
_EN, _SENSOR_ON, _ONCE, _MANY, _READY, _ERR_STICKY = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 8, 1 << 10
_CS_WRITABLE = 0x01FF_F00F
_FIFO_EN, _SHIFT, _REQUEST_EN = 1, 1 << 1, 1 << 3
_EMPTY, _FULL, _UNDER, _OVER = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_FCS_WRITABLE = 0x0F00_000F
DEPTH = 8
CHANNELS = 5
"""Four pins, GPIO26 to GPIO29, and the temperature sensor."""
_SENSOR = 4
_CONVERSION_CYCLES = 96
_CYCLE_NS = Fraction(1_000_000_000, 48_000_000)
ROOM = 876
"""The sensor at 27 degrees: 0.706 V of 3.3 V (12.4.6)."""
_IRQ, _REQUEST = 35, 48


class Adc(Kept):
    """The block. inputs: what each channel converts to, 0 to 4095; wiring, so a reset leaves it. request(which, level):
    sets a data request."""

    def __init__(self, mcu: Any, request: Callable[[int, bool], None]) -> None:
        super().__init__(mcu, "ADC")
        self._line: Callable[[int, bool], None] = mcu.line
        self.inputs = [0] * (CHANNELS - 1) + [ROOM]
        self._request = request
        self._fifo: deque[int] = deque()
        self._channel = 0
        self._busy = False
        self._began_ns = Fraction(0)
        self._done = mcu.clock.create_alarm(self._converted)
        self._next = mcu.clock.create_alarm(self._convert)

    def reset(self) -> None:
        super().reset()
        self._fifo.clear()
        self._busy = False
        self._done.cancel()
        self._next.cancel()
        self._update()

    def read_uint32(self, offset: int) -> int:
        kept = self.kept.get(offset, 0)
        if offset == _CS:
            return kept | (_READY if kept & _EN and not self._busy else 0)
        if offset == _FCS:
            full, empty = len(self._fifo) == DEPTH, not self._fifo
            return kept | len(self._fifo) << 16 | (_FULL if full else 0) | (_EMPTY if empty else 0)
        if offset == _FIFO:
            if not self._fifo:
                self.kept[_FCS] = self.kept.get(_FCS, 0) | _UNDER
                return 0
            value = self._fifo.popleft()
            self._update()
            return value
        if offset == _INTR:
            return int(self._reached())
        if offset == _INTS:
            return self._interrupt()
        return kept

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _CS:
            kept = self.kept.get(_CS, 0) & _ERR_STICKY & ~self.raw_write_value
            self.kept[_CS] = kept | value & _CS_WRITABLE & ~_ONCE
            if not value & _EN:
                self._done.cancel()
                self._next.cancel()
                self._busy = False
            elif value & (_ONCE | _MANY) and not self._busy:
                self._next.cancel()
                self._began_ns = Fraction(self.rp2040.clock.nanos)
                self._convert()
        elif offset == _FCS:
            kept = self.kept.get(_FCS, 0) & (_OVER | _UNDER) & ~self.raw_write_value
            self.kept[_FCS] = kept | value & _FCS_WRITABLE
            self._update()
        elif offset in (_DIV, _INTE, _INTF):
            super().write_uint32(offset, value & (0x00FF_FFFF if offset == _DIV else 1))
            self._update()

    def _convert(self) -> None:
        control = self.kept.get(_CS, 0)
        if self._busy or not control & _EN:
            return
        self._busy = True
        self._channel = control >> 12 & 0xF
        self._at(self._done, self._began_ns + _CONVERSION_CYCLES * _CYCLE_NS)

    def _at(self, alarm: Any, moment_ns: Fraction) -> None:
        alarm.schedule(float(max(0, ceil(moment_ns) - self.rp2040.clock.nanos)))

    def _converted(self) -> None:
        self._busy = False
        control = self.kept.get(_CS, 0)
        sensor_off = self._channel == _SENSOR and not control & _SENSOR_ON
        known = self._channel < CHANNELS and not sensor_off
        value = self.inputs[self._channel] & 0xFFF if known else 0
        self.kept[_RESULT] = value
        fifo = self.kept.get(_FCS, 0)
        if fifo & _FIFO_EN:
            if len(self._fifo) == DEPTH:
                self.kept[_FCS] = fifo | _OVER
            else:
                self._fifo.append(value >> 4 if fifo & _SHIFT else value)
        robin = control >> 16 & 0x1FF
        if robin:
            following = [(self._channel + step) % 9 for step in range(1, 10)]
            channel = next(channel for channel in following if robin >> channel & 1)
            self.kept[_CS] = control & ~0xF000 | channel << 12
        self._update()
        if control & _MANY:
            # Free-running if DIV is less than a conversion (12.4.3.2).
            period = 1 + Fraction(self.kept.get(_DIV, 0), 256)
            self._began_ns += max(period, Fraction(_CONVERSION_CYCLES)) * _CYCLE_NS
            self._at(self._next, self._began_ns)

    def _reached(self) -> bool:
        return len(self._fifo) >= self.kept.get(_FCS, 0) >> 24 & 0xF and bool(self.kept.get(_FCS, 0) >> 24)

    def _interrupt(self) -> int:
        return int(self._reached()) & self.kept.get(_INTE, 0) | self.kept.get(_INTF, 0)

    def _update(self) -> None:
        self._line(_IRQ, bool(self._interrupt()))
        self._request(_REQUEST, self._reached() and bool(self.kept.get(_FCS, 0) & _REQUEST_EN))

    def visible_state(self) -> bytes:
        """The FIFO, oldest sample first, and the registers."""
        return words([*self._fifo, *[0] * (DEPTH - len(self._fifo))]) + super().visible_state()
