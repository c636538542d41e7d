"""The rig's debug port on two emulated chips: words by hand and by PIO, halts at a time, for both chips."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hil.rig_virtual import RigVirtualBench
from kesu.images.toolchain import ensure
from kesu_dev.rig.image import build_rig
from kesu_dev.rig.protocol import Kind, RigError

pytestmark = pytest.mark.slow

SRAM, OFFSET, SIZE = 0x2000_0000, 0x3000, 512
LEAD_US, AT_MOST_US = 20_000, 500_000


@pytest.fixture(scope="module", params=["pico", "pico2"])
def bench(request: pytest.FixtureRequest) -> Iterator[RigVirtualBench]:
    bench = RigVirtualBench(ensure("sealed", board=request.param), build_rig().uf2)
    bench.start()
    yield bench
    bench.close()


def _chip(bench: RigVirtualBench) -> str:
    return bench.pad.emulator.facts.name.lower()


@pytest.mark.parametrize("divider", [0, 2, 5, 20])
def test_words_are_those_of_the_memory(bench: RigVirtualBench, divider: int) -> None:
    bench.actions.connect(_chip(bench), divider)
    place = slice(OFFSET, OFFSET + SIZE)
    for _ in range(2):  # a block must leave the port in step
        bench.actions.halt_at(bench.actions.rig.now_us() + LEAD_US, AT_MOST_US)
        bench.actions.await_halt(1.0)
        held = bytes(bench.pad.sram[place])
        assert bench.actions.peek(SRAM + OFFSET, SIZE) == held
        bench.pad.sram[OFFSET] ^= 0xFF
        assert bench.actions.peek(SRAM + OFFSET, SIZE) != held, "a changed byte is seen"
        bench.pad.sram[OFFSET] ^= 0xFF
        bench.actions.resume()
    bench.actions.disconnect()


def test_what_is_not_there_and_another_chip_are_refused(bench: RigVirtualBench) -> None:
    bench.actions.connect(_chip(bench), 0)
    with pytest.raises(RigError, match="does not answer"):
        bench.actions.peek(0x6000_0000, 16)
    assert len(bench.actions.peek(SRAM, 16)) == 16, "the port goes on after a fault"
    bench.actions.disconnect()
    with pytest.raises(RigError):
        bench.actions.connect("rp2350" if _chip(bench) == "rp2040" else "rp2040", 0)


def test_a_halt_comes_at_its_time_and_ends_by_itself(bench: RigVirtualBench) -> None:
    bench.actions.connect(_chip(bench), 0)
    at_us = bench.actions.rig.now_us() + LEAD_US
    bench.actions.halt_at(at_us, 100_000)
    bench.rest(0.05)
    assert bench.both.debug.target.halted
    bench.rest(0.2)
    assert not bench.both.debug.target.halted
    with pytest.raises(RigError, match="went on"):
        bench.actions.resume()
    began, ended = [one.us for one in bench.actions.log() if one.kind == Kind.HALT][-2:]
    assert 0 <= began - (at_us & 0xFFFF_FFFF) < 200
    assert 100_000 <= ended - began < 101_000
    bench.actions.disconnect()


SCRATCH_3 = {"rp2040": 0x4005_8018, "rp2350": 0x400D_8018}
"""Of the watchdog; the firmware uses others."""


def _last(bench: RigVirtualBench, kind: Kind) -> tuple[int, int]:
    return next((one.us, one.value) for one in reversed(bench.actions.log()) if one.kind == kind)


def test_a_word_is_written_and_the_port_connected_at_a_time(bench: RigVirtualBench) -> None:
    chip = _chip(bench)
    bench.actions.connect(chip, 0)
    at_us = bench.actions.rig.now_us() + LEAD_US
    bench.actions.strike_at(at_us, SCRATCH_3[chip], 0x1234_5678)
    assert bench.actions.peek(SCRATCH_3[chip], 4) != (0x1234_5678).to_bytes(4, "little")
    bench.rest(0.05)
    moment_us, done = _last(bench, Kind.STRIKE)
    assert done == 1
    assert 0 <= moment_us - (at_us & 0xFFFF_FFFF) < 200
    assert bench.actions.peek(SCRATCH_3[chip], 4) == (0x1234_5678).to_bytes(4, "little")
    for name, answers in ((chip, 1), ("rp2350" if chip == "rp2040" else "rp2040", 0)):
        bench.actions.disconnect()
        bench.actions.connect_at(bench.actions.rig.now_us() + LEAD_US, name, 0)
        bench.rest(0.05)
        assert _last(bench, Kind.CONNECT)[1] == answers
    bench.actions.strike_at(bench.actions.rig.now_us() + LEAD_US, SCRATCH_3[chip], 0)
    bench.rest(0.05)
    assert _last(bench, Kind.STRIKE)[1] == 0, "a port that does not answer writes nothing"
    bench.actions.disconnect()
