"""Blocks of the RP2350 beside what a sealed image uses: SHA-256, converter, PWM, TIMER1, DMA, UART, timer of POWMAN."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import hashlib
import math
import random
import struct
from itertools import pairwise

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.core import native
from kesu.emulator.core.facts import SRAM_BASE
from pio_bench import CHIPS, SHIFTCTRL, TXF, Bench, pull, set_

SHA, ADC, PWM, TIMER1, DMA, UART, POWMAN = (
    *(0x400F_8000, 0x400A_0000, 0x400A_8000, 0x400B_8000),
    *(0x5000_0000, 0x4007_0000, 0x4010_0000),
)


@pytest.fixture
def bench() -> Bench:
    return Bench("rp2350")


def line(bench: Bench, irq: int) -> bool:
    return bool(bench.mcu.m33.state.irq_lines[irq >> 5] >> (irq & 31) & 1)


def wait_us(bench: Bench, us: float) -> None:
    bench.run(round(us * bench.hz / 1e6))


# SHA-256


def padded(message: bytes) -> bytes:
    """FIPS 180-4, 5.1.1."""
    return message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + struct.pack(">Q", 8 * len(message))


def digest(bench: Bench) -> bytes:
    return b"".join(bench.read(SHA + 8 + 4 * word).to_bytes(4, "big") for word in range(8))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_sha256_is_hashlibs(bench: Bench, size: int) -> None:
    generator = random.Random(size)
    for length in (0, 3, 55, 56, 64, 200):
        message = generator.randbytes(length)
        bench.write(SHA, 1 << 12 | 1)
        content = padded(message)
        for at in range(0, len(content), size):
            if at % 64 == 0:
                bench.run(60)
            bench.mcu.write(SHA + 4, size, int.from_bytes(content[at : at + size], "little"))
        assert bench.read(SHA) & 6 == 0  # neither ready nor valid
        bench.run(60)
        assert bench.read(SHA) & 0x16 == 6
        assert digest(bench) == hashlib.sha256(message).digest()


def test_sha256_refuses_words_while_it_computes(bench: Bench) -> None:
    bench.write(SHA, 1)
    for word in range(17):
        bench.write(SHA + 4, word)
    assert bench.read(SHA) & 0x10
    bench.run(58)
    bench.write(SHA, 0x10)
    assert bench.read(SHA) & 0x10 == 0


def test_resets_of_firmware_and_chip(bench: Bench) -> None:
    """RESETS (7.5.3) clears the blocks that it names, a reset of the chip all."""

    def change() -> None:
        bench.write(SHA + 4, 5)
        bench.write(ADC + 0x10, 0x500)
        bench.write(PWM + 0xC, 7)
        bench.write(TIMER1 + 0x10, 9)
        bench.write(DMA, SRAM_BASE)
        for pio in range(3):
            bench.write(0x5020_0000 + 0x10_0000 * pio + TXF, 3)

    def state() -> list[object]:
        mcu = bench.mcu
        blocks = (mcu.sha256, mcu.adc, mcu.pwm12, mcu.dma16, *mcu.pio3)
        return [mcu.timer1.alarms[0].target_micros, *(block.visible_state() for block in blocks)]

    fresh = state()
    change()
    assert all(one != other for one, other in zip(fresh, state(), strict=True))
    bench.write(0x4002_0000, 0)
    bench.write(0x4002_0000, 1 << 11 | 1 << 0)
    kept = [one == other for one, other in zip(fresh, state(), strict=True)]
    assert kept == [False, False, True, False, False, True, False, False]
    bench.write(0x4002_0000, 0x1FFF_FFFF)
    assert state() == fresh
    change()
    bench.chip.run_pin_reset()
    assert state() == fresh


def test_sha256_by_dma(bench: Bench) -> None:
    """Two blocks, asked for by the block itself."""
    content = padded(bytes(range(100)))
    bench.mcu.m33.sram[: len(content)] = content
    bench.write(SHA, 1 << 12 | 2 << 8 | 1)
    copy(bench, 0, SRAM_BASE, SHA + 4, len(content) // 4, request=54, moves=1)
    bench.run(400)
    assert not busy(bench, 0)
    assert digest(bench) == hashlib.sha256(bytes(range(100))).digest()


# DMA


def copy(
    bench: Bench,
    channel: int,
    source: int,
    target: int,
    count: int,
    request: int = 0x3F,
    moves: int = 3,
    more: int = 0,
) -> None:
    """Words. moves: 1 the source address, 2 the target address."""
    base = DMA + 0x40 * channel
    control = 1 | 2 << 2 | (moves & 1) << 4 | (moves >> 1) << 6 | channel << 13 | request << 17
    for offset, value in ((0, source), (4, target), (8, count), (12, control | more)):
        bench.write(base + offset, value)


def busy(bench: Bench, channel: int) -> bool:
    return bool(bench.read(DMA + 0x40 * channel + 12) >> 26 & 1)


def test_dma_copies_a_word_in_each_cycle(bench: Bench) -> None:
    data = random.Random(1).randbytes(4096)
    bench.mcu.m33.sram[: len(data)] = data
    bench.write(DMA + 0x404, 1)
    copy(bench, 0, SRAM_BASE, SRAM_BASE + 0x8000, 1024)
    bench.run(1000)
    assert busy(bench, 0)
    assert not line(bench, 10)
    bench.run(100)
    assert not busy(bench, 0)
    assert bytes(bench.mcu.m33.sram[0x8000:0x9000]) == data
    assert line(bench, 10)
    bench.write(DMA + 0x40C, 1)
    assert not line(bench, 10)


def test_dma_chain_ring_and_byte_order(bench: Bench) -> None:
    bench.mcu.m33.sram[:16] = bytes(range(16))
    # Channel 1: a ring of 8 bytes to read, swapped; started by channel 0.
    base = DMA + 0x40
    control = 1 | 2 << 2 | 1 << 4 | 1 << 6 | 3 << 8 | 1 << 13 | 0x3F << 17 | 1 << 24
    for offset, value in ((0, SRAM_BASE), (4, SRAM_BASE + 0x200), (8, 4), (0x10, control)):
        bench.write(base + offset, value)
    copy(bench, 0, SRAM_BASE, SRAM_BASE + 0x100, 4)
    bench.write(DMA + 0x10, bench.read(DMA + 0x10) & ~(0xF << 13) | 1 << 13)
    bench.run(100)
    ring = bytes((3, 2, 1, 0, 7, 6, 5, 4)) * 2
    assert bytes(bench.mcu.m33.sram[0x100:0x110]) == bytes(range(16))
    assert bytes(bench.mcu.m33.sram[0x200:0x210]) == ring


def test_dma_by_a_timer_and_abort(bench: Bench) -> None:
    bench.write(DMA + 0x440, 1 << 16 | 1500)  # a transfer in 10 us
    copy(bench, 2, SRAM_BASE, SRAM_BASE + 0x100, 100, request=0x3B)
    wait_us(bench, 105)
    assert bench.read(DMA + 0x88) == 90
    bench.write(DMA + 0x464, 1 << 2)
    wait_us(bench, 100)
    assert not busy(bench, 2)
    assert bench.read(DMA + 0x88) == 90


def test_dma_reports_an_address_without_a_device(bench: Bench) -> None:
    copy(bench, 0, 0x4FFF_0000, SRAM_BASE, 4)
    bench.run(20)
    assert bench.read(DMA + 12) >> 29 == 0b110
    bench.write(DMA + 0x10, 1 << 30)
    assert bench.read(DMA + 12) >> 29 == 0


def test_dma_with_the_sniffer_ends_the_run(bench: Bench) -> None:
    with pytest.raises(KesuError, match="sniffer"):
        copy(bench, 0, SRAM_BASE, SRAM_BASE, 4, more=1 << 25)


@pytest.mark.parametrize("pio", [0, 1, 2])
def test_dma_feeds_a_state_machine_at_its_pace(pio: int) -> None:
    bench = Bench("rp2350", pio)
    bench.program([pull(), set_(1, 31), 2 << 5 | 2])
    bench.wrap(0, 0, 2)
    bench.machine(0, SHIFTCTRL, 3 << 18)
    copy(bench, 3, SRAM_BASE, bench.base + TXF, 20, request=8 * pio, moves=1)
    bench.run(200)
    assert bench.read(DMA + 0xC8) == 16  # four fill the FIFO
    bench.enable(1)
    bench.run(340)
    assert 5 <= bench.read(DMA + 0xC8) <= 7  # 34 cycles a word
    bench.run(400)
    assert not busy(bench, 3)


# Converter


def test_adc_samples_in_two_microseconds(bench: Bench) -> None:
    bench.mcu.adc.inputs[1] = 2345
    bench.write(ADC, 1)
    assert bench.read(ADC) & 0x100
    bench.write(ADC, 1 | 1 << 12 | 1 << 2)
    wait_us(bench, 1.9)
    assert not bench.read(ADC) & 0x100
    wait_us(bench, 0.2)
    assert bench.read(ADC) & 0x100
    assert bench.read(ADC + 4) == 2345


def test_adc_sensor_needs_its_bias(bench: Bench) -> None:
    for control, expected in ((1, 0), (3, 876)):
        bench.write(ADC, control | 4 << 12 | 1 << 2)
        wait_us(bench, 3)
        assert bench.read(ADC + 4) == expected
    # 27 - (V - 0.706) / 0.001721 (12.4.6)
    assert pytest.approx(27, abs=0.5) == 27 - (876 * 3.3 / 4096 - 0.706) / 0.001721


def test_adc_in_turn_into_the_fifo(bench: Bench) -> None:
    bench.mcu.adc.inputs[:3] = [100, 200, 300]
    bench.write(ADC + 8, 4 << 24 | 1)
    bench.write(ADC + 0x18, 1)
    bench.write(ADC + 0x10, 479 << 8)  # a sample in 10 us
    bench.write(ADC, 1 | 1 << 3 | 0b111 << 16)
    wait_us(bench, 25)
    assert bench.read(ADC + 8) >> 16 & 0xF == 3
    assert not line(bench, 35)
    wait_us(bench, 10)
    assert line(bench, 35)
    wait_us(bench, 10)
    bench.write(ADC, 1)
    assert [bench.read(ADC + 12) for _ in range(5)] == [100, 200, 300, 100, 200]
    assert not line(bench, 35)
    bench.read(ADC + 12)
    assert bench.read(ADC + 8) & 1 << 10  # underflow


# PWM


def slice_of(
    bench: Bench, number: int, top: int, a: int, b: int = 0, divider: int = 0x10, csr: int = 1
) -> int:
    base = PWM + 0x14 * number
    for offset, value in ((4, divider), (16, top), (12, a | b << 16), (8, 0), (0, csr)):
        bench.write(base + offset, value)
    return base


def connect_pwm(bench: Bench, pin: int) -> None:
    bench.write(0x4002_8000 + 8 * pin + 4, 4)
    bench.write(0x4003_8000 + 4 + 4 * pin, 0x56)


def test_pwm_period_and_duty(bench: Bench) -> None:
    connect_pwm(bench, 4)
    seen = bench.edges(4)
    slice_of(bench, 2, 99, 25, divider=0x20)
    bench.run(2000)
    rises = [at for at, level in seen if level]
    falls = [at for at, level in seen if not level]
    assert {later - at for at, later in pairwise(rises[1:])} == {200}
    assert {fall - rise for rise, fall in zip(rises, falls, strict=False)} == {50}


def test_pwm_phase_correct_is_twice_as_long(bench: Bench) -> None:
    connect_pwm(bench, 5)
    seen = bench.edges(5)
    slice_of(bench, 2, 99, 0, 30, csr=3)
    bench.run(2000)
    rises = [at for at, level in seen if level]
    falls = [at for at, level in seen if not level and at > rises[1]]
    assert {later - at for at, later in pairwise(rises[1:])} == {200}
    assert {fall - rise for rise, fall in zip(rises[1:], falls, strict=False)} == {60}


def test_pwm_new_values_wait_for_the_wrap(bench: Bench) -> None:
    connect_pwm(bench, 0)
    base = slice_of(bench, 0, 99, 50)
    bench.run(10)
    bench.write(base + 12, 5)
    bench.run(20)
    assert bench.read(0xD000_0004) & 1  # 30 < 50
    bench.run(80)
    assert not bench.read(0xD000_0004) & 1  # 10 of the next period, not below 5
    assert bench.read(base + 8) == 10


def test_pwm_wrap_interrupt_and_request(bench: Bench) -> None:
    slice_of(bench, 11, 149, 0)
    bench.write(PWM + 0xF8, 1 << 11)
    bench.run(100)
    assert not line(bench, 8)
    bench.run(60)
    assert line(bench, 8)
    bench.write(PWM + 0xF4, 1 << 11)
    assert not line(bench, 8)
    copy(bench, 0, SRAM_BASE, SRAM_BASE + 0x100, 10, request=32 + 11)
    bench.run(15 * 150 // 5)
    assert 6 <= bench.read(DMA + 8) <= 8


def test_pwm_that_counts_edges_ends_the_run(bench: Bench) -> None:
    with pytest.raises(KesuError, match="PWM"):
        slice_of(bench, 0, 99, 0, csr=0x21)


# Timers


def test_timer1_has_interrupts_of_its_own(bench: Bench) -> None:
    bench.write(TIMER1 + 0x40, 0b0100)
    now = bench.read(TIMER1 + 0x28)
    bench.write(TIMER1 + 0x18, now + 50)
    wait_us(bench, 49)
    assert not line(bench, 6)
    wait_us(bench, 2)
    assert line(bench, 6)
    assert not line(bench, 2)
    bench.write(TIMER1 + 0x3C, 0b0100)
    assert not line(bench, 6)


def test_the_timer_of_powman_counts_milliseconds(bench: Bench) -> None:
    def put(offset: int, value: int) -> None:
        bench.write(POWMAN + offset, 0x5AFE_0000 | value)

    for at, word in enumerate((0, 1, 2, 3)):
        put(0x60 + 4 * at, word)
    before = bench.read(POWMAN + 0x74)
    wait_us(bench, 5_000)
    assert bench.read(POWMAN + 0x74) == before == 2 << 16 | 3
    put(0x88, 2)
    wait_us(bench, 7_100)
    assert bench.read(POWMAN + 0x74) == before + 7
    assert bench.read(POWMAN + 0x70) == 1
    put(0x88, 4)
    wait_us(bench, 5_000)
    assert bench.read(POWMAN + 0x74) == 0


# UART


@pytest.mark.parametrize("chip", CHIPS)
def test_uart_takes_its_time(chip: str) -> None:
    bench = Bench(chip)
    base = UART if bench.new else 0x4003_4000
    sent: list[tuple[int, int]] = []
    bench.mcu.uart[0].on_byte = lambda value: sent.append((bench.cycle, value))
    divisor = bench.hz / 16 / 115_200
    bench.write(base + 0x24, int(divisor))
    bench.write(base + 0x28, round(divisor % 1 * 64))
    bench.write(base + 0x2C, 0x70)
    bench.write(base + 0x34, 0)  # IFLS: an eighth
    bench.write(base + 0x30, 0x301)
    for value in b"Hello, World":
        bench.write(base, value)
    assert bench.read(base + 0x18) & 0x88 == 0x08  # busy
    assert not bench.read(base + 0x3C) & 1 << 5
    bench.run(round(12.5 * 10 * bench.hz / 115_200))
    assert bytes(value for _, value in sent) == b"Hello, World"
    assert bench.read(base + 0x18) & 0x88 == 0x80
    assert (sent[-1][0] - sent[0][0]) / 11 == pytest.approx(10 * bench.hz / 115_200, rel=0.001)
    assert bench.read(base + 0x3C) & 1 << 5


@pytest.mark.parametrize("chip", CHIPS)
def test_uart_loops_back_with_a_timeout(chip: str) -> None:
    bench = Bench(chip)
    base = UART if bench.new else 0x4003_4000
    bench.write(base + 0x24, 10)
    bench.write(base + 0x2C, 0x70)
    bench.write(base + 0x30, 0x381)
    for value in b"abc":
        bench.write(base, value)
    bench.run(3 * 10 * 160 + 10)
    assert not bench.read(base + 0x3C) & 1 << 6
    bench.run(33 * 160)
    assert bench.read(base + 0x3C) & 1 << 6
    assert bytes(bench.read(base) for _ in range(3)) == b"abc"
    assert bench.read(base + 0x18) & 1 << 4


# Coprocessor for doubles


def words_of(value: float) -> tuple[int, int]:
    low, high = struct.unpack("<2I", struct.pack("<d", value))
    return low, high


@pytest.mark.parametrize(
    ("sequence", "function"),
    [
        ((0xEE00_0401, 0xEE10_0401, 0xEE80_0420, 0xEC51_0410), lambda x, y: x + y),
        ((0xEE00_0401, 0xEE10_0421, 0xEE80_0420, 0xEC51_0430), lambda x, y: x - y),
        ((0xEE80_0420, 0xEC51_0450), lambda x, y: x * y),
        ((0xEE80_0420, 0xEC51_0470), lambda x, y: x / y),
        ((0xEE20_0401, 0xEE80_0420, 0xEC51_0490), lambda x, y: math.sqrt(x)),
    ],
)
def test_doubles(bench: Bench, sequence: tuple[int, ...], function: object) -> None:
    core = bench.mcu.m33
    library = native.load(native.M33)
    library.doubles.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)
    generator = random.Random(7)
    assert callable(function)
    for _ in range(50):
        x, y = (generator.uniform(0, 1e6) * 10.0 ** generator.randint(-9, 9) for _ in range(2))
        core.state.r[0], core.state.r[1] = words_of(x)
        core.state.r[2], core.state.r[3] = words_of(y)
        for op in (0xEC41_0410, 0xEC43_2411):  # WXUP r0, r1; WYUP r2, r3
            assert library.doubles(core._address, op >> 16, op & 0xFFFF)
        assert core.state.dcp_engaged
        for op in sequence:
            assert library.doubles(core._address, op >> 16, op & 0xFFFF)
        assert not core.state.dcp_engaged
        (found,) = struct.unpack("<d", struct.pack("<2I", core.state.r[0], core.state.r[1]))
        assert found == function(x, y)
