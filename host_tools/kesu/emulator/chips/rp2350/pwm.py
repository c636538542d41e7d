"""pwm: the RP2350's twelve PWM slices (datasheet 12.5), computed from the time, without a step for each count.

Counter and outputs follow from the time since the slice was last written to. Alarms are set only where something waits
for a wrap or an edge: an interrupt, a DMA channel, a listener on a pin. Slices that count edges of their B pin are not
modelled: to set one ends the run.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.core.emulator import words

SLICES = 12
_CSR, _DIV, _CTR, _CC, _TOP = range(0, 0x14, 4)
_PER_SLICE = 0x14
_ON, _INTR, _INTERRUPTS, _END = 0xF0, 0xF4, 0xF8, 0x110
_EN, _PHASE_CORRECT, _A_INV, _B_INV, _DIVMODE, _RETARD, _ADVANCE = 1, 2, 4, 8, 0x30, 1 << 6, 1 << 7
_FUNCTION = 4
_IRQ, _REQUEST = 8, 32
_MASK = 0xFFFF
_CYCLES_PER_NS = Fraction(RP2350.clk_sys_hz, 1_000_000_000)


@dataclass
class Slice:
    """One slice. anchor: the cycle at which it was at `counts`, its position in a period. cc and top are in use since
    the last wrap; next_cc and next_top wait for the next one."""

    csr: int = 0
    div: int = 0x10
    cc: int = 0
    top: int = _MASK
    next_cc: int = 0
    next_top: int = _MASK
    anchor: int = 0
    counts: int = 0

    @property
    def period(self) -> int:
        """Counts until the counter is where it was: 12.5.2.6."""
        return (self.top + 1) * (2 if self.csr & _PHASE_CORRECT else 1)

    @property
    def cycles_per_count(self) -> Fraction:
        return Fraction(self.div if self.div >> 4 else self.div | 0x1000, 16)

    def settle(self, cycle: int) -> int:
        """Bring it to that cycle. Returns how often it wrapped."""
        if not self.csr & _EN:
            self.anchor = cycle
            return 0
        passed = int((cycle - self.anchor) / self.cycles_per_count)
        self.anchor += ceil(passed * self.cycles_per_count)
        total, wraps = self.counts + passed, 0
        while total >= self.period:  # at most a few: a new TOP may come with the first
            first = self.period
            total -= first
            wraps += 1
            self.cc, self.top = self.next_cc, self.next_top
            if total >= self.period:
                more = total // self.period
                wraps, total = wraps + more, total - more * self.period
        self.counts = total
        return wraps

    def counter(self) -> int:
        """CTR: up, or up and down again."""
        return self.counts if self.counts <= self.top else 2 * self.top + 1 - self.counts

    def outputs(self) -> tuple[bool, bool]:
        """Levels of A and B: high while the counter is below its compare value (12.5.2.1)."""
        counter = self.counter()
        a, b = counter < self.cc & _MASK, counter < self.cc >> 16
        return a != bool(self.csr & _A_INV), b != bool(self.csr & _B_INV)

    def edges(self) -> list[int]:
        """Positions in a period at which an output may change, the wrap included."""
        up = {self.cc & _MASK, self.cc >> 16}
        places = {place for place in up if place <= self.top}
        if self.csr & _PHASE_CORRECT:
            places |= {2 * self.top + 2 - place for place in up if 0 < place <= self.top}
        return sorted(places | {self.period})


class Pwm(Kept):
    """The block. request(which): pulses a data request. wanted(which): whether a DMA channel waits for it."""

    def __init__(self, mcu: Any, request: Callable[[int], None], wanted: Callable[[int], bool]) -> None:
        super().__init__(mcu, "PWM")
        self._line: Callable[[int, bool], None] = mcu.line
        self.slices = [Slice() for _ in range(SLICES)]
        self._request, self._wanted = request, wanted
        self._alarm = mcu.clock.create_alarm(self.pins_changed)

    def reset(self) -> None:
        super().reset()
        self.slices = [Slice(anchor=self._cycle()) for _ in range(SLICES)]
        self._alarm.cancel()
        self._interrupt()

    # What pins ask for. Pin n below 32 belongs to slice n / 2 modulo 8 (12.5.2).

    @property
    def gpio_value(self) -> int:
        """Levels of all pins that have this function."""
        self.settle()
        result = 0
        for number, one in enumerate(self.slices[:8]):
            a, b = one.outputs()
            result |= (a | b << 1) * 0x1_0001 << 2 * number
        return result

    @property
    def gpio_direction(self) -> int:
        return 0xFFFF_FFFF

    def gpio_on_input(self, index: int) -> None:
        """Inputs have no effect on a slice that runs freely."""

    # Registers.

    def read_uint32(self, offset: int) -> int:
        self.settle()
        if offset < _ON:
            one = self.slices[offset // _PER_SLICE]
            return {
                _CSR: one.csr, _DIV: one.div, _CTR: one.counter(), _CC: one.next_cc, _TOP: one.next_top
            }[offset % _PER_SLICE]  # fmt: skip
        if offset == _ON:
            return sum((one.csr & _EN) << number for number, one in enumerate(self.slices))
        if offset in (0x100, 0x10C):
            return self._status(int(offset == 0x10C))
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        self.settle()
        if offset < _ON:
            self._write_slice(self.slices[offset // _PER_SLICE], offset % _PER_SLICE, value)
        elif offset == _ON:
            for number, one in enumerate(self.slices):
                one.csr = one.csr & ~_EN | value >> number & 1
                self._latch(one)
        elif offset == _INTR:
            self.kept[_INTR] = self.kept.get(_INTR, 0) & ~self.raw_write_value
        elif offset < _END and offset not in (0x100, 0x10C):
            super().write_uint32(offset, value & 0xFFF)
        self._interrupt()
        self._pins()
        self.arm()

    def _write_slice(self, one: Slice, register: int, value: int) -> None:
        if register == _CSR:
            if value & _DIVMODE:
                raise KesuError(
                    "A PWM slice counts edges of its B pin, which the emulated Pico 2 does not have.",
                    hint="See docs/benches.md for what is not modelled.",
                    code=Exit.UNAVAILABLE,
                )
            one.csr = value & 0x3F
            if value & (_RETARD | _ADVANCE):
                one.counts = (one.counts + (1 if value & _ADVANCE else -1)) % one.period
        elif register == _DIV:
            one.div = value & 0xFFF
        elif register == _CTR:
            one.counts = value & _MASK
        elif register == _CC:
            one.next_cc = value & 0xFFFF_FFFF
        else:
            one.next_top = value & _MASK
        self._latch(one)

    def _latch(self, one: Slice) -> None:
        """A slice that stands still takes new values at once."""
        if not one.csr & _EN:
            one.cc, one.top = one.next_cc, one.next_top

    # Time.

    def _cycle(self) -> int:
        return int(self.rp2040.clock.nanos * _CYCLES_PER_NS)

    def settle(self) -> None:
        """Bring all slices to the present, and record their wraps."""
        cycle = self._cycle()
        wrapped = 0
        for number, one in enumerate(self.slices):
            wrapped |= bool(one.settle(cycle)) << number
        if wrapped:
            self.kept[_INTR] = self.kept.get(_INTR, 0) | wrapped
            self._interrupt()
            for number in range(SLICES):
                if wrapped >> number & 1:
                    self._request(_REQUEST + number)

    def arm(self) -> None:
        """Set the alarm for the next wrap or edge that something waits for."""
        self._alarm.cancel()
        moments = [
            one.anchor + ceil((place - one.counts) * one.cycles_per_count)
            for number, one in enumerate(self.slices)
            if one.csr & _EN and (places := self._awaited(number, one))
            for place in places
            if place > one.counts
        ]
        if moments:
            moment_ns = ceil(min(moments) / _CYCLES_PER_NS)
            self._alarm.schedule(float(max(1, moment_ns - self.rp2040.clock.nanos)))

    def _awaited(self, number: int, one: Slice) -> list[int]:
        if any(self.rp2040.gpio[pin]._listeners for pin in self._pins_of(number)):
            return one.edges()
        enabled = self.kept.get(_INTERRUPTS, 0) | self.kept.get(_INTERRUPTS + 12, 0)
        return [one.period] if enabled >> number & 1 or self._wanted(_REQUEST + number) else []

    def _pins_of(self, number: int) -> list[int]:
        pins = self.rp2040.gpio
        return [
            pin
            for pin in range(len(pins))
            if pin >> 1 & 7 == number and pins[pin].function_select == _FUNCTION
        ]

    def pins_changed(self) -> None:
        """The time of an edge has come, or a pin has another function."""
        self.settle()
        self._pins()
        self.arm()

    def _pins(self) -> None:
        for pin in self.rp2040.gpio:
            if pin.function_select == _FUNCTION:
                pin.check_for_updates()

    def _status(self, line: int) -> int:
        at = _INTERRUPTS + 12 * line
        return self.kept.get(_INTR, 0) & self.kept.get(at, 0) | self.kept.get(at + 4, 0)

    def _interrupt(self) -> None:
        for line in range(2):
            self._line(_IRQ + line, bool(self._status(line)))

    def visible_state(self) -> bytes:
        """What was written to the slices, and the other registers. Counters follow from the time."""
        values = [value for one in self.slices for value in (one.csr, one.div, one.next_cc, one.next_top)]
        return words(values) + super().visible_state()
