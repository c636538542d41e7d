"""The pad's debug port through the rig's pins: by hand, and by a PIO program that reads words."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import rig_bench
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.rig import LINES
from kesu_dev.together.debug_port import CORE0, DPIDR, DRW, OK, TAR
from kesu_dev.together.debug_target import DEBUG_ENABLE, DHCSR, HALT, KEY, S_HALT
from once import once
from pio_bench import (
    ADDR,
    AUTOPUSH,
    CODE,
    EXECCTRL,
    INSTR,
    MACHINE,
    NOP,
    OUT_RIGHT,
    PINCTRL,
    PINDIRS,
    PINS,
    SHIFTCTRL,
    X_DEC,
    X,
    in_,
    jmp,
    out,
    pull,
    set_,
)
from rig_bench import RigBench
from swd_host import SwdHost

SWCLK, SWDIO = LINES["SWCLK"].rig, LINES["SWDIO"].rig
SIO, IO, PADS, PIO1 = 0xD000_0000, 0x4001_4000, 0x4001_C000, 0x5030_0000
SRAM = 0x2000_0000
HIGH, DELAY = 1 << 12, 3
"""SWCLK high by side-set, and the delay of each half period."""


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest's ELF."""
    return once(tmp_path_factory, "rig_guest", rig_bench.build)


@pytest.fixture
def both(sealed: BuiltImage, guest: Path) -> RigBench:
    bench = RigBench(sealed.uf2, guest)
    bench.plug_in()
    bench.run_for(3.0)
    for pin in (SWCLK, SWDIO):
        _write(bench, IO + 4 + 8 * pin, 5)
        _write(bench, PADS + 4 + 4 * pin, 0x52)  # with its input
    _write(bench, SIO + 0x24, 1 << SWCLK)
    return bench


def _write(both: RigBench, address: int, value: int) -> None:
    both.rig.mcu.write_uint32(address, value)


def host(both: RigBench) -> SwdHost:
    """A host that sets the rig's pins by SIO, as a program without PIO does."""
    pin = both.rig.mcu.gpio[SWDIO]

    def edge(level: bool | None) -> bool:
        _write(both, SIO + (0x14 if level else 0x18), 1 << SWDIO)
        _write(both, SIO + (0x28 if level is None else 0x24), 1 << SWDIO)
        seen = bool(pin.input_value) if level is None else level
        _write(both, SIO + 0x14, 1 << SWCLK)
        _write(both, SIO + 0x18, 1 << SWCLK)
        return seen

    return SwdHost(edge)


def test_memory_is_the_pads(both: RigBench) -> None:
    probe = host(both)
    assert probe.connect() == (OK, DPIDR, True)
    words = struct.unpack_from("<32I", both.pad.sram, 0x1000)
    assert tuple(probe.block(SRAM + 0x1000, 32)) == words
    probe.store(SRAM + 0x1004, 0x0123_4567)
    assert struct.unpack_from("<I", both.pad.sram, 0x1004) == (0x0123_4567,)


@pytest.mark.slow
def test_a_halted_pad_and_its_timer_stand_still(both: RigBench) -> None:
    probe = host(both)
    probe.connect()
    timer = both.pad.emulator.mcu.timer
    probe.store(DHCSR, KEY | DEBUG_ENABLE | HALT)
    assert probe.block(DHCSR, 1)[0] & S_HALT
    pc = both.pad.emulator.mcu.core.registers[15]
    micros = probe.block(0x4005_4028, 1)  # TIMERAWL
    both.run_for(50.0)
    assert both.pad.emulator.mcu.core.registers[15] == pc
    assert probe.block(0x4005_4028, 1)[0] - micros[0] < 2
    probe.store(DHCSR, KEY | DEBUG_ENABLE)
    before = timer._micros()
    both.run_for(17.0)
    assert timer._micros() - before == pytest.approx(17_000, abs=20)
    assert both.differences() == (0, 0)
    assert not both.pad.panel.errors


def test_without_power_nothing_answers(both: RigBench) -> None:
    both.pad.unplug()
    assert host(both).connect(CORE0).ack != OK


def _reader() -> list[int]:
    """Requests in, 36 bits out: ACK, data, parity, and the turnaround of the next request. Side-set is SWCLK."""
    slow = DELAY << 8
    return [
        pull(),
        set_(PINDIRS, 1),
        set_(X, 7),
        out(PINS, 1) | slow,
        jmp(X_DEC, 3) | HIGH | slow,
        set_(PINDIRS, 0) | slow,
        out(X, 8) | HIGH | slow,
        NOP | slow,
        in_(PINS, 1) | HIGH | slow,
        jmp(X_DEC, 8) | slow,
        NOP | HIGH | slow,
    ]


def _reads(both: RigBench, requests: list[int]) -> list[tuple[int, int]]:
    """Let the program send requests; returns ACK and data of each."""
    code = _reader()
    for place, word in enumerate(code):
        _write(both, PIO1 + CODE + 4 * place, word)
    at = PIO1 + MACHINE
    _write(both, at + EXECCTRL, (len(code) - 1) << 12)
    _write(both, at + SHIFTCTRL, AUTOPUSH | 18 << 20 | OUT_RIGHT | 1 << 18)
    _write(both, at + PINCTRL, 1 << 29 | 1 << 26 | 1 << 20 | SWDIO << 15 | SWCLK << 10 | SWDIO << 5 | SWDIO)
    for pin in (SWCLK, SWDIO):
        _write(both, IO + 4 + 8 * pin, 7)
    _write(both, at + PINCTRL, 1 << 26 | SWCLK << 5)
    _write(both, at + INSTR, set_(PINDIRS, 1))
    _write(both, at + PINCTRL, 1 << 29 | 1 << 26 | 1 << 20 | SWDIO << 15 | SWCLK << 10 | SWDIO << 5 | SWDIO)
    _write(both, at + INSTR, jmp(0, 0))
    _write(both, PIO1, 1)
    assert both.rig.mcu.read_uint32(at + ADDR) == 0
    answers = []
    for request in requests:
        _write(both, PIO1 + 0x10, request | 35 << 8)
        both.run_for(0.01)
        low, high = (both.rig.mcu.read_uint32(PIO1 + 0x20) >> 14 for _ in range(2))
        bits = low | high << 18
        answers.append((bits & 7, bits >> 3 & 0xFFFF_FFFF))
    return answers


def test_a_pio_program_reads_words(both: RigBench) -> None:
    probe = host(both)
    probe.connect()
    probe.write(True, TAR, SRAM + 0x2000)
    bits = 1 | 1 << 1 | (DRW >> 2) << 2
    request = 1 | bits << 1 | (bits.bit_count() & 1) << 5 | 1 << 7
    answers = _reads(both, [request] * 9)
    assert [ack for ack, _ in answers] == [OK] * 9
    assert tuple(value for _, value in answers[1:]) == struct.unpack_from("<8I", both.pad.sram, 0x2000)
