"""schedule: when the state machines of a PIO block run, and how their effects reach the rest of the chip.

The interpreter in C runs ahead of time on a copy, to find the cycle at which something happens that others see: an
interrupt line, a data request, a pin with a listener. An alarm is set for it. If an input changes before, the copy is
thrown away. So state machines take no time while nothing sees them, and every effect comes at its exact cycle.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.peripherals.pio_registers import WaitType

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.pio.native_block import NEVER, Block, Edge, library

_AHEAD = 1 << 17
"""Cycles to look ahead at most: 1 ms."""
WAVE = 1 << 15
"""Most edges that are known before their time: of 1,927 bytes."""


@dataclass(frozen=True)
class Place:
    """Where a block is. number: of the block; version: 0 on an RP2040, 1 on an RP2350; hz: of the system clock.

    line(which, level): sets one of its two interrupt lines. request(which, level): sets a data request, 0 to 3 for
    receive FIFOs that are not empty, 4 to 7 for transmit FIFOs that are not full. owns(pin): whether the pin's
    function is this block.
    """

    number: int
    version: int
    hz: int
    line: Callable[[int, bool], None]
    request: Callable[[int, bool], None]
    owns: Callable[[int], bool]


class Scheduled(BasePeripheral):
    """A block without its registers. neighbours: the blocks before and after it, which an RP2350 can reach."""

    stopped = True
    """rp2040py must not step this block."""

    def __init__(self, mcu: Any, place: Place) -> None:
        super().__init__(mcu, f"PIO{place.number}")
        self.place = place
        self.state = Block(version=place.version)
        self.neighbours: tuple[Scheduled, Scheduled] | None = None
        self.machines = (_Watcher(self),)
        self._c = library()
        self._ahead = Block()
        self._at, self._ahead_at = ctypes.addressof(self.state), ctypes.addressof(self._ahead)
        self._next: int | None = None
        self._per_ns = Fraction(place.hz, 1_000_000_000)
        self._alarm = mcu.clock.create_alarm(self._due)
        self._listening = False
        self._stale, self._listeners = True, 0
        self.lends = False
        """Whether DMA channels are lent to this block."""
        self._wave: ctypes.Array[Edge] | None = None
        self._c.kesu_pio_reset(self._at)
        self._c.kesu_pio_reported(self._at)

    def reset(self) -> None:
        """Everything at its value at reset, the program too."""
        self._alarm.cancel()
        self._next = None
        self._stale = True
        self.state.cycle = self._now()
        self._c.kesu_pio_reset(self._at)
        self._report(first=True)

    # What pins ask rp2040py's blocks for.

    @property
    def pin_values(self) -> int:
        """Levels that the state machines have set, now."""
        self.synchronise()
        return int(self.state.out)

    @property
    def pin_directions(self) -> int:
        """Pins that the state machines drive, now."""
        self.synchronise()
        return int(self.state.oe)

    def from_neighbour(self, mask: int, enable: int, disable: int, divider: int) -> None:
        """What the neighbour's CTRL does to the state machines of `mask` (RP2350 datasheet 11.7)."""
        self.synchronise()
        enabled = self._enabled() | (mask if enable else 0)
        if mask and enable:
            self._listen()
        self._c.kesu_pio_control(self._at, enabled & ~(mask if disable else 0), 0, mask if divider else 0)
        self._changed()

    def _enabled(self) -> int:
        return sum(machine.enabled << number for number, machine in enumerate(self.state.machine))

    def synchronise(self) -> None:
        """Let the state machines execute what is due now."""
        now = self._now()
        if now <= self.state.cycle:
            return
        if self._next is not None and now >= self._next:
            self._take()
        while self._c.kesu_pio_run(self._at, now):
            self._report()
            self._next = None
        if self._next is None:
            self._look()

    def pins_changed(self) -> None:
        """A pin has another level or function, or a flag of a neighbour changed."""
        self._stale = True
        if self._listening:
            self.synchronise()
            self._changed()

    # Levels that are known before their time.

    def feed(self, mask: int, edges: ctypes.Array[Edge], count: int) -> None:
        """Levels for the pins of `mask`, at cycles to come, in the order of time: after this the block has the levels
        of these pins from here alone."""
        if self._wave is None:
            self._wave = (Edge * WAVE)()
            self.state.wave = ctypes.addressof(self._wave)
        state, size = self.state, ctypes.sizeof(Edge)
        if not self._listening:  # nothing has run here: only the last edges can matter to what starts next
            state.wave_at = state.wave_count = 0
        self.synchronise()
        if self._listening and count and edges[0].cycle < state.cycle:
            raise ValueError(f"an edge at cycle {edges[0].cycle}, and the block is at {state.cycle}")
        left = state.wave_count - state.wave_at
        if state.wave_count + count > WAVE:
            if left + count > WAVE:
                raise ValueError(f"{left + count} edges to come, more than {WAVE}")
            ctypes.memmove(self._wave, ctypes.addressof(self._wave) + state.wave_at * size, left * size)
            state.wave_at, state.wave_count = 0, left
        ctypes.memmove(ctypes.addressof(self._wave) + state.wave_count * size, edges, count * size)
        state.wave_count += count
        state.waved |= mask
        if self._listening:
            self._changed()

    def drains_changed(self) -> None:
        """DMA channels were lent, or taken back."""
        self._changed()

    def cut(self, cycle: int) -> None:
        """Drop the edges after a cycle: their sender has stopped."""
        if self._wave is not None:
            self.synchronise()
            while (
                self.state.wave_count > self.state.wave_at
                and self._wave[self.state.wave_count - 1].cycle > cycle
            ):
                self.state.wave_count -= 1
            self._changed()

    def _now(self) -> int:
        return int(self.rp2040.clock.nanos * self._per_ns)

    def _due(self) -> None:
        self.synchronise()
        if self._next is not None and self._next <= self.state.cycle:
            self._take()
            self._look()

    def _take(self) -> None:
        """The copy that ran ahead is the present now; with a lent channel, what it did has to be done once more, in
        memory too."""
        assert self._next is not None
        if self.lends:
            self._c.kesu_pio_run(self._at, self._next)
        else:
            ctypes.memmove(self._at, self._ahead_at, ctypes.sizeof(Block))
            self.state.ahead = 0
        self._next = None
        self._report()

    def _changed(self) -> None:
        """Something that the copy did not know has changed."""
        self._report()
        self._look()

    def _look(self) -> None:
        self._alarm.cancel()
        if self._listening:
            listeners = sum([len(pin._listeners) for pin in self.rp2040.gpio])
            if self._stale or listeners != self._listeners:
                self._c.kesu_pio_outside(self._at, *self._outside())
                self._stale, self._listeners = False, listeners
        at = int(self._c.kesu_pio_look(self._at, self._ahead_at, self.state.cycle + _AHEAD))
        self._next = at if at != NEVER else None
        if self._next is not None:
            self._alarm.schedule(float(max(0, ceil(self._next / self._per_ns) - self.rp2040.clock.nanos)))

    def _outside(self) -> tuple[int, int, int, int, int]:
        """Own pins, levels of all others, pins that someone watches, flags of both neighbours."""
        own = levels = watched = 0
        for number, pin in enumerate(self.rp2040.gpio):
            if self.place.owns(number):
                own |= 1 << number
                watched |= (len(pin._listeners) > 1) << number  # one is that of this block
                levels |= pin.input_value << number
            else:
                levels |= (pin.output_value if pin.output_enable else pin.input_value) << number
        flags = [int(block.state.irq) for block in self.neighbours] if self.neighbours else [0, 0]
        return own, levels, watched, flags[0], flags[1]

    def _listen(self) -> None:
        """Hear of the levels that other functions give to pins, from now on."""
        if not self._listening:
            self._listening = True
            for number, pin in enumerate(self.rp2040.gpio):
                pin.add_listener(lambda *_, number=number: self._other_pin(number))

    def _other_pin(self, number: int) -> None:
        if not self.place.owns(number):
            self.pins_changed()

    def _report(self, first: bool = False) -> None:
        """Pass on what others see: requests, lines, pins, and flags of neighbours."""
        state = self.state
        if state.unsupported:
            raise missing("what a state machine executed: OUT_STICKY, or an instruction of the other chip")
        before, pins = int(state.signals), int(state.seen_pins)
        now = int(self._c.kesu_pio_reported(self._at))
        for bit in range(8):
            if (before ^ now) >> bit & 1 or first:
                self.place.request(bit, bool(now >> bit & 1))
        for which in range(2):
            if (before ^ now) >> 8 + which & 1 or first:
                self.place.line(which, bool(now >> 8 + which & 1))
        moved = (pins ^ int(state.seen_pins)) & int(state.own)
        while moved:
            number = (moved & -moved).bit_length() - 1
            moved &= moved - 1
            self.rp2040.gpio[number].check_for_updates()
        if self.neighbours:
            self._tell_neighbours((before ^ now) >> 16)

    def _tell_neighbours(self, flags: int) -> None:
        assert self.neighbours is not None
        state = self.state
        changes = ((state.set_prev, state.clear_prev), (state.set_next, state.clear_next))
        state.set_prev = state.set_next = state.clear_prev = state.clear_next = 0
        for block, (raised, cleared) in zip(self.neighbours, changes, strict=True):
            if raised or cleared:
                block.synchronise()
                block.state.irq = (block.state.irq | raised) & ~cleared & 0xFF
            if raised or cleared or flags:
                block.pins_changed()


class _Watcher:
    """Stands in the list where rp2040py's pins look for state machines that wait for a pin: this one waits for all."""

    class _Any:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]  # it can change

    enabled = waiting = True
    wait_type = WaitType.PIN
    wait_index = _Any()

    def __init__(self, block: Scheduled) -> None:
        self._block = block

    def check_wait(self) -> None:
        self._block.pins_changed()


def missing(what: str) -> KesuError:
    """The error that ends a run."""
    return KesuError(
        f"The emulated PIO does not have {what}.",
        hint="See docs/benches.md for what is not modelled.",
        code=Exit.UNAVAILABLE,
    )
