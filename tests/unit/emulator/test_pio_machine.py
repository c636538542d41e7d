"""What a PIO state machine and its FIFOs do, instruction by instruction (RP2040 datasheet 3.4 to 3.7)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.common.errors import KesuError
from pio_bench import (
    ADDR,
    ALWAYS,
    AUTOPULL,
    AUTOPUSH,
    CHIPS,
    CTRL,
    EXECCTRL,
    FDEBUG,
    FLEVEL,
    FSTAT,
    IN_RIGHT,
    INSTR,
    IRQ,
    ISR,
    MACHINE,
    NOP,
    NULL,
    OSR,
    OUT_RIGHT,
    PIN,
    PINS,
    RXF,
    SHIFTCTRL,
    TXF,
    X_NE_Y,
    Y_DEC,
    Bench,
    X,
    Y,
    in_,
    irq,
    jmp,
    mov,
    out,
    pull,
    push,
    set_,
    wait,
)

EXEC = 7
STATUS = 5
FJOIN_TX, FJOIN_RX = 1 << 30, 1 << 31


def through(
    bench: Bench, code: list[int], words: list[int], control: int = IN_RIGHT | OUT_RIGHT
) -> list[int]:
    """What a program that loops pushes for these words."""
    bench.program(code)
    bench.wrap(0, 0, len(code) - 1)
    bench.machine(0, SHIFTCTRL, control)
    bench.enable(1)
    results = []
    for word in words:
        bench.set(TXF, word)
        bench.run(200)
        results += [bench.get(RXF) for _ in range(bench.get(FLEVEL) >> 4 & 0xF)]
    return results


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ([pull(), mov(ISR, OSR, 1), push()], 0xEDCB_A987),
        ([pull(), mov(ISR, OSR, 2), push()], 0x1E6A_2C48),
        ([pull(), out(X, 8), in_(X, 8), in_(NULL, 24), push()], 0x78),
        ([pull(), out(NULL, 8), out(X, 4), mov(ISR, X), push()], 0x6),
        ([pull(), mov(X, OSR), jmp(2, 3), mov(ISR, X), push()], 0x1234_5677),
        ([pull(), set_(X, 21), mov(ISR, X), push()], 21),
        (
            [
                pull(),
                set_(X, 3),
                set_(Y, 3),
                jmp(X_NE_Y, 6),
                in_(X, 32),
                jmp(ALWAYS, 7),
                in_(NULL, 32),
                push(),
            ],
            3,
        ),
    ],
)
def test_data_instructions(code: list[int], expected: int, chip: str) -> None:
    assert through(Bench(chip), code, [0x1234_5678]) == [expected]


@pytest.mark.parametrize("chip", CHIPS)
def test_shift_directions(chip: str) -> None:
    code = [pull(), out(X, 8), in_(X, 8), push()]
    assert through(Bench(chip), code, [0x1234_5678], IN_RIGHT | OUT_RIGHT) == [0x7800_0000]
    assert through(Bench(chip), code, [0x1234_5678], 0) == [0x12]


@pytest.mark.parametrize("chip", CHIPS)
def test_autopull_and_autopush(chip: str) -> None:
    """Bytes out, nibbles in: each word gives four pushes of 8 bits."""
    control = AUTOPULL | AUTOPUSH | 8 << 20 | OUT_RIGHT
    results = through(Bench(chip), [out(X, 4), in_(X, 4)], [0x7654_3210], control)
    assert results == [0x01, 0x23, 0x45, 0x67]


@pytest.mark.parametrize("chip", CHIPS)
def test_out_exec_runs_the_word(chip: str) -> None:
    code = [pull(), out(EXEC, 16), push()]
    assert through(Bench(chip), code, [in_(NULL, 32), mov(ISR, X, 1)]) == [0, 0xFFFF_FFFF]


@pytest.mark.parametrize("chip", CHIPS)
def test_fifos_overflow_underflow_and_stall(chip: str) -> None:
    bench = Bench(chip)
    for word in range(6):
        bench.set(TXF, word)
    assert bench.get(FLEVEL) == 4
    assert bench.get(FDEBUG) == 1 << 16  # TXOVER
    assert bench.get(FSTAT) == 0x0E01_0F00
    bench.get(RXF)
    assert bench.get(FDEBUG) == 1 << 16 | 1 << 8  # RXUNDER
    bench.set(FDEBUG, 1 << 16 | 1 << 8)
    bench.program([pull(), mov(ISR, OSR), push()])
    bench.wrap(0, 0, 2)
    bench.enable(1)
    bench.run(100)
    assert bench.get(FDEBUG) == 1 << 24  # TXSTALL: four words went through, and there is no fifth
    assert [bench.get(RXF) for _ in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("chip", CHIPS)
def test_a_full_receive_fifo_stalls_and_a_push_that_does_not_block_loses(chip: str) -> None:
    for block, kept in ((1, [0, 1, 2, 3]), (0, [0, 1, 2, 3])):
        bench = Bench(chip)
        bench.program([mov(ISR, Y), push(block), set_(X, 0), jmp(Y_DEC, 0)])
        bench.wrap(0, 0, 3)
        bench.machine(0, INSTR, set_(Y, 0))
        bench.program([mov(ISR, X), push(block), jmp(2, 3), mov(X, X, 0)])
        bench.machine(0, INSTR, set_(X, 0))
        # counts X down from 0: the words are 0, -1, -2 ...
        bench.enable(1)
        bench.run(200)
        words = [bench.get(RXF) for _ in range(4)]
        assert words == [-number & 0xFFFF_FFFF for number in kept]
        assert bench.get(FDEBUG) & 1  # RXSTALL
        bench.run(200)
        following = bench.get(RXF)
        assert (following == -4 & 0xFFFF_FFFF) is bool(block)


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(("join", "sent", "received"), [(0, 4, 4), (FJOIN_TX, 8, 0), (FJOIN_RX, 0, 8)])
def test_joined_fifos(join: int, sent: int, received: int, chip: str) -> None:
    bench = Bench(chip)
    bench.machine(0, SHIFTCTRL, join | IN_RIGHT | OUT_RIGHT)
    for word in range(10):
        bench.set(TXF, word)
    assert bench.get(FLEVEL) & 0xF == sent
    bench.program([mov(ISR, Y), push()])
    bench.wrap(0, 0, 1)
    bench.enable(1)
    bench.run(100)
    assert bench.get(FLEVEL) >> 4 & 0xF == received


@pytest.mark.parametrize("chip", CHIPS)
def test_a_level_reaches_a_state_machine_after_two_cycles(chip: str) -> None:
    """3.5.6.3: the synchroniser; with its bypass at once."""
    found = {}
    for bypass in (0, 1 << 10):
        bench = Bench(chip)
        bench.connect(10, output=False)
        bench.connect(11)
        seen = bench.edges(11)
        bench.set(0x38, bypass)
        bench.program([wait(1, 0, 10), set_(PINS, 1)])
        bench.wrap(0, 1, 1)
        bench.pins(0, set_pins=(11, 1))
        bench.mcu.gpio[10].set_input_value(False)
        bench.enable(1)
        bench.run(50)
        assert seen == []
        began = bench.cycle
        bench.mcu.gpio[10].set_input_value(True)
        bench.run(50)
        found[bypass] = seen[0][0] - began
    assert found[0] - found[1 << 10] == 2


@pytest.mark.parametrize("chip", CHIPS)
def test_jump_on_a_pin(chip: str) -> None:
    bench = Bench(chip)
    bench.connect(12, output=False)
    bench.program([jmp(PIN, 2), jmp(ALWAYS, 0), mov(ISR, Y, 1), push(), jmp(ALWAYS, 4)])
    bench.wrap(0, 0, 4, 12 << 24)
    bench.enable(1)
    bench.run(50)
    assert bench.get(FLEVEL) == 0
    bench.mcu.gpio[12].set_input_value(True)
    bench.run(50)
    assert bench.get(FLEVEL) == 1 << 4


@pytest.mark.parametrize("chip", CHIPS)
def test_flags_between_state_machines_and_to_the_core(chip: str) -> None:
    """SM0 raises flag 1 and waits until SM1 clears it; flag 0 is an interrupt."""
    bench = Bench(chip)
    bench.program([irq(1, wait_for=1), irq(0), jmp(ALWAYS, 2), wait(1, 2, 1), jmp(ALWAYS, 4)])
    bench.wrap(0, 0, 2)
    bench.wrap(1, 3, 4)
    bench.machine(1, INSTR, jmp(ALWAYS, 3))
    bench.set(0x170 if bench.new else 0x12C, 1 << 8)  # IRQ0_INTE: flag 0
    bench.enable(1)
    bench.run(50)
    assert bench.get(IRQ) == 2
    assert bench.get(MACHINE + ADDR) == 0

    def pending() -> bool:
        number = 15 if bench.new else 7
        if bench.new:
            return bool(bench.mcu.m33.state.irq_lines[0] >> number & 1)
        return bool(bench.mcu.core.pending_interrupts >> number & 1)

    assert not pending()
    bench.enable(3)
    bench.run(50)
    assert bench.get(IRQ) == 1
    assert pending()
    bench.set(IRQ, 1)
    assert bench.get(IRQ) == 0
    if bench.new:
        assert not pending()


@pytest.mark.parametrize("chip", CHIPS)
def test_a_written_instruction_is_latched_while_it_stalls(chip: str) -> None:
    bench = Bench(chip)
    bench.program([NOP])
    bench.wrap(0, 0, 0)
    bench.machine(0, INSTR, pull())
    assert bench.get(MACHINE + EXECCTRL) >> 31 == 1
    bench.set(TXF, 77)
    bench.run(10)
    assert bench.get(MACHINE + EXECCTRL) >> 31 == 0
    bench.machine(0, INSTR, mov(ISR, OSR))
    bench.machine(0, INSTR, push())
    assert bench.get(RXF) == 77
    assert bench.get(CTRL) == 0


@pytest.mark.parametrize("chip", CHIPS)
def test_status_of_the_transmit_fifo(chip: str) -> None:
    bench = Bench(chip)
    bench.wrap(0, 0, 0, 2)  # all ones while fewer than two words wait
    for level, expected in ((0, 0xFFFF_FFFF), (1, 0xFFFF_FFFF), (2, 0)):
        assert bench.get(FLEVEL) == level
        bench.machine(0, INSTR, mov(ISR, STATUS))
        bench.machine(0, INSTR, push())
        assert bench.get(RXF) == expected
        bench.set(TXF, 1)


@pytest.mark.parametrize("chip", CHIPS)
def test_a_reset_leaves_nothing(chip: str) -> None:
    bench = Bench(chip)
    fresh = bench.mcu.pio[0].visible_state()
    bench.program([pull(), mov(ISR, OSR)])
    bench.set(TXF, 0x1234_5678)
    bench.enable(1)
    bench.run(20)
    assert bench.mcu.pio[0].visible_state() != fresh
    bench.chip.run_pin_reset()
    assert bench.mcu.pio[0].visible_state() == fresh


def test_what_the_model_does_not_have_ends_the_run() -> None:
    bench = Bench("rp2350")
    bench.program([set_(PINS, 1), out(PINS, 1)])
    bench.wrap(0, 0, 1, 1 << 17)  # OUT_STICKY
    bench.set(TXF, 1)
    bench.enable(1)
    with pytest.raises(KesuError, match="PIO"):
        bench.run(50)
    with pytest.raises(KesuError, match="GPIO numbers"):
        Bench("rp2350").set(0x168, 16)


def test_the_rp2350_reaches_its_neighbour_and_its_own_storage() -> None:
    bench = Bench("rp2350")
    other = Bench.__new__(Bench)
    other.__dict__.update(bench.__dict__, base=bench.base + 0x10_0000)
    # IRQ NEXT 3 raises flag 3 of PIO1; there WAIT PREV finds flag 5 of PIO0.
    bench.program([irq(0x18 | 3), irq(5), jmp(ALWAYS, 2)])
    bench.wrap(0, 0, 2)
    other.program([wait(1, 2, 0x08 | 5), set_(Y, 9), mov(ISR, Y), push(), jmp(ALWAYS, 4)])
    other.wrap(0, 0, 4)
    other.enable(1)
    other.run(20)
    assert other.get(FLEVEL) == 0
    bench.enable(1)
    bench.run(20)
    assert other.get(IRQ) == 1 << 3
    assert other.get(RXF) == 9
    # FJOIN_RX_PUT: the state machine writes, the core reads RXF0_PUTGET2.
    third = Bench("rp2350", pio=2)
    third.machine(0, SHIFTCTRL, 1 << 15)
    third.machine(0, INSTR, set_(X, 27))
    third.machine(0, INSTR, mov(ISR, X))
    third.machine(0, INSTR, 0x8018 | 2)
    assert third.get(0x130) == 27


def test_pins_of_the_third_block() -> None:
    bench = Bench("rp2350", pio=2)
    bench.connect(14)
    seen = bench.edges(14)
    bench.pins(0, set_pins=(14, 1))
    bench.machine(0, INSTR, set_(PINS, 1))
    assert bench.read(0x4002_8000 + 8 * 14 + 4) & 0x1F == 8
    assert bench.read(0xD000_0004) >> 14 & 1 == 1
    assert seen == [(0, 1)]
