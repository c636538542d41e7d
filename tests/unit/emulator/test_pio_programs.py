"""PIO programs of everyday use, written from the datasheets' descriptions, and their waveforms by the cycle."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from itertools import pairwise

import pytest
from pio_bench import (
    ALWAYS,
    AUTOPULL,
    AUTOPUSH,
    CHIPS,
    CLKDIV,
    FLEVEL,
    IN_RIGHT,
    ISR,
    NOP,
    NOT_X,
    OUT_RIGHT,
    PINS,
    RXF,
    SHIFTCTRL,
    TXF,
    X_DEC,
    Bench,
    X,
    in_,
    jmp,
    level_at,
    mov,
    out,
    pull,
    push,
    set_,
    wait,
)

SIDE_EN = 1 << 30


def delayed(op: int, cycles: int, side: int | None = None, bits: int = 0) -> int:
    """An instruction with a delay, and with side-set of that many bits."""
    field = cycles if side is None else side << (5 - bits) | cycles
    return op | field << 8


@pytest.mark.parametrize("chip", CHIPS)
def test_square_wave(chip: str) -> None:
    """High for three ticks, low for four with the jump, at a third of the clock."""
    bench = Bench(chip)
    bench.connect(5)
    seen = bench.edges(5)
    bench.program([delayed(set_(PINS, 1), 2), delayed(set_(PINS, 0), 2), jmp(ALWAYS, 0)])
    bench.pins(0, set_pins=(5, 1))
    bench.machine(0, CLKDIV, 3 << 16)
    bench.run(500)
    assert seen == []  # not enabled
    bench.enable(1)
    bench.run(300)
    times = [at for at, _ in seen]
    steps = [later - at for at, later in pairwise(times)]
    assert [level for _, level in seen[:4]] == [1, 0, 1, 0]
    assert steps[:6] == [9, 12, 9, 12, 9, 12]


@pytest.mark.parametrize("chip", CHIPS)
def test_ws2812(chip: str) -> None:
    """A bit takes ten ticks: high for seven means 1, for two 0."""
    bench = Bench(chip)
    bench.connect(2)
    seen = bench.edges(2)
    bench.program(
        [
            delayed(out(X, 1), 2, side=0, bits=1),
            delayed(jmp(NOT_X, 3), 1, side=1, bits=1),
            delayed(jmp(ALWAYS, 0), 4, side=1, bits=1),
            delayed(NOP, 4, side=0, bits=1),
        ]
    )
    bench.wrap(0, 0, 3)
    bench.pins(0, side=(2, 1))
    bench.machine(0, SHIFTCTRL, 24 << 25 | AUTOPULL)
    bench.machine(0, CLKDIV, 2 << 16)
    bench.enable(1)
    colours = [0x00FF42, 0xA50001]
    for colour in colours:
        bench.set(TXF, colour << 8)
    bench.run(2 * 10 * 60)
    rises = [at for at, level in seen if level]
    falls = [at for at, level in seen if not level and at > rises[0]]
    bits = [
        1 if fall - rise == 14 else 0 if fall - rise == 4 else None
        for rise, fall in zip(rises, falls, strict=True)
    ]
    assert bits == [colour >> bit & 1 for colour in colours for bit in range(23, -1, -1)]
    assert {later - at for at, later in pairwise(rises[:24])} == {20}


def decode_uart(edges: list[tuple[int, int]], bit: float) -> bytes:
    """Characters of 8 bits from the edges of a line."""
    found, after = [], 0.0
    for at, level in edges:
        if level == 0 and at >= after:
            found.append(sum(level_at(edges, at + (place + 1.5) * bit) << place for place in range(8)))
            assert level_at(edges, at + 9.5 * bit) == 1, "stop bit"
            after = at + 9.5 * bit
    return bytes(found)


UART_TX = [
    delayed(pull(), 7, side=1 << 1 | 1, bits=2),
    delayed(set_(X, 7), 7, side=1 << 1, bits=2),
    out(PINS, 1),
    delayed(jmp(X_DEC, 2), 6),
]


def uart_tx(bench: Bench, pin: int, divider: int) -> None:
    """State machine 0 sends: eight ticks a bit, stop bit and idle high by an optional side-set."""
    bench.connect(pin)
    bench.program(UART_TX)
    bench.wrap(0, 0, 3, SIDE_EN)
    bench.pins(0, out_pins=(pin, 1), set_pins=(pin, 1), side=(pin, 2))
    bench.machine(0, SHIFTCTRL, OUT_RIGHT)
    bench.machine(0, CLKDIV, divider)
    bench.machine(0, 0x10, set_(PINS, 1))


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("divider", [1 << 16, 13 << 16, (5 << 16) + (0x55 << 8)])
def test_uart_transmitter(chip: str, divider: int) -> None:
    bench = Bench(chip)
    seen = bench.edges(4)
    uart_tx(bench, 4, divider)
    bench.enable(1)
    text = b"\x00\xff\x55k"
    for value in text:
        bench.set(TXF, value)
    bit = 8 * (divider >> 8) / 256
    bench.run(round(60 * bit))
    assert decode_uart(seen, bit) == text
    assert bench.get(FLEVEL) == 0


@pytest.mark.parametrize("chip", CHIPS)
def test_uart_through_its_own_pin(chip: str) -> None:
    """A second state machine receives what the first sends, from the pad."""
    bench = Bench(chip)
    uart_tx(bench, 4, 7 << 16)
    receive = [wait(0, 0, 4), delayed(set_(X, 7), 10), in_(PINS, 1), delayed(jmp(X_DEC, 10), 6), push()]
    bench.program(receive, at=8)
    bench.wrap(1, 8, 12)
    bench.pins(1, in_base=4)
    bench.machine(1, SHIFTCTRL, IN_RIGHT)
    bench.machine(1, CLKDIV, 7 << 16)
    bench.machine(1, 0x10, jmp(ALWAYS, 8))
    bench.run(10)  # the idle level passes the synchroniser
    bench.enable(3)
    text = b"a\x80\x01"
    for value in text:
        bench.set(TXF, value)
    bench.run(60 * 56)
    assert [bench.get(RXF + 4) >> 24 for _ in text] == list(text)


@pytest.mark.parametrize("chip", CHIPS)
def test_spi_in_mode_0(chip: str) -> None:
    """Data changes as the clock falls, and is read as it rises; what comes back is the line looped back."""
    bench = Bench(chip)
    bench.connect(6, 7)
    data, clock = bench.edges(7), bench.edges(6)
    bench.program([out(PINS, 1) | 1 << 8, in_(PINS, 1) | 1 << 12 | 1 << 8])
    bench.wrap(0, 0, 1)
    bench.pins(0, out_pins=(7, 1), side=(6, 1), in_base=7)
    bench.machine(0, SHIFTCTRL, 8 << 25 | 8 << 20 | AUTOPULL | AUTOPUSH)
    bench.machine(0, CLKDIV, 4 << 16)
    bench.enable(1)
    text = b"\xa5\x0f\x3c"
    for value in text:
        bench.set(TXF, value << 24)
    bench.run(4 * 4 * 30)
    sampled = [level_at(data, at) for at, level in clock if level]
    whole = [int("".join(map(str, sampled[at : at + 8])), 2) for at in range(0, 24, 8)]
    assert bytes(whole) == text
    assert bytes(bench.get(RXF) for _ in text) == text


@pytest.mark.parametrize("chip", CHIPS)
def test_a_fractional_divider_keeps_its_average(chip: str) -> None:
    bench = Bench(chip)
    bench.connect(9)
    seen = bench.edges(9)
    bench.program([set_(PINS, 1), set_(PINS, 0)])
    bench.wrap(0, 0, 1)
    bench.pins(0, set_pins=(9, 1))
    bench.machine(0, CLKDIV, 2 << 16 | 0x80 << 8)
    bench.enable(1)
    bench.run(5_000)
    times = [at for at, _ in seen]
    steps = {later - at for at, later in pairwise(times)}
    assert steps == {2, 3}
    assert (times[-1] - times[0]) / (len(times) - 1) == pytest.approx(2.5, abs=0.001)


@pytest.mark.parametrize("chip", CHIPS)
def test_copies_are_the_same_however_often_the_block_is_read(chip: str) -> None:
    """Reading a register in between, also in the middle of a wait, must not change what happens."""
    logs = []
    for step in (1, 7, 5_000):
        bench = Bench(chip)
        seen = bench.edges(4)
        uart_tx(bench, 4, 3 << 16)
        bench.enable(1)
        for value in b"xyz":
            bench.set(TXF, value)
        for _ in range(5_000 // step):
            bench.run(step)
            bench.get(FLEVEL)
        logs.append(seen)
    assert logs[0] == logs[1][: len(logs[0])] == logs[2][: len(logs[0])]
    assert len(logs[2]) > 10


def test_isr_is_the_name_of_a_target() -> None:
    assert mov(ISR, X) == 0xA0C1
