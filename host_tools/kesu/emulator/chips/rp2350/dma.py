"""dma: the RP2350's DMA: 16 channels, paced by a peripheral's request, by a timer, or by nothing (datasheet 12.6).

A channel moves one unit a cycle while its request stands. An unpaced one does so in slices, so that a long copy takes
its time. The sniffer is not modelled: a channel that uses it ends the run.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any, Protocol

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.core.emulator import words

CHANNELS = 16
READ, WRITE, COUNT, CTRL = range(4)
# The four registers of a channel in the order of each alias; the last of an alias is its trigger.
_ALIASES = (
    (READ, WRITE, COUNT, CTRL),
    (CTRL, READ, WRITE, COUNT),
    (CTRL, COUNT, READ, WRITE),
    (CTRL, WRITE, COUNT, READ),
)
_EN, _INCR_READ, _READ_OTHER, _INCR_WRITE, _WRITE_OTHER = 1, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_RING_WRITE, _QUIET, _BSWAP, _SNIFF, _BUSY = 1 << 12, 1 << 23, 1 << 24, 1 << 25, 1 << 26
_WRITE_ERROR, _READ_ERROR, _ERROR = 1 << 29, 1 << 30, 1 << 31
_WRITABLE = 0x03FF_FFFF
_TIMERS, _UNPACED = range(0x3B, 0x3F), 0x3F
_ONCE, _AGAIN, _ENDLESS = 0, 1, 0xF
"""TRANS_COUNT.MODE."""
_INTR, _INTERRUPTS, _TIMER, _TRIGGER, _ABORT, _N_CHANNELS, _DEBUG = (
    0x400,
    0x440,
    0x440,
    0x450,
    0x464,
    0x468,
    0x800,
)
_IRQ = 10
"""DMA_IRQ_0; three others follow (3.2)."""
_SLICE = 64
_CYCLE_NS = Fraction(1_000_000_000, RP2350.clk_sys_hz)


class Bus(Protocol):
    """How DMA reads and writes: addresses of any memory or peripheral; size in bytes. failed: whether nothing was
    there, since the last call."""

    def read(self, address: int, size: int) -> int: ...
    def write(self, address: int, size: int, value: int) -> None: ...
    def failed(self) -> bool: ...


class Dma(Kept):
    """The block. channels: READ_ADDR, WRITE_ADDR, TRANS_COUNT (what is left) and CTRL of each. reloads: TRANS_COUNT as
    it was written. requests: the data requests that stand."""

    def __init__(self, mcu: Any, bus: Bus) -> None:
        super().__init__(mcu, "DMA", {}, {_N_CHANNELS: lambda _: CHANNELS})
        self._bus = bus
        self._line: Callable[[int, bool], None] = mcu.line
        self.channels = [[0, 0, 0, 0] for _ in range(CHANNELS)]
        self.reloads = [0] * CHANNELS
        self.requests: set[int] = set()
        self.on_start: Callable[[], None] = lambda: None
        """Called when a channel starts: something may have to make requests from now on."""
        self._alarms = [mcu.clock.create_alarm(self._serving(number)) for number in range(CHANNELS)]
        self._scheduled = [False] * CHANNELS
        self._due = [Fraction(0)] * CHANNELS

    def reset(self) -> None:
        super().reset()
        for number, channel in enumerate(self.channels):
            channel[:] = (0, 0, 0, 0)
            self.reloads[number] = 0
            self._cancel(number)
        self._interrupt()

    def active(self, number: int) -> bool:
        """Whether the channel has something to move."""
        return self.channels[number][CTRL] & (_EN | _BUSY) == _EN | _BUSY

    def request_of(self, number: int) -> int:
        """TREQ_SEL of the channel."""
        return self.channels[number][CTRL] >> 17 & 0x3F

    def request(self, which: int, level: bool) -> None:
        """A peripheral asks for data, or for no more."""
        if not level:
            self.requests.discard(which)
        elif which not in self.requests:
            self.requests.add(which)
            for number in range(CHANNELS):
                if self.active(number) and self.request_of(number) == which:
                    self._schedule(number)

    def wanted(self, which: int) -> bool:
        """Whether a channel waits for that request."""
        return any(self.active(number) and self.request_of(number) == which for number in range(CHANNELS))

    def pulse(self, which: int) -> None:
        """A request for one unit."""
        for number in range(CHANNELS):
            if self.active(number) and self.request_of(number) == which:
                self._move(number)

    # Registers.

    def read_uint32(self, offset: int) -> int:
        if offset < _INTR:
            return self.channels[offset >> 6][_ALIASES[offset >> 4 & 3][offset >> 2 & 3]]
        if offset >= _DEBUG:
            number = offset - _DEBUG >> 6
            return self.reloads[number] if offset & 0x3F == 4 and number < CHANNELS else 0
        if _INTR < offset < _INTERRUPTS and offset & 0xC == 0xC:
            return self._status(offset - _INTR >> 4)
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        value &= 0xFFFF_FFFF
        if offset < _INTR:
            self._write_channel(offset >> 6, offset >> 4 & 3, offset >> 2 & 3, value)
        elif offset == _INTR or (offset < _INTERRUPTS and offset & 0xC == 0xC):
            self.kept[_INTR] = self.kept.get(_INTR, 0) & ~self.raw_write_value
            self._interrupt()
        elif offset < _INTERRUPTS:
            super().write_uint32(offset, value & 0xFFFF)
            self._interrupt()
        elif offset in (_TRIGGER, _ABORT):
            act = self._start if offset == _TRIGGER else self._abort
            for number in range(CHANNELS):
                if value >> number & 1:
                    act(number)
        else:
            super().write_uint32(offset, value)

    def _write_channel(self, number: int, alias: int, place: int, value: int) -> None:
        channel, register = self.channels[number], _ALIASES[alias][place]
        if register == CTRL:
            kept = channel[CTRL] & ~_WRITABLE & ~(value & (_READ_ERROR | _WRITE_ERROR))
            channel[CTRL] = kept & ~(0 if kept & (_READ_ERROR | _WRITE_ERROR) else _ERROR) | value & _WRITABLE
            if self.active(number):
                self._schedule(number)
            else:
                self._cancel(number)
        elif register == COUNT:
            self.reloads[number] = value
            if not channel[CTRL] & _BUSY:
                channel[COUNT] = value
        else:
            channel[register] = value
        if place == 3:
            if value:
                self._start(number)
            elif channel[CTRL] & _QUIET:
                self._raise(number)

    def _start(self, number: int) -> None:
        channel = self.channels[number]
        if not channel[CTRL] & _EN or channel[CTRL] & _BUSY:
            return
        if channel[CTRL] & _SNIFF:
            raise KesuError(
                f"DMA channel {number} uses the sniffer, which the emulated Pico 2 does not have.",
                hint="See docs/benches.md for what is not modelled.",
                code=Exit.UNAVAILABLE,
            )
        channel[COUNT] = self.reloads[number]
        channel[CTRL] |= _BUSY
        self._due[number] = Fraction(self.rp2040.clock.nanos)
        self._schedule(number)
        self.on_start()

    def _abort(self, number: int) -> None:
        self.channels[number][CTRL] &= ~_BUSY
        self._cancel(number)

    # Time.

    def _schedule(self, number: int) -> None:
        """Set the time of the next transfer, if it has one yet."""
        if self._scheduled[number]:
            return
        select, now = self.request_of(number), Fraction(self.rp2040.clock.nanos)
        if select in _TIMERS:
            period = self._period(select - _TIMERS[0])
            if not period:
                return
            self._due[number] = max(self._due[number] + period, now)
        elif select == _UNPACED:
            units = self.channels[number][COUNT]
            units = _SLICE if units >> 28 == _ENDLESS else min(units & 0x0FFF_FFFF, _SLICE)
            self._due[number] = max(self._due[number], now) + units * _CYCLE_NS
        elif select in self.requests:
            self._due[number] = now + _CYCLE_NS
        else:
            return
        self._scheduled[number] = True
        self._alarms[number].schedule(float(max(0, ceil(self._due[number]) - self.rp2040.clock.nanos)))

    def _period(self, timer: int) -> Fraction:
        """Of a pacing timer, in ns; 0: it stands still. TIMER holds X and Y: X / Y transfers a cycle."""
        value = self.kept.get(_TIMER + 4 * timer, 0)
        dividend, divisor = value >> 16, value & 0xFFFF
        return Fraction(divisor, dividend) * _CYCLE_NS if dividend else Fraction(0)

    def _serving(self, number: int) -> Any:
        return lambda: self._serve(number)

    def _serve(self, number: int) -> None:
        self._scheduled[number] = False
        select = self.request_of(number)
        if select == _UNPACED:
            for _ in range(_SLICE):
                if self.active(number):
                    self._move(number)
        elif self.active(number) and (select in _TIMERS or select in self.requests):
            self._move(number)
        if self.active(number):
            self._schedule(number)

    def _cancel(self, number: int) -> None:
        self._scheduled[number] = False
        self._alarms[number].cancel()

    # Transfers.

    def _move(self, number: int) -> None:
        """One unit."""
        channel = self.channels[number]
        control, mode = channel[CTRL], channel[COUNT] >> 28
        left = channel[COUNT] & 0x0FFF_FFFF
        if left or mode == _ENDLESS:
            size = 1 << (control >> 2 & 3)
            value = self._bus.read(channel[READ], size)
            failed = _READ_ERROR if self._bus.failed() else 0
            if control & _BSWAP:
                value = int.from_bytes((value & (1 << 8 * size) - 1).to_bytes(size, "little"), "big")
            if not failed:
                self._bus.write(channel[WRITE], size, value)
                failed = _WRITE_ERROR if self._bus.failed() else 0
            if failed:
                channel[CTRL] = channel[CTRL] & ~_BUSY | failed | _ERROR
                self._raise(number)
                return
            ring = 0 if control & _RING_WRITE else control >> 8 & 0xF
            channel[READ] = _next(channel[READ], size, control & _INCR_READ, control & _READ_OTHER, ring)
            ring = control >> 8 & 0xF if control & _RING_WRITE else 0
            channel[WRITE] = _next(channel[WRITE], size, control & _INCR_WRITE, control & _WRITE_OTHER, ring)
            if mode == _ENDLESS:
                return
            left -= 1
            channel[COUNT] = mode << 28 | left
        if not left:
            self._finish(number, mode)

    def _finish(self, number: int, mode: int) -> None:
        channel = self.channels[number]
        channel[CTRL] &= ~_BUSY
        if not channel[CTRL] & _QUIET:
            self._raise(number)
        chained = channel[CTRL] >> 13 & 0xF
        if chained != number:
            self._start(chained)
        if mode == _AGAIN:
            self._start(number)

    # Interrupts.

    def _status(self, line: int) -> int:
        enabled, forced = (self.kept.get(_INTR + 4 + 16 * line + at, 0) for at in (0, 4))
        return self.kept.get(_INTR, 0) & enabled | forced

    def _raise(self, number: int) -> None:
        self.kept[_INTR] = self.kept.get(_INTR, 0) | 1 << number
        self._interrupt()

    def _interrupt(self) -> None:
        for line in range(4):
            self._line(_IRQ + line, bool(self._status(line)))

    def visible_state(self) -> bytes:
        """The channels, and the other registers."""
        values = [value for channel in self.channels for value in channel] + self.reloads
        return words(values) + super().visible_state()


def _next(address: int, size: int, moves: int, other: int, ring: int) -> int:
    """The address after one unit: up, down, up by two units, or the same; within a ring of 2**ring bytes."""
    step = (-size if other else size) if moves else (2 * size if other else 0)
    mask = (1 << ring) - 1 if ring else 0xFFFF_FFFF
    return (address & ~mask & 0xFFFF_FFFF) | (address + step & mask)
