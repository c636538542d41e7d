"""test_polled_registers: registers that the C core answers read as rp2040py's, in the same time; lending the SPI
changes no state."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from core_bench import CoreBench, State
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.spi_port import SpiPort
from kesu.images.toolchain import BuiltImage

TIMER_HIGH, TIMER_LOW = 0x4005_4024, 0x4005_4028
I2C_RAW, I2C_LEVEL, I2C_ABORT = 0x4004_8034, 0x4004_8078, 0x4004_8080
GPIO_IN = 0xD000_0004
LOAD = 0x6808
"""LDR r0, [r1]"""
KEPT_WHEN_READ = 1 << 9


def raise_raw(bench: CoreBench) -> None:
    bench.mcu.i2c[1].int_raw = 0x0110


def fill(bench: CoreBench) -> None:
    bench.mcu.i2c[1]._rx_fifo.push(0x55)
    bench.mcu.i2c[1]._rx_fifo.push(0x66)


def abort(bits: int) -> Callable[[CoreBench], None]:
    def prepare(bench: CoreBench) -> None:
        bench.mcu.i2c[1].abort_source = bits

    return prepare


def hours(bench: CoreBench) -> None:
    bench.mcu.timer._epoch_nanos -= 2**32 * 1_000 * 5 + 1_234_567.0


def pins(bench: CoreBench) -> None:
    for number in (3, 13, 17):
        bench.mcu.gpio[number].pad_value |= 1 << 6  # input enabled (RP2040 datasheet 2.19.6.3)
        bench.mcu.gpio[number].set_input_value(True)


CASES: dict[str, tuple[int, Callable[[CoreBench], None], int | None]] = {
    "timer, low": (TIMER_LOW, hours, None),
    "timer, high": (TIMER_HIGH, hours, 5),
    "I2C, raw interrupts": (I2C_RAW, raise_raw, 0x0110),
    "I2C, level": (I2C_LEVEL, fill, 2),
    "I2C, no abort": (I2C_ABORT, abort(0), 0),
    "I2C, an abort that stays": (I2C_ABORT, abort(KEPT_WHEN_READ), KEPT_WHEN_READ),
    "I2C, an abort that reading clears": (I2C_ABORT, abort(KEPT_WHEN_READ | 1), KEPT_WHEN_READ | 1),
    "pins": (GPIO_IN, pins, 1 << 3 | 1 << 13 | 1 << 17),
}


def read_twice(engine: str, name: str) -> tuple[list[int], list[int], int]:
    """The values, the cycles of the core before, between and after, and the abort source that is left."""
    address, prepare, _ = CASES[name]
    bench = CoreBench(engine)
    prepare(bench)
    values, cycles = [], [bench.core.cycles]
    for _ in range(2):
        values.append(bench.execute([LOAD], State({1: address})).registers[0])
        cycles.append(bench.core.cycles)
    return values, cycles, int(bench.mcu.i2c[1].abort_source)


@pytest.mark.parametrize("name", CASES)
def test_a_register_reads_the_same_in_c_and_in_python(name: str) -> None:
    found = read_twice("c", name)
    assert found == read_twice("python", name)
    expected = CASES[name][2]
    assert expected is None or found[0][0] == expected


@pytest.mark.parametrize("name", [name for name in CASES if "clears" not in name])
def test_a_polled_register_is_answered_in_c(name: str) -> None:
    address, prepare, _ = CASES[name]
    bench = CoreBench("c")
    prepare(bench)
    runner: Any = bench.emulator.thumb
    before = int(runner.state.served)
    bench.execute([LOAD], State({1: address}))
    assert runner.state.served == before + 1


def test_a_read_that_changes_something_is_left_to_python() -> None:
    bench = CoreBench("c")
    abort(1)(bench)
    runner: Any = bench.emulator.thumb
    before = int(runner.state.served)
    bench.execute([LOAD], State({1: I2C_ABORT}))
    assert runner.state.served == before


def test_pins_that_change_between_two_runs_are_seen() -> None:
    bench = CoreBench("c")
    pins(bench)
    assert bench.execute([LOAD], State({1: GPIO_IN})).registers[0] & 1 << 13
    bench.mcu.gpio[13].set_input_value(False)
    assert not bench.execute([LOAD], State({1: GPIO_IN})).registers[0] & 1 << 13


def booted(
    image: BuiltImage, monkeypatch: pytest.MonkeyPatch, lend: bool
) -> tuple[dict[str, bytes], list[int], int]:
    """State after the boot, starts of all refreshes, and how often Python was asked for the SPI's status."""
    asked = 0
    status = SpiPort._status

    def counted(port: SpiPort) -> int:
        nonlocal asked
        asked += 1
        return status(port)

    with monkeypatch.context() as patch:
        patch.setattr(SpiPort, "_status", counted)
        pad = VirtualPad(image.uf2)
        if not lend:
            pad.wiring.spi._borrower = None
        pad.power_on()
        pad.host.attach()
        pad.run_for(900.0)
        state = {name: bytes(repr(value), "ascii") for name, value in vars(pad.snapshot()).items()}
        return state | pad.emulator.machine(), [refresh.start_ns for refresh in pad.panel.refreshes], asked


@pytest.mark.slow
def test_lending_the_spi_changes_no_state(sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch) -> None:
    state, refreshes, asked = booted(sealed, monkeypatch, lend=True)
    other, others, always = booted(sealed, monkeypatch, lend=False)
    assert state == other
    assert refreshes == others
    assert refreshes, "nothing was sent"
    assert asked < always / 10
