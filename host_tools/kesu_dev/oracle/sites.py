"""sites: every instruction of an image once or more from random states, in the emulator's core and in unicorn."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2040.thumb import LEFT_FAULT
from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE

from kesu_dev.oracle.instructions import STACK, Code, Site, state_for
from kesu_dev.oracle.oracle_core import (
    CoreState,
    Oracle,
    OracleError,
    read_state,
    same_memory,
    write_state,
)

ENGINES = ("c", "python")
_STACK_BYTES = 0x1000
_TRIES = 8


@dataclass
class SiteResult:
    """sites: instructions compared. runs: comparisons. faults: runs in which both faulted. excluded: sites that were
    not compared, by reason. differences: one line each, at most `MOST`."""

    sites: int = 0
    runs: int = 0
    faults: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    different: int = 0
    differences: list[str] = field(default_factory=list)

    MOST = 20


class Bench:
    """A bare chip with the image's code, and unicorn over its memories. SRAM holds noise, and the stack Thumb addresses
    in flash, because a POP of the program counter goes there."""

    def __init__(self, code: Code, flash: Sequence[tuple[int, bytes]], seed: int) -> None:
        self.emulator = Rp2040()
        self.emulator.load_flash(list(flash))
        self.emulator.cold_start()
        self.core, mcu = self.emulator.core, self.emulator.mcu
        generator = random.Random(seed)
        noise = bytearray(generator.randbytes(len(mcu.sram)))
        first = STACK - SRAM_BASE
        for offset in range(first - _STACK_BYTES, first + _STACK_BYTES, 4):
            target = FLASH_BASE + generator.randrange(0x10_0000) | 1
            noise[offset : offset + 4] = target.to_bytes(4, "little")
        for address, content in code.data:
            noise[address - SRAM_BASE : address - SRAM_BASE + len(content)] = content
        self._pristine = bytes(noise)
        self._sram = (ctypes.c_ubyte * len(mcu.sram)).from_buffer(mcu.sram)
        self.oracle = Oracle(mcu)
        self._restore()

    def _restore(self) -> None:
        ctypes.memmove(self._sram, self._pristine, len(self._pristine))
        ctypes.memmove(self.oracle.sram, self._pristine, len(self._pristine))

    def compare(self, site: Site, state: CoreState, engine: str) -> list[str] | None:
        """Differences after one instruction; None: both fault. Raises Elsewhere if it leaves the memories."""
        write_state(self.core, state)
        mine = self._mine(engine)
        try:
            theirs = self.oracle.run(state, 1)
        except OracleError as error:
            self._restore()
            if mine is None:
                return None
            return [f"unicorn faults: {error}"]
        if mine is None:
            self._restore()
            return ["faults, in unicorn not"]
        found = mine.differences(theirs)
        if site.op >> 12 in (5, 6, 7, 8, 9, 0xB, 0xC):  # may have stored
            if not same_memory(self._sram, self.oracle.sram):
                found.append("SRAM")
            self._restore()
        return found

    def _mine(self, engine: str) -> CoreState | None:
        runner: Any = self.emulator.thumb
        if engine == "c":
            if runner.plain(1) == 0:
                if runner.state.left == LEFT_FAULT:
                    return None
                raise Elsewhere
        else:
            self.core.execute_instruction()
            if self.core.ipsr or self.core.locked_up:
                return None
        return read_state(self.core)


class Elsewhere(Exception):
    """The access goes to a peripheral, or the instruction is not for thumb.c in that state."""


def check(
    code: Code,
    flash: Sequence[tuple[int, bytes]],
    *,
    rounds: int = 1,
    seed: int = 1,
    engines: Sequence[str] = ENGINES,
    every: int = 1,
) -> SiteResult:
    """Compare each `every`th site `rounds` times on each engine."""
    bench, generator, result = Bench(code, flash, seed), random.Random(seed), SiteResult()
    for site in code.sites[::every]:
        reason = site.excluded
        if reason:
            result.excluded[reason] += 1
            continue
        done = sum(_compare(bench, site, generator, engine, rounds, result) for engine in engines)
        if done:
            result.sites += 1
        else:
            result.excluded["only peripherals"] += 1
    return result


def _compare(
    bench: Bench, site: Site, generator: random.Random, engine: str, rounds: int, result: SiteResult
) -> int:
    """Runs of one site on one engine. Returns how many could be compared."""
    done = 0
    for _ in range(rounds):
        for _ in range(_TRIES):
            state = state_for(site, generator)
            try:
                found = bench.compare(site, state, engine)
            except Elsewhere:
                continue
            done += 1
            result.runs += 1
            if found is None:
                result.faults += 1
            elif found:
                result.different += 1
                if len(result.differences) < result.MOST:
                    where = f"{site.address:08x} {site.op:04x} {site.second:04x} ({engine})"
                    result.differences.append(f"{where}: {', '.join(found)}")
            break
    return done
