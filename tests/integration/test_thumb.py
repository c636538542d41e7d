"""Instructions in C: the same run as in the emulator alone, to the byte and to the cycle."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2040 import thumb
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.core.facts import SRAM_BASE
from kesu.emulator.core.snapshot import Snapshot
from kesu.emulator.scenario import plug_in
from kesu.images.toolchain.request import BuiltImage

CODE = 0x8000
ROUNDS = 12_000
LEAST_TAKEN = 0.6


@pytest.fixture
def compiled() -> None:
    if thumb.attach(Rp2040().simulator) is None:
        pytest.skip("no C compiler for this machine")


def _state(mcu: Any) -> tuple[Any, ...]:
    core = mcu.core
    return list(core.registers), core.n, core.z, core.c, core.v


def _restore(mcu: Any, state: tuple[Any, ...], sram: bytes) -> None:
    core = mcu.core
    for index, value in enumerate(state[0]):
        core.registers[index] = value
    core.n, core.z, core.c, core.v = state[1:]
    mcu.sram[:] = sram


def _register(generator: random.Random) -> int:
    return generator.choice(
        (
            SRAM_BASE + 4 * generator.randrange(0x1000, 0x8000),
            generator.randrange(1 << 32),
            generator.randrange(64),
            generator.choice((0, 1, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)),
        )
    )


@pytest.mark.slow
def test_every_instruction_in_c_matches_the_emulator(compiled: None) -> None:
    emulator = Rp2040()
    mcu, runner = emulator.mcu, emulator.thumb
    assert runner is not None
    generator = random.Random(3)
    memory = generator.randbytes(len(mcu.sram))
    taken = 0
    for _ in range(ROUNDS):
        words = [generator.randrange(1 << 16), generator.randrange(1 << 16)]
        if generator.random() < 0.05:
            words = [0xF000 | words[0] & 0x7FF, 0xD000 | words[1] & 0x2FFF]  # BL
        sram = bytearray(memory)
        sram[CODE : CODE + 4] = b"".join(word.to_bytes(2, "little") for word in words)
        registers = [_register(generator) for _ in range(16)]
        registers[13] &= ~3
        registers[15] = SRAM_BASE + CODE
        start = (registers, *(generator.random() < 0.5 for _ in range(4)))
        _restore(mcu, start, bytes(sram))
        cycles = runner.plain(1)
        if not cycles:
            assert _state(mcu)[0] == registers
            assert bytes(mcu.sram) == sram
            continue
        taken += 1
        mine, my_sram = _state(mcu), bytes(mcu.sram)
        _restore(mcu, start, bytes(sram))
        assert mcu.core.execute_instruction() == cycles, f"cycles of {words[0]:04x} {words[1]:04x}"
        assert _state(mcu) == mine, f"{words[0]:04x} {words[1]:04x}"
        assert bytes(mcu.sram) == my_sram, f"{words[0]:04x} {words[1]:04x}"
    assert taken > LEAST_TAKEN * ROUNDS


def _without_cache(state: Snapshot) -> Snapshot:
    return replace(state, registers=state.registers | {"xip": b""})


def _booting(image: Path, ms: float) -> tuple[object, ...]:
    pad = VirtualPad(image)
    plug_in(pad)
    pad.run_for(ms)
    core = pad.emulator.mcu.core
    return (
        pad.clock.now_ns,
        core.cycles,
        list(core.registers),
        hashlib.sha256(pad.sram).hexdigest(),
        # Only thumb.c keeps the cache of the flash.
        hashlib.sha256(repr(_without_cache(pad.snapshot())).encode()).hexdigest(),
        pad.wiring.spi.bytes_sent,
        [(refresh.start_ns, refresh.control) for refresh in pad.panel.refreshes],
    )


@pytest.mark.slow
@pytest.mark.deep
def test_a_run_is_identical_without_the_c_part(
    compiled: None, sealed: BuiltImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = _booting(sealed.uf2, 40.0)
    monkeypatch.setenv(thumb.REFERENCE, "rp2040py")
    assert thumb.attach(Rp2040().simulator) is None
    assert _booting(sealed.uf2, 40.0) == quick
    assert _booting(sealed.uf2, 39.0) != quick
