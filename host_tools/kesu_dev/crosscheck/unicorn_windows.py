"""unicorn_windows: unicorn executes windows of a virtual pad's run again, and the states are compared."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.chips.rp2350.emulator import Rp2350

LONGEST = 300
"""Most instructions in a window of the RP2350."""


@dataclass
class Compared:
    """windows, instructions: compared. excluded: windows that unicorn cannot execute. differences: one line each."""

    windows: int = 0
    instructions: int = 0
    excluded: int = 0
    differences: list[str] = field(default_factory=list)

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.windows + other.windows,
            self.instructions + other.instructions,
            self.excluded + other.excluded,
            [*self.differences, *other.differences],
        )


@contextmanager
def compared(pad: VirtualPad, every: int) -> Iterator[Compared]:
    """Within the block, one of `every` runs of the core is compared; 0: none. The result is complete at its end."""
    found = Compared()
    if not every:
        yield found
    elif isinstance(pad.emulator, Rp2350):
        from kesu_dev.oracle.m33_windows import Windows

        spy = Windows(pad.emulator, LONGEST, every)
        yield found
        found.windows, found.instructions = spy.windows, spy.instructions
        found.excluded, found.differences = sum(spy.skipped.values()), spy.found
    else:
        from kesu_dev.oracle import windows

        result = windows.WindowResult()
        with windows.compared(pad, result, every):
            yield found
        found.windows, found.instructions = result.windows, result.instructions
        found.excluded, found.differences = sum(result.excluded.values()), result.differences
