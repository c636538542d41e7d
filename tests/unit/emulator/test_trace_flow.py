"""test_trace_flow: the labels follow the ink, measured by disturbing it.

One instruction runs twice from one random state, the second time with one source changed: a register, a flag, or all
of memory. Whatever then differs must have got the label of that source in the first run; the core itself computes the
results, so the decoder of the trace is not compared with itself.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
import struct
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fast_part import fast
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2350 import m33
from kesu.emulator.chips.rp2350.emulator import Rp2350
from kesu.emulator.core.facts import DPRAM, SRAM_BASE
from kesu.emulator.shadow.labels import Layout, Shadow, label_of

WINDOW = range(SRAM_BASE + 0x1E000, SRAM_BASE + 0x22000)
CODE = WINDOW.start
DATA = SRAM_BASE + 0x20000
LABEL = label_of(7)
FLAGS = ("n", "z", "c", "v")
FULL_ACCESS = 0x00F0_0000


class Bench:
    """A chip that executes one instruction at CODE. state: its registers and flags, as the subclass stores them."""

    window: memoryview
    floats = 0

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        facts = chip.facts
        layout = Layout(len(facts.sram), 0x1000, facts.panel_data_port, facts.divider, range(0), range(0))
        self.shadow = Shadow(chip.thumb.library, layout)

    def one(self) -> bool:
        """Execute; False when it was not an instruction that only uses registers and memory."""
        raise NotImplementedError

    def put(self, registers: list[int], flags: list[int], floats: list[int], memory: bytes) -> None:
        raise NotImplementedError

    def got(self) -> tuple[list[int], list[int], list[int], bytes]:
        """Registers, flags, float registers, memory of the window."""
        raise NotImplementedError


class M0(Bench):
    def __init__(self) -> None:
        chip = Rp2040()
        chip.cold_start()
        super().__init__(chip)
        self.window = memoryview(chip.mcu.sram).cast("B")[WINDOW.start - SRAM_BASE : WINDOW.stop - SRAM_BASE]

    def one(self) -> bool:
        thumb: Any = self.chip.thumb
        return thumb.plain(1) > 0

    def put(self, registers: list[int], flags: list[int], floats: list[int], memory: bytes) -> None:
        core = self.chip.mcu.core
        for index, value in enumerate(registers):
            core.registers[index] = value
        core.n, core.z, core.c, core.v = map(bool, flags)
        self.window[:] = memory

    def got(self) -> tuple[list[int], list[int], list[int], bytes]:
        core = self.chip.mcu.core
        flags = [int(getattr(core, name)) for name in FLAGS]
        return list(core.registers), flags, [], bytes(self.window)


class M33(Bench):
    floats = 32

    def __init__(self) -> None:
        chip = Rp2350()
        chip.cold_start()
        super().__init__(chip)
        self.core = chip.m33
        self.window = memoryview(self.core.sram)[WINDOW.start - SRAM_BASE : WINDOW.stop - SRAM_BASE]

    def one(self) -> bool:
        state = self.core.state
        before = state.exceptions
        self.core._go(m33.FOREVER, 1)
        return state.left == m33.NOTHING and not state.fault and state.exceptions == before

    def put(self, registers: list[int], flags: list[int], floats: list[int], memory: bytes) -> None:
        state = self.core.state
        self.core.reset(0x1000_0000)
        state.cpacr, state.fpca, state.it = FULL_ACCESS, 1, 0
        state.r[:] = registers
        state.s[:] = floats
        state.n, state.z, state.c, state.v = flags
        self.window[:] = memory

    def got(self) -> tuple[list[int], list[int], list[int], bytes]:
        state = self.core.state
        flags = [getattr(state, name) for name in FLAGS]
        return list(state.r), [*flags, state.fpscr >> 28], list(state.s), bytes(self.window)


def labelled(shadow: Shadow) -> tuple[list[bool], list[bool], list[bool], memoryview]:
    """As `Bench.got`: what has the label."""
    state = shadow.state
    nz, c, v, fpscr = (bool(ink.label) for ink in (state.nz, state.c, state.v, state.fpscr))
    memory = memoryview(shadow.labels).cast("B").cast("I")[WINDOW.start - SRAM_BASE : WINDOW.stop - SRAM_BASE]
    return (
        [bool(ink.label) for ink in state.r],
        [nz, nz, c, v, fpscr],
        [bool(i.label) for i in state.s],
        memory,
    )


def pointer(generator: random.Random) -> int:
    return DATA + generator.randrange(-0x400, 0x400) * 4


def value(generator: random.Random) -> int:
    return generator.choice((pointer(generator), generator.getrandbits(32), generator.randrange(64)))


def sources(bench: Bench) -> Iterator[tuple[str, int]]:
    yield from (("r", index) for index in (*range(13), 14))
    yield from (("flag", index) for index in range(4))
    yield from (("s", index) for index in range(bench.floats))
    yield ("memory", 0)


def mark(shadow: Shadow, kind: str, index: int) -> None:
    state = shadow.state
    shadow.reset(memory_too=state.inked > 0)
    state.branch_count = state.sink_count = 0
    ctypes.memset(state.branches, 0, ctypes.sizeof(state.branches))
    if kind == "r":
        state.r[index].label = LABEL
    elif kind == "s":
        state.s[index].label = LABEL
    elif kind == "flag":
        getattr(state, ("nz", "nz", "c", "v")[index]).label = LABEL
    else:
        labels = ctypes.addressof(shadow.labels) + 4 * (WINDOW.start - SRAM_BASE)
        ctypes.memset(labels, 0x01, 4 * len(WINDOW))
        state.inked = len(WINDOW)


def disturb(
    generator: random.Random, kind: str, index: int, registers: list[int], flags: list[int], floats: list[int]
) -> None:
    if kind == "r":
        registers[index] = value(generator)
    elif kind == "s":
        floats[index] = generator.getrandbits(32)
    elif kind == "flag":
        flags[index] ^= 1


def check(bench: Bench, code: bytes, generator: random.Random, kinds: Counter[str]) -> list[str]:
    """Differences without a label, one line each."""
    registers = [value(generator) for _ in range(13)] + [pointer(generator), value(generator), CODE]
    flags = [generator.getrandbits(1) for _ in range(4)]
    floats = [generator.getrandbits(32) for _ in range(bench.floats)]
    memory = bytearray(generator.randbytes(0x100) * (len(WINDOW) // 0x100))
    memory[: len(code)] = code
    found: list[str] = []
    for kind, index in sources(bench):
        mark(bench.shadow, kind, index)
        bench.put(registers, flags, floats, bytes(memory))
        bench.chip.thumb.attach_trace(bench.shadow)
        done = bench.one()
        bench.chip.thumb.attach_trace(None)
        if not done:
            return found
        first, ink = bench.got(), labelled(bench.shadow)
        branched = bench.shadow.state.branch_count
        changed = (list(registers), list(flags), list(floats))
        disturb(generator, kind, index, *changed)
        other = bytearray(memory)
        if kind == "memory":
            other = bytearray(byte ^ 0x5C for byte in memory)
            other[: len(code)] = code
        bench.put(*changed, bytes(other))
        if not bench.one():
            continue
        second = bench.got()
        kinds[kind] += 1
        for name, one, two, marks in zip(("r", "flag", "s"), first, second, ink, strict=False):
            for place, (a, b) in enumerate(zip(one, two, strict=True)):
                if a == b or (name == "r" and place == 15) or marks[place]:
                    continue
                found.append(f"{code.hex()}: {name}{place} depends on {kind}{index}")
        if first[0][15] != second[0][15] and not branched:
            found.append(f"{code.hex()}: the branch depends on {kind}{index}")
        if first[3] != second[3]:
            found += stored(code, memory, first[3], second[3], ink[3], f"{kind}{index}")
    return found


def stored(
    code: bytes, before: bytearray, one: bytes, two: bytes, labels: memoryview, source: str
) -> list[str]:
    """Bytes that the first run stored, that differ, and have no label."""
    return [
        f"{code.hex()}: byte {place:x} depends on {source}"
        for place, (a, b, was) in enumerate(zip(one, two, before, strict=True))
        if a not in (b, was) and not labels[place]
    ]


@pytest.fixture(scope="module")
def m0() -> Bench:
    return M0()


@pytest.fixture(scope="module")
def m33_bench() -> Bench:
    return M33()


def run(bench: Bench, codes: list[bytes], seed: int) -> tuple[list[str], Counter[str]]:
    generator, kinds = random.Random(seed), Counter[str]()
    found = [line for code in codes for line in check(bench, code, generator, kinds)]
    return found, kinds


@pytest.mark.slow
def test_m0_short_instructions(m0: Bench) -> None:
    codes = [op.to_bytes(2, "little") + b"\x00\xbf" for op in range(0, 0xE800, 61)]
    found, kinds = run(m0, codes, 1)
    assert found == []
    assert min(kinds.values()) > 300, kinds


@pytest.mark.slow
def test_m33_short_instructions(m33_bench: Bench) -> None:
    codes = [op.to_bytes(2, "little") + b"\x00\xbf" for op in range(0, 0xE800, 211)]
    found, kinds = run(m33_bench, codes, 2)
    assert found == []
    assert min(kinds.values()) > 100, kinds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "most"),
    fast([(0xE800, 0x0400), (0xEC00, 0x0300), (0xF000, 0x0800), (0xF800, 0x0400)], (0xF800, 0x0400)),
)
def test_m33_long_instructions(m33_bench: Bench, first: int, most: int) -> None:
    generator = random.Random(first)
    codes = []
    for _ in range(900):
        op = first + generator.randrange(most)
        second = generator.getrandbits(16)
        if first == 0xEC00:  # the FPU's
            second = second & 0xF0FF | 0xA00
        codes.append(op.to_bytes(2, "little") + second.to_bytes(2, "little"))
    found, kinds = run(m33_bench, codes, 3)
    assert found == []
    assert min(kinds.values()) > 20, kinds


def test_a_constant_ends_the_ink(m0: Bench) -> None:
    for code in (0x2000, 0x4040, 0x1A00, 0x43C0):  # MOVS r0, #0; EORS r0, r0; SUBS r0, r0, r0; MVNS r0, r0
        mark(m0.shadow, "r", 0)
        memory = code.to_bytes(2, "little") + bytes(len(WINDOW) - 2)
        m0.put([0] * 13 + [DATA, 0, CODE], [0] * 4, [], memory)
        m0.chip.thumb.attach_trace(m0.shadow)
        assert m0.one()
        m0.chip.thumb.attach_trace(None)
        assert bool(m0.shadow.state.r[0].label) == (code == 0x43C0), hex(code)


@pytest.mark.parametrize("flag", range(len(FLAGS)), ids=FLAGS)
@pytest.mark.parametrize("bench", ["m0", "m33_bench"])
def test_an_interrupt_gives_each_flag_its_own_ink_back(
    bench: str, flag: int, request: pytest.FixtureRequest
) -> None:
    """A MOVS and its branch once had an interrupt between them: the branch got the ink of V, from a compare."""
    shadow, frame = request.getfixturevalue(bench).shadow, DATA
    mark(shadow, "flag", flag)
    before = labelled(shadow)[1][:4]
    assert sum(before) == (2 if flag < 2 else 1)  # N and Z have one label
    shadow.push(frame)
    handler_ends(shadow, frame)
    assert labelled(shadow)[1][:4] == before


def test_flags_that_a_handler_stored_have_its_ink(m0: Bench) -> None:
    shadow, frame = m0.shadow, DATA
    mark(shadow, "flag", 3)
    shadow.push(frame)
    shadow.labels[frame + 31 - SRAM_BASE] = label_of(9)
    handler_ends(shadow, frame)
    assert labelled(shadow)[1][:4] == [True] * 4
    assert shadow.state.nz.label == shadow.state.v.label


def handler_ends(shadow: Shadow, frame: int) -> None:
    """The flags of its last compare have no ink; then BX LR."""
    for name in ("nz", "c", "v"):
        getattr(shadow.state, name).label = 0
    shadow.pop_later(frame)
    shadow.step(struct.pack("<16I", *[0] * 13, frame, 0, CODE), 0xBF00, 0)


@pytest.mark.parametrize(
    ("address", "inked", "sinks"), [(DPRAM.start, True, 1), (DPRAM.start, False, 0), (DATA, True, 0)]
)
def test_ink_in_the_ram_that_the_pc_reads_has_escaped(
    m0: Bench, address: int, inked: bool, sinks: int
) -> None:
    mark(m0.shadow, "r", 0 if inked else 2)
    before = struct.pack("<16I", 7, address, *[0] * 11, DATA, 0, CODE)
    m0.shadow.step(before, 0x6008, 0)  # STR r0, [r1]
    assert m0.shadow.state.sink_count == sinks
    if sinks:
        assert m0.shadow.state.sinks[0].address == address
