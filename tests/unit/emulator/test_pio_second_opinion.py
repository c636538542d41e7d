"""The PIO interpreter in C against one in Python that was written from the datasheet's text, on random programs."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
from typing import NamedTuple

import pytest
from fast_part import fast
from kesu.emulator.chips.pio.native_block import Block, Edge, library
from kesu.emulator.core import native
from pio_by_datasheet import Machine, Settings

CYCLES, PROGRAMS = 160, 60
INPUTS = 0x0F
"""Pins 0 to 3 have levels from outside; the others are free."""


class Event(NamedTuple):
    """What happens from outside before a cycle: "put", "take", "force" or "clear", with a value."""

    cycle: int
    kind: str
    value: int


class Case(NamedTuple):
    settings: Settings
    edges: list[tuple[int, int]]
    events: list[Event]


def _op(generator: random.Random, settings: Settings, length: int) -> int:
    kind = generator.choices(range(8), (3, 2, 3, 3, 3, 3, 1, 2))[0]
    arg = generator.randrange(256)
    if kind == 0:
        arg = arg & 0xE0 | generator.randrange(length)
    elif kind == 1:
        arg = generator.choice((0, 1, 2)) << 5 | generator.randrange(2) << 7 | generator.randrange(4)
    elif kind == 2:
        arg = generator.choice((0, 1, 2, 3, 6, 7)) << 5 | arg & 31
    elif kind == 3:
        arg = generator.choice((0, 1, 2, 3, 4, 6)) << 5 | arg & 31
    elif kind == 4:
        arg &= 0xE0
    elif kind == 5:
        arg = (
            generator.choice((0, 1, 2, 6, 7)) << 5
            | generator.randrange(3) << 3
            | generator.choice((0, 1, 2, 3, 6, 7))
        )
    elif kind == 6:
        arg = generator.choice((0x00, 0x40, 0x20)) | generator.randrange(4) | generator.choice((0, 16))
    elif kind == 7:
        arg = generator.choice((0, 1, 2, 4)) << 5 | arg & 31
    return kind << 13 | generator.choice((0, 0, generator.randrange(32))) << 8 | arg


def draw(seed: str) -> Case:
    """A program, its settings, levels of its pins, and what is done to its FIFOs."""
    generator = random.Random(seed)
    length = generator.randrange(2, 12)
    join = generator.randrange(4)
    settings = Settings(
        code=[],
        wrap=(0, length - 1),
        autopush=generator.random() < 0.5,
        autopull=generator.random() < 0.5,
        push_at=generator.choice((8, 16, 32, generator.randrange(1, 33))),
        pull_at=generator.choice((8, 16, 32, generator.randrange(1, 33))),
        in_right=generator.random() < 0.5,
        out_right=generator.random() < 0.5,
        join_rx=join == 1,
        join_tx=join == 2,
        side_count=generator.choice((0, 0, 1, 2)),
        side_optional=generator.random() < 0.5,
        side_dirs=generator.random() < 0.3,
        side_base=generator.randrange(4, 32),
        set_base=generator.randrange(4, 32),
        set_count=generator.randrange(6),
        out_base=generator.randrange(4, 32),
        out_count=generator.randrange(33),
        in_base=generator.randrange(4),
        jump_pin=generator.randrange(4),
        number=generator.randrange(4),
    )
    if not settings.side_count:
        settings.side_optional = False
    settings.code = [_op(generator, settings, length) for _ in range(length)] + [0] * (32 - length)
    moments = sorted(generator.sample(range(2, CYCLES), 40))
    edges = [(moment, generator.randrange(16)) for moment in moments]
    events = sorted(
        Event(
            generator.randrange(CYCLES),
            generator.choice(("put", "put", "take", "clear", "force")),
            generator.randrange(1 << 32),
        )
        for _ in range(30)
    )
    return Case(settings, edges, events)


class InC:
    """The block in C with one of its state machines set up."""

    def __init__(self, case: Case) -> None:
        self.c, self.block, s = library(), Block(version=0), case.settings
        self.at, self.number = ctypes.addressof(self.block), s.number
        self.c.kesu_pio_reset(self.at)
        for place, word in enumerate(s.code):
            self.block.code[place] = word
        registers = (
            1 << 16,
            s.wrap[1] << 12 | s.wrap[0] << 7 | s.jump_pin << 24 | s.side_dirs << 29 | s.side_optional << 30,
            s.autopush << 16
            | s.autopull << 17
            | s.in_right << 18
            | s.out_right << 19
            | (s.push_at & 31) << 20
            | (s.pull_at & 31) << 25
            | s.join_tx << 30
            | s.join_rx << 31,
            s.out_base
            | s.set_base << 5
            | s.side_base << 10
            | s.in_base << 15
            | s.out_count << 20
            | s.set_count << 26
            | s.side_count << 29,
        )
        for which, value in enumerate(registers):
            self.c.kesu_pio_configure(self.at, self.number, which, value)
        self.edges = (Edge * len(case.edges))(*(Edge(*edge) for edge in case.edges))
        self.block.wave = ctypes.addressof(self.edges)
        self.block.waved, self.block.wave_count = INPUTS, len(case.edges)
        self.c.kesu_pio_control(self.at, 1 << self.number, 0, 0)

    def run(self, until: int) -> None:
        while self.c.kesu_pio_run(self.at, until):
            self.c.kesu_pio_reported(self.at)

    def apply(self, event: Event) -> None:
        if event.kind == "put":
            self.c.kesu_pio_put(self.at, self.number, event.value)
        elif event.kind == "take" and self.block.machine[self.number].rx_count:
            self.c.kesu_pio_get(self.at, self.number)
        elif event.kind == "clear":
            self.block.irq &= ~(event.value & 0xFF)
            self.c.kesu_pio_control(self.at, 1 << self.number, 0, 0)

    def state(self) -> dict[str, int]:
        machine = self.block.machine[self.number]
        names = ("x", "y", "isr", "isr_count", "osr", "osr_count", "pc", "rx_count", "tx_count")
        found = {name: int(getattr(machine, name)) for name in names}
        found |= {"irq": int(self.block.irq), "out": int(self.block.out), "dirs": int(self.block.oe)}
        return found


def by_datasheet(machine: Machine) -> dict[str, int]:
    values = {
        "rx_count": len(machine.rx),
        "tx_count": len(machine.tx),
        "irq": machine.irq,
        "out": machine.out,
    }
    names = ("x", "y", "isr", "isr_count", "pc", "osr", "osr_count", "dirs")
    return values | {name: getattr(machine, name) for name in names}


def _apply(machine: Machine, event: Event) -> None:
    depth = 8 if machine.s.join_tx else 0 if machine.s.join_rx else 4
    if event.kind == "put" and len(machine.tx) < depth:
        machine.tx.append(event.value)
    elif event.kind == "take" and machine.rx:
        machine.rx.popleft()
    elif event.kind == "clear":
        machine.irq &= ~(event.value & 0xFF)


def _level(case: Case, cycle: int) -> int:
    """Levels at the end of the synchroniser: two cycles late (3.5.6.3)."""
    past = [level for at, level in case.edges if at <= cycle - 2]
    return past[-1] if past else 0


@pytest.fixture(autouse=True)
def compiled() -> None:
    try:
        library()
    except native.NotCompiled as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("part", fast(range(8), 0))
def test_every_cycle_is_as_the_datasheet_says(part: int) -> None:
    ended = 0
    for number in range(PROGRAMS):
        seed = f"pio {part} {number}"
        case = draw(seed)
        own, other = InC(case), Machine(case.settings)
        events = list(case.events)
        for cycle in range(CYCLES):
            while events and events[0].cycle == cycle:
                event = events.pop(0)
                own.apply(event)
                _apply(other, event)
            own.run(cycle + 1)
            other.step(_level(case, cycle))
            mine, its = own.state(), by_datasheet(other)
            assert mine == {name: its[name] for name in mine}, f"{seed}, cycle {cycle}"
        ended += other.pc != 0 or other.x != 0
    assert ended > PROGRAMS // 4, "hardly any program did something"


@pytest.mark.parametrize("part", fast(range(4), 0))
def test_one_run_is_the_same_as_one_for_each_cycle(part: int) -> None:
    """What sleeps, and edges that are known before their time, must not change anything."""
    for number in range(PROGRAMS):
        case = draw(f"run {part} {number}")
        steps, once = InC(case), InC(case)
        for event in case.events:
            while steps.block.cycle < event.cycle:
                steps.run(steps.block.cycle + 1)
            once.run(event.cycle)
            assert steps.state() == once.state(), f"{number}, cycle {event.cycle}"
            steps.apply(event)
            once.apply(event)


def test_a_changed_program_is_noticed() -> None:
    """Control: one instruction of the other opinion is another."""
    found = 0
    for number in range(20):
        case = draw(f"control {number}")
        own, other = InC(case), Machine(case.settings)
        other.s.code = [case.settings.code[0] ^ 0x2000, *case.settings.code[1:]]
        for cycle in range(CYCLES):
            own.run(cycle + 1)
            other.step(_level(case, cycle))
            mine, its = own.state(), by_datasheet(other)
            if mine != {name: its[name] for name in mine}:
                found += 1
                break
    assert found > 10
