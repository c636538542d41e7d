"""pad_clock: the pad's own time on the rig's clock: two crystals differ by some ms in a deadline's minutes.

While the core is halted, TIMER stands still (RP2040 datasheet 4.6.5, RP2350 datasheet 12.8.5), and its raw registers
can be read without a side effect. The rig's log has the moment of the halt.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kesu_dev.rig.protocol import Kind, Note, RigError
from kesu_dev.rig_verify.bench import Bench
from kesu_dev.rig_verify.glass import after

TIMERS = {"RP2040": 0x4005_4000, "RP2350": 0x400B_0000}
"""TIMER, and TIMER0."""
RAW = 0x24
"""TIMERAWH, then TIMERAWL."""


@dataclass(frozen=True)
class Sample:
    """pad_us: of the pad's timer, from the halt to its end. halted_us, resumed_us: of the rig's clock. skipped_us: by
    which the timer was set forward since."""

    pad_us: int
    halted_us: int
    resumed_us: int
    skipped_us: int = 0

    def pad_of(self, rig_us: int) -> int:
        """The pad's time at a moment of the rig's clock before the halt, or after it."""
        if rig_us <= self.halted_us:
            return self.pad_us - (self.halted_us - rig_us)
        return self.pad_us + self.skipped_us + (rig_us - self.resumed_us)

    def rig_of(self, pad_us: int) -> int:
        """When a time of the pad comes, on the rig's clock."""
        return self.resumed_us + (pad_us - self.skipped_us - self.pad_us)


def timer_us(bench: Bench) -> int:
    """Of a halted pad. Raises RigError."""
    high, low = struct.unpack("<II", bench.actions.peek(TIMERS[bench.facts.name] + RAW, 8))
    return int(high << 32 | low)


def halts(bench: Bench, since_us: int) -> list[Note]:
    """Stops of the core, and their ends, since a moment of the rig's clock."""
    log = bench.actions.log()
    return [one for one in log if one.kind == Kind.HALT and after(one.us, since_us) >= 0]


def pauses(found: Sequence[Note]) -> Iterator[tuple[Note, Note]]:
    """Each stop with its end."""
    return zip(found[::2], found[1::2], strict=False)


def sample(bench: Bench, look: Callable[[], int]) -> Sample:
    """look: halts the pad, and returns its timer. Raises RigError."""
    since_us = bench.actions.rig.now_us()
    pad_us = look()
    found = halts(bench, since_us)
    if len(found) != 2 or not found[0].value or found[1].value:
        raise RigError("The rig could not stop the pad's core.", hint="Run `kesu rig check`.")
    stopped, resumed = (since_us + after(one.us, since_us) for one in found)
    return Sample(pad_us, stopped, resumed)


def moments_ms(bench: Bench, edge_us: int, looks: int) -> list[float]:
    """When the core stopped for each look, in ms of the pad's time from the edge. Raises RigError."""
    found, halted, stopped_at = [], 0, 0
    for one in halts(bench, edge_us):
        at_us = after(one.us, edge_us)
        if one.value == 1:
            found.append((at_us - halted) / 1_000)
            stopped_at = at_us
        elif one.value == 0:
            halted += at_us - stopped_at
        else:
            raise RigError("The rig could not stop the pad's core.", hint="Run `kesu rig check`.")
    if len(found) != looks:
        raise RigError(f"The rig looked {len(found)} times, {looks} were planned.")
    return found


def halted_us(bench: Bench, since_us: int) -> int:
    """For how long the core stood still since a moment of the rig's clock."""
    return sum(after(end.us, begin.us) for begin, end in pauses(halts(bench, since_us)))
