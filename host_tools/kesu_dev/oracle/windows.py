"""windows: parts of a running image, executed by thumb.c and again by unicorn from the same state."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.touch.handwriting import strokes

from kesu_dev.oracle.oracle_core import CoreState, Oracle, OracleError, read_state, same_memory

WINDOW_CYCLES = 600


@dataclass
class WindowResult:
    """windows, instructions: what was compared. excluded: windows that unicorn cannot execute, by reason."""

    windows: int = 0
    instructions: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    different: int = 0
    differences: list[str] = field(default_factory=list)

    MOST = 20


@contextmanager
def compared(pad: VirtualPad, result: WindowResult, every: int) -> Iterator[None]:
    """Within the block each `every`th run of thumb.c lasts at most WINDOW_CYCLES and is compared."""
    runner: Any = pad.emulator.thumb
    mcu = pad.emulator.mcu
    oracle = Oracle(mcu)
    sram = (ctypes.c_ubyte * len(mcu.sram)).from_buffer(mcu.sram)
    plain: Callable[[int], int] = runner.plain
    calls = 0

    def spy(limit: int) -> int:
        nonlocal calls
        calls += 1
        if calls % every:
            return plain(limit)
        ctypes.memmove(oracle.sram, sram, len(sram))
        before = read_state(core_of(pad))
        served = runner.state.served
        cycles = plain(min(limit, WINDOW_CYCLES))
        count = int(runner.state.instructions)
        if runner.state.served != served:
            result.excluded["a store to ROM, which thumb.c answers itself"] += 1
        elif count:
            _compare(oracle, before, count, sram, pad, result)
        return cycles

    runner.plain = spy
    runner.state.only_memory = 1
    try:
        yield
    finally:
        del runner.plain
        runner.state.only_memory = 0


def core_of(pad: VirtualPad) -> Any:
    """The core of a pad with an RP2040. Raises OracleError for one with another chip."""
    if not isinstance(pad.emulator, Rp2040):
        raise OracleError(f"this oracle knows the RP2040, not the {pad.emulator.facts.name}")
    return pad.emulator.core


def _compare(
    oracle: Oracle, before: CoreState, count: int, sram: Any, pad: VirtualPad, result: WindowResult
) -> None:
    oracle.forget_code()
    mine = read_state(core_of(pad))
    try:
        theirs = oracle.run(before, count)
    except OracleError as error:
        found = [f"unicorn: {error}"]
    else:
        found = mine.differences(theirs)
        if not same_memory(sram, oracle.sram):
            found.append("SRAM")
    result.windows += 1
    result.instructions += count
    if found:
        result.different += 1
        if len(result.differences) < result.MOST:
            result.differences.append(
                f"{count} instructions from {before.registers[15]:08x}: {', '.join(found)}"
            )


def check(uf2: Path, *, every: int = 1, seed: int = 1, whole: bool = True) -> WindowResult:
    """Boot the image, and unless `whole` is False write two digits and wipe them, comparing on the way."""
    pad, result = VirtualPad(uf2, seed=seed), WindowResult()
    with compared(pad, result, every):
        scenario.plug_in(pad)
        if not whole:
            pad.run_for(60.0)
            return result
        scenario.ready(pad)
        scenario.write(pad, strokes("58", 60.0, 30.0, 60.0))
        pad.keys["WIPE"].tap()
        pad.run_for(200.0)
        scenario.wait_ready(pad)
    return result
