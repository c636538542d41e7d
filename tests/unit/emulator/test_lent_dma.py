"""DMA channels that are lent to a PIO block move the same words to the same places as channels that are not."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

import pytest
from kesu.emulator.chips.rp2040.lent_dma import LentDma
from pio_bench import (
    AUTOPUSH,
    INSTR,
    PINS,
    PIO0,
    RXF,
    SHIFTCTRL,
    TXF,
    Bench,
    X,
    in_,
    mov,
    pull,
    wait,
)

DMA, SRAM = 0x5000_0000, 0x2000_0000
RING = SRAM + 0x8000
READ, WRITE, COUNT, CTRL = range(0, 0x10, 4)
EN, HALFWORD, INCR_WRITE, RING_WRITE = 1, 1 << 2, 1 << 5, 1 << 10
CLK, DATA, SELECT = 5, 2, 4
MOV_ISR_NULL = 0xA0C3


class Sink:
    """Two state machines: words of 16 bits by a clock, and a word of SM1 into SM0_INSTR at each rise of a third pin."""

    def __init__(self, lent: bool, ring_bits: int, count: int = 1 << 31) -> None:
        self.bench = bench = Bench("rp2040")
        mcu = bench.mcu
        if lent:
            mcu.dma = mcu.peripherals[DMA >> 12] = LentDma(mcu, "DMA")
        bench.connect(CLK, DATA, DATA + 1, SELECT, output=False)
        bench.program([wait(0, 0, CLK), wait(1, 0, CLK), in_(PINS, 2)])
        bench.program([wait(0, 0, SELECT), wait(1, 0, SELECT), in_(X, 32)], at=3)
        bench.wrap(0, 0, 2)
        bench.wrap(1, 3, 5)
        bench.machine(0, SHIFTCTRL, AUTOPUSH | 16 << 20 | 1 << 31)
        bench.machine(1, SHIFTCTRL, AUTOPUSH)
        bench.pins(0, in_base=DATA)
        bench.machine(1, INSTR, 3)
        bench.set(TXF + 4, MOV_ISR_NULL)
        bench.machine(1, INSTR, pull())
        bench.machine(1, INSTR, mov(X, 7))
        control = EN | HALFWORD | INCR_WRITE | ring_bits << 6 | RING_WRITE | 4 << 15
        self.channel(0, PIO0 + RXF, RING, count, control)
        self.channel(1, PIO0 + RXF + 4, PIO0 + 0xC8 + INSTR, 1 << 31, EN | 2 << 2 | 1 << 11 | 5 << 15)
        bench.enable(3)

    def channel(self, number: int, source: int, to: int, count: int, control: int) -> None:
        for register, value in ((READ, source), (WRITE, to), (COUNT, count), (CTRL, control)):
            self.bench.write(DMA + 0x40 * number + register, value)

    def level(self, pin: int, high: bool) -> None:
        self.bench.mcu.gpio[pin].set_input_value(high)

    def clock(self, pairs: list[int]) -> None:
        for pair in pairs:
            self.level(DATA, bool(pair & 1))
            self.level(DATA + 1, bool(pair & 2))
            self.level(CLK, False)
            self.bench.run(4)
            self.level(CLK, True)
            self.bench.run(4)
        self.bench.run(20)

    def seen(self) -> dict[str, object]:
        found: dict[str, object] = {
            f"{register} {number}": self.bench.read(DMA + 0x40 * number + register)
            for number in range(2)
            for register in (READ, WRITE, COUNT, CTRL)
        }
        return found | {"memory": bytes(self.bench.mcu.sram[0x8000:0x8400]), "levels": self.bench.get(0x0C)}


@pytest.mark.parametrize("seed", range(4))
def test_lent_channels_move_the_same_words(seed: int) -> None:
    generator = random.Random(f"dma {seed}")
    sinks = [Sink(lent, ring_bits=6) for lent in (False, True)]
    for _ in range(40):
        pairs = [generator.randrange(4) for _ in range(generator.choice((8, 16, 24, 3)))]
        resync = generator.random() < 0.3
        for sink in sinks:
            sink.clock(pairs)
            if resync:
                sink.level(SELECT, False)
                sink.bench.run(8)
                sink.level(SELECT, True)
                sink.bench.run(20)
        assert sinks[0].seen() == sinks[1].seen()
    assert sinks[1].bench.mcu.dma._lent, "nothing was lent"
    assert any(sinks[1].bench.mcu.sram[0x8000:0x8040])


def test_the_last_unit_ends_the_channel_with_its_interrupt() -> None:
    for lent in (False, True):
        sink = Sink(lent, ring_bits=0, count=3)
        sink.clock([1, 2, 3, 0] * 6)  # 48 bits: three words
        assert sink.bench.read(DMA + 0x400) == 1  # INTR
        assert not sink.bench.read(DMA + CTRL) >> 24 & 1  # BUSY
        assert sink.bench.read(DMA + WRITE) == RING + 6
        sink.clock([3] * 8)
        assert sink.bench.read(DMA + WRITE) == RING + 6


def test_a_write_to_a_channel_takes_it_back() -> None:
    sink = Sink(lent=True, ring_bits=6)
    sink.clock([3] * 16)
    sink.bench.write(DMA + CTRL, 0)  # stop
    sink.clock([3] * 32)
    assert sink.bench.read(DMA + WRITE) == RING + 4
    assert not sink.bench.mcu.dma._lent or 0 not in sink.bench.mcu.dma._lent
