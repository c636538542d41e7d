"""timing_notes: records the times that a host sees while digits are written on copies of one pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator import scenario
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.clock import NS_PER_MS, NS_PER_US
from kesu.emulator.core.fork import Failed, Job, Send, fork_run, run_jobs
from kesu.emulator.touch import handwriting
from kesu.emulator.touch.pen import Stroke
from kesu.verify.faults.injection import core_of

from kesu_dev.benchmarks import timing_hosts

DIGITS = "0123689"
"""The digits that KanjiVG writes in one stroke, so that the number of strokes carries no information."""
DURATION_MS = 600.0
"""Duration of every digit, regardless of its length."""
HEIGHT_PX = (28.0, 56.0)
"""Height of a digit: 6 to 12 mm on the 4.2" panel."""
SLANT = (-0.35, 0.35)
"""Slant of a digit: up to 20 degrees to either side."""
MARGIN_PX = 6.0
STRIP_PX = 28
"""Rows at the bottom that take no ink."""

REST_MS = 1_000.0
"""From READY to the first host: the pad sleeps."""
HEAD_START_MS = (20.0, 60.0)
"""Time from the host's start to the pen's first touch; random, so that neither the pad's loop nor the touch
chip's scans are synchronised with the pen."""
WRITING_MS = 1_100.0
"""Length of a recording from the first touch: the stroke, and one refresh after it."""
EVENT_MS = 700.0
"""Time from the first touch to the WIPE key, when the wipe is recorded: a refresh is running then."""
WIPE_MS = 2_000.0
"""Length of a recording of a wipe: READY follows 1.88 s after the event on either panel."""
PROCESSES = 2
TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Recording:
    """One note: its digit, and for each series of the channel the times in us since the first touch (or since
    the event)."""

    digit: str
    times_us: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Plan:
    """What to record. during_wipe: from the WIPE key to READY, instead of while the pen writes. pause_us, size,
    poll_us: as for timing_hosts.listen. miss_cycles: cost of a miss of the flash cache, in cycles."""

    channel: str
    notes: int
    seed: int = 1
    pause_us: float = 200.0
    during_wipe: bool = False
    size: int = 1
    poll_us: float = 0.0
    miss_cycles: int = 0

    @property
    def length_us(self) -> float:
        """Length of one recording."""
        return 1000.0 * (WIPE_MS if self.during_wipe else WRITING_MS)


def digit(plan: Plan, number: int) -> str:
    """The digit of note `number`: the digits are equally frequent, within one."""
    return DIGITS[number % len(DIGITS)]


def written(plan: Plan, number: int, width: int, height: int) -> tuple[Stroke, float]:
    """The stroke of note `number` on a page of width x height pixels, and after how many ms it begins."""
    generator = random.Random(f"timing {plan.seed} {number}")
    size = generator.uniform(*HEIGHT_PX)
    slant = generator.uniform(*SLANT)
    (stroke,) = handwriting.strokes(digit(plan, number), 0.0, 0.0, size)
    leaning = [(x + slant * (size / 2 - y), y) for x, y in stroke]
    columns, rows = [x for x, _ in leaning], [y for _, y in leaning]
    left = generator.uniform(MARGIN_PX, width - MARGIN_PX - (max(columns) - min(columns)))
    top = generator.uniform(MARGIN_PX, height - STRIP_PX - MARGIN_PX - (max(rows) - min(rows)))
    placed = [(x - min(columns) + left, y - min(rows) + top) for x, y in leaning]
    return placed, generator.uniform(*HEAD_START_MS)


def record(uf2: Path, plan: Plan, progress: Callable[[float], None] = lambda part: None) -> list[Recording]:
    """All notes of a plan, each on a copy of one booted pad.

    Raises KesuError if the pad leaves the bus or does not wipe under this host.
    """
    try:
        pad = scenario.boot_pad(uf2, seed=plan.seed)
    except scenario.NotReady as error:
        raise KesuError(
            f"{uf2.name} cannot be used: {error.message}",
            hint="Hand in a sealed image; a service image has no call line.",
            code=Exit.DATA,
        ) from None
    pad.run_for(REST_MS)
    share = ceil(plan.notes / PROCESSES)
    jobs = [
        Job(f"{plan.channel} {first}", partial(_some, pad, plan, first), share, 1.0)
        for first in range(PROCESSES)
    ]
    found: dict[int, Recording] = {}
    for _, result in run_jobs(jobs, PROCESSES):
        if isinstance(result, Failed):
            raise RuntimeError(result.text)
        number, one = result
        if one is None:
            raise KesuError(
                f"The pad left the bus, or took no ink or no wipe, under the host of channel {plan.channel}.",
                hint="Ask less often: --pause-us. An image that gives up a flooded line does so on purpose.",
                code=Exit.NO,
            )
        found[number] = one
        progress(len(found) / plan.notes)
    return [found[number] for number in range(plan.notes)]


_Numbered = tuple[int, Recording | None]


def _some(pad: VirtualPad, plan: Plan, first: int, send: Send[_Numbered]) -> None:
    for number in range(first, plan.notes, PROCESSES):
        send((number, fork_run(pad, partial(_one, plan=plan, number=number), TIMEOUT_S)))


def _one(pad: VirtualPad, plan: Plan, number: int) -> Recording | None:
    stroke, after_ms = written(plan, number, pad.glass.width, pad.glass.height)
    touched_ns = _first_touch(pad)
    if plan.miss_cycles:
        core_of(pad).state.xip_miss_cycles = plan.miss_cycles
    heard = timing_hosts.listen(pad, plan.channel, plan.pause_us, plan.size, plan.poll_us)
    resets = pad.host.resets
    pad.pen.stroke(stroke, after_ms, DURATION_MS)
    try:
        pad.run_until(lambda: bool(touched_ns), after_ms + DURATION_MS)
    except EmulationTimeout:
        return None
    start_ns = touched_ns[0]
    if plan.during_wipe:
        pad.run_for(start_ns / NS_PER_MS + EVENT_MS - pad.now_ms)
        start_ns = pad.clock.now_ns
        pad.keys["WIPE"].tap(bounce_ms=0.0)
    pad.run_for(start_ns / NS_PER_MS + plan.length_us / 1000.0 - pad.now_ms)
    if not pad.host.enumerated or pad.host.resets != resets:
        return None
    if plan.during_wipe and not pad.host.serial_state.dsr:
        return None
    return Recording(
        digit(plan, number),
        tuple(
            _within([(moment - start_ns) / NS_PER_US for moment in series], plan.length_us)
            for series in heard.series(plan.channel, pad)
        ),
    )


def _within(times_us: Sequence[float], length_us: float) -> tuple[float, ...]:
    return tuple(time for time in times_us if 0.0 <= time < length_us)


def _first_touch(pad: VirtualPad) -> list[int]:
    """A list that receives the times of the touch chip's next reports, in ns."""
    reported_ns: list[int] = []
    inner = pad.touch.on_int

    def on_int(level: bool) -> None:
        if not level and pad.touch.reported() is not None:
            reported_ns.append(pad.clock.now_ns)
        if inner is not None:
            inner(level)

    pad.touch.on_int = on_int
    return reported_ns
