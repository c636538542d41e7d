"""calls: weeks of calls: no memory may leak, no ink may remain, the panel must not wear out early.

A day: calls arrive from nine to six as a Poisson process and wait while the operator is busy; handling takes
three minutes on average (log-normal), with a short note at its beginning and occasional strokes later, and
customers are put on hold for longer than the idle time; after some calls the record is written in after-call
work; some are followed by a break, lunch is at noon, and the PC sleeps at night. `Clock` skips idle time.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Job, Send
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.emulator.scenario import settle
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes
from kesu.verify.faults import heap
from kesu.verify.faults.days import Clock, WorkingDay
from kesu.verify.found import Found
from kesu.verify.outcome import Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import measure, needles, on_glass
from kesu.verify.search.measure import Blank, PointLog
from kesu.verify.search.searcher import Searcher

CAMPAIGN = "calls"
MEAN_GAP_S, MEAN_HANDLING_S = 225.0, 180.0
"""Means of the times between calls and of handling: four fifths of an operator's day are calls."""
SPREAD = 0.6
"""Standard deviation of the logarithm of handling times."""
SHORTEST_S = 12.0
BREAKS = 0.03
BREAK_S = (120.0, 900.0)
QUIET_S = (110.0, 420.0)
"""Range of the time between strokes of one call: in a call the idle time, 180 s by default, ends nothing."""
AFTER_WORK = "W, then E"
AFTER_CALL_WORK = (0.05, 0.75)
"""Range of the part of the time for after-call work that the record takes."""
JITTER_MS = 60.0
"""Tolerance for READY, which comes at a fixed time after the pad saw the event; a key is seen after its
debounce."""
WIPE_SLACK_MS = 700.0
FULL_MS, PARTIAL_MS = 800.0, 200.0
SEARCHED_STROKES = 12


@dataclass
class Shift:
    """Results of a run of calls.

    ready_ms: time from each call's end to DSR, None where it never came. days: emulated days of the pad's own
    clock, of which `played_s` were executed and the rest, asleep, was skipped. left: hits of notes after
    searched wipes; ghosts: wipes after which the glass showed a residual image; unfound: searched notes that
    were not found before the wipe; lost: notes that were gone before their call ended, or its after-call
    work. free_bytes, largest_bytes: the heap at the beginning and after each tenth of the calls.
    """

    calls: int = 0
    days: float = 0.0
    played_s: float = 0.0
    working_days: int = 0
    handling_s: float = 0.0
    full_refreshes: int = 0
    partial_refreshes: int = 0
    searched: int = 0
    left: int = 0
    ghosts: int = 0
    unfound: int = 0
    lost: int = 0
    driver_errors: int = 0
    restarts: int = 0
    ready_ms: list[float | None] = field(default_factory=list)
    free_bytes: list[int] = field(default_factory=list)
    largest_bytes: list[int] = field(default_factory=list)

    def reason(self) -> str:
        """What does not hold, in one sentence; empty if all holds."""
        if self.left or self.ghosts or self.unfound:
            return (
                f"{self.left} hits and {self.ghosts} ghosts after {self.searched} searched wipes, "
                f"{self.unfound} notes not found before"
            )
        if self.lost:
            return f"{self.lost} notes were gone before the end of their call"
        if self.restarts or self.driver_errors:
            return f"{self.restarts} restarts, {self.driver_errors} errors of the panel's driver"
        if len(set(self.free_bytes)) > 1 or len(set(self.largest_bytes)) > 1:
            return f"the free heap changed: {self.free_bytes}, largest piece {self.largest_bytes}"
        came = self.came_ms
        if len(came) < len(self.ready_ms):
            return f"READY never came after {len(self.ready_ms) - len(came)} of {self.calls} calls"
        if not came:
            return "no call was taken"
        if came[-1] - came[0] > JITTER_MS:
            return f"READY came {came[0]:.0f} to {came[-1]:.0f} ms after the call"
        return ""

    @property
    def came_ms(self) -> list[float]:
        """Times of READY where it came, fastest first."""
        return sorted(ready for ready in self.ready_ms if ready is not None)

    def figures(self) -> dict[str, Any]:
        """Figures for a report. READY: fastest, median and slowest of each tenth of the calls."""
        tenth = max(1, self.calls // 10)
        tenths = [self.ready_ms[at : at + tenth] for at in range(0, self.calls, tenth)]
        parts = [sorted(ready for ready in part if ready is not None) for part in tenths]
        counted = {name: value for name, value in self.__dict__.items() if name != "ready_ms"}
        spread = [[round(part[at], 3) for at in (0, len(part) // 2, -1)] if part else [] for part in parts]
        return counted | {
            "ready_ms_of_each_tenth": spread,
            "full_refreshes_a_day": round(self.full_refreshes / max(1, self.working_days), 1),
            "partial_refreshes_a_day": round(self.partial_refreshes / max(1, self.working_days), 1),
            "mean_handling_s": round(self.handling_s / max(1, self.calls), 1),
        }

    def trial(self, seed: int) -> Trial:
        """The run as one trial."""
        seen = (
            f"{self.calls:,} calls in {self.working_days} working days ({self.days:.1f} emulated days), "
            f"{self.full_refreshes:,} full and {self.partial_refreshes:,} partial refreshes, "
            f"{self.searched} searched"
        )
        came = self.came_ms
        slowest = came[-1] if came and len(came) == len(self.ready_ms) else None
        return Trial(
            CAMPAIGN, name_of(self.calls), seed, seen, slowest, "READY", self.reason(), self.figures()
        )


def name_of(calls: int) -> str:
    """The name of a trial of so many calls."""
    return f"{calls} calls"


def jobs(image: BuiltImage, seed: int, calls: int, searched: int, pads: int) -> list[Job[Found]]:
    """Divide calls and searches among `pads` pads, each in its own process. A job sends one completed
    scenario for each call, and finally its trial."""

    def job(number: int) -> Job[Found]:
        mine = calls // pads + (number < calls % pads)
        wanted = searched // pads + (number < searched % pads)

        def run(send: Send[Found]) -> None:
            shift = work(image, seed + number, mine, wanted, lambda _: send(Found(scenarios=1)))
            send(Found(faults=[shift.trial(seed + number)]))

        return Job(f"calls of pad {number + 1}", run, mine, float(mine))

    return [job(number) for number in range(min(pads, calls))]


def work(image: BuiltImage, seed: int, calls: int, searched: int, tell: Callable[[int], None]) -> Shift:
    """Play `calls` calls on one pad without a restart; a random sample of the wipes is searched."""
    chosen = random.Random(seed)
    pad = scenario.boot(image, seed)
    policy = Policy.of(image)
    clock, shift = Clock(pad, policy.ready_after_ms + WIPE_SLACK_MS), Shift()
    day = WorkingDay(pad, clock)
    sample = set(chosen.sample(range(calls), min(searched, calls)))
    resets, asked = pad.emulator.watchdog_resets, max(1, calls // 10)
    stop_counting = _count_refreshes(pad, shift)
    arrival_s = 0.0
    for number in range(calls):
        if number % asked == 0:
            shift.free_bytes.append(heap.free_bytes(pad))
            shift.largest_bytes.append(heap.largest_free_bytes(pad))
        arrival_s += chosen.expovariate(1 / MEAN_GAP_S)
        if day.over():
            day.night()
            arrival_s = day.now_s + chosen.expovariate(1 / MEAN_GAP_S)
        elif day.noon():
            day.lunch()
        clock.rest(1_000 * max(arrival_s - day.now_s, chosen.uniform(1.0, 3.0)))
        began_s = day.now_s
        _call(pad, clock, chosen, policy, shift, seed + number, number in sample)
        shift.handling_s += day.now_s - began_s
        tell(number + 1)
    stop_counting()
    shift.working_days = day.number
    shift.days, shift.played_s = clock.elapsed_ms / 86_400_000, clock.played_ms / 1_000
    shift.restarts = pad.emulator.watchdog_resets - resets
    shift.driver_errors = len(pad.panel.errors)
    return shift


def _call(
    pad: VirtualPad,
    clock: Clock,
    chosen: random.Random,
    policy: Policy,
    shift: Shift,
    seed: int,
    wanted: bool,
) -> None:
    handling_s = chosen.lognormvariate(log(MEAN_HANDLING_S) - SPREAD**2 / 2, SPREAD)
    handling_s = min(max(handling_s, SHORTEST_S), policy.call_age_ms / 1_000 - 60.0)
    end = _way(chosen, policy)
    pad.host.write(b"R")
    clock.rest(1_000 * chosen.uniform(1.0, 4.0))
    pad.host.write(b"T")
    began_ms = clock.elapsed_ms
    reference = measure.blank(pad, ("AWAY",) if end == "A" else ()) if wanted else None
    inner = pad.touch.on_int
    log_of = PointLog(pad) if wanted else None
    strokes = SEARCHED_STROKES if wanted else chosen.choices((1, 2), (65, 35))[0]
    note = notes.note(chosen.choice(notes.KINDS[:3] if wanted else notes.KINDS[:2]), seed, strokes)
    pad.run_for(notes.play(pad, note) + 500.0)
    while True:
        left_ms = 1_000 * handling_s - (clock.elapsed_ms - began_ms)
        quiet_ms = 1_000 * chosen.uniform(*QUIET_S)
        if left_ms <= quiet_ms:
            clock.rest(max(left_ms, 0.0))
            break
        clock.rest(quiet_ms)
        pad.run_for(notes.play(pad, notes.note("digits", seed + 1, 1)) + 500.0)
    looked = _look(pad, log_of, reference, shift) if log_of is not None and reference is not None else None
    pad.touch.on_int = inner
    if end == AFTER_WORK:
        pad.host.write(b"W")
        clock.rest(policy.wrap_up_ms * chosen.uniform(*AFTER_CALL_WORK))
    shift.lost += not pad.host.serial_state.dcd
    shift.ready_ms.append(_end(pad, end, policy))
    shift.calls += 1
    if looked is not None:
        _search(pad, looked, shift)
    if end == "A":
        clock.rest(1_000 * chosen.uniform(*BREAK_S))
        pad.host.write(b"E")
        pad.run_for(policy.ready_after_ms + 300.0)


def _way(chosen: random.Random, policy: Policy) -> str:
    """How a call ends: hang-up and ready, with after-call work before, the WIPE key, or a break. Without
    after-call work its byte ends the call."""
    if chosen.random() < BREAKS:
        return "A"
    return chosen.choices(("E", AFTER_WORK if policy.wrap_up_ms else "W", "WIPE"), (65, 25, 10))[0]


def _end(pad: VirtualPad, way: str, policy: Policy) -> float | None:
    """End the call; returns ms from there to DSR, None if it does not come."""
    before, began = len(pad.host.notifications), pad.now_ms
    if way == "WIPE":
        pad.keys["WIPE"].tap()
    else:
        pad.host.write(way[-1].encode())
    pad.run_for(policy.ready_after_ms + 300.0)
    ready = [note.time_ns / 1e6 for note in pad.host.notifications[before:] if note.payload[0] & 2]
    return ready[0] - began if ready else None


@dataclass(frozen=True)
class _Looked:
    """The search for one note after a call. before: hits while the note was on the pad."""

    searcher: Searcher
    ink: NDArray[np.bool_]
    reference: Blank
    before: int


def _look(pad: VirtualPad, log_of: PointLog, reference: Blank, shift: Shift) -> _Looked | None:
    """Prepare the search for the note now on the pad, which must be found. None, counted as not found, if the
    pad took too little of it to search for: the note itself holds enough."""
    settle(pad)
    if not needles.enough(pad.panel.page(), log_of.points):
        shift.searched += 1
        shift.unfound += 1
        return None
    searcher = Searcher(measure.note_needles(pad, log_of.points, reference)[0])
    return _Looked(
        searcher, on_glass.ink_pixels(pad.panel.page(), reference), reference, _hits(pad, searcher)
    )


def _hits(pad: VirtualPad, searcher: Searcher) -> int:
    planes = searcher.search(bytes(pad.panel.bw)).hits + searcher.search(bytes(pad.panel.red)).hits
    return measure.residue(pad, searcher) + planes


def _search(pad: VirtualPad, looked: _Looked, shift: Shift) -> None:
    shift.searched += 1
    shift.unfound += looked.before == 0
    shift.left += _hits(pad, looked.searcher)
    shift.ghosts += on_glass.ghost(pad, looked.ink, looked.reference) >= CLEAN_LIGHTNESS


def _count_refreshes(pad: VirtualPad, shift: Shift) -> Callable[[], None]:
    """Count full and partial refreshes by the duration of BUSY."""
    inner = pad.panel.on_busy
    rose_ms = 0.0

    def busy(level: bool) -> None:
        nonlocal rose_ms
        if level:
            rose_ms = pad.now_ms
        elif pad.now_ms - rose_ms > FULL_MS:
            shift.full_refreshes += 1
        elif pad.now_ms - rose_ms > PARTIAL_MS:
            shift.partial_refreshes += 1
        if inner is not None:
            inner(level)

    def stop() -> None:
        pad.panel.on_busy = inner

    pad.panel.on_busy = busy
    return stop
