"""calls: days of a call centre's calls in minutes: nothing may grow, wear out early, or be left once.

Arrivals are Poisson, handling times exponential with a mean of three minutes; away, and a night between
days. The pad sleeps between strokes, which costs the emulator almost nothing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from kesu.build.request import BuiltImage
from kesu.verify.scenes import notes, scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import measure
from kesu.verify.search.searcher import Searcher
from kesu.virtual.pad import VirtualPad

MEAN_GAP_S, MEAN_TALK_S = 45.0, 180.0
LONGEST_TALK_S = 170.0
"""A pad wipes after 180 s without the pen; the talk after the note is shorter, so that the call ends it."""
DAY_CALLS = 110
NIGHT_S = 3_600.0
READY_MS = 2_100.0
JITTER_MS = 60.0
"""READY comes at a fixed time after the event that the pad saw; a key is seen once it has settled."""


@dataclass
class Shift:
    """What a run of calls showed. ready_ms: from each call's end to DSR."""

    calls: int = 0
    emulated_s: float = 0.0
    full_refreshes: int = 0
    partial_refreshes: int = 0
    searched: int = 0
    left: int = 0
    driver_errors: int = 0
    restarts: int = 0
    ready_ms: list[float] = field(default_factory=list)


def work(image: BuiltImage, seed: int, calls: int, search_every: int, tell: Callable[[int], None]) -> Shift:
    """Play that many calls on one pad that is never restarted; every `search_every`-th is searched for."""
    chosen = random.Random(seed)
    pad = scenario.boot(image, seed)
    policy = Policy.of(image)
    reference = measure.blank(pad)
    shift = Shift()
    began, resets = pad.now_ms, pad.emulator.watchdog_resets
    counted = _count_refreshes(pad, shift)
    for number in range(calls):
        pad.run_for(1_000 * chosen.expovariate(1 / MEAN_GAP_S))
        pad.host.write(b"R")
        pad.run_for(1_000 * chosen.uniform(1.0, 6.0))
        pad.host.write(b"T")
        wanted = number % search_every == 0
        log = measure.PointLog(pad) if wanted else None
        note = notes.note(chosen.choice(notes.KINDS[:3]), seed + number)
        pad.run_for(notes.play(pad, note.only(list(range(chosen.randrange(2, 6))))) + 500.0)
        searcher = None
        if log is not None:
            scenario.settle(pad)
            searcher = Searcher(measure.note_needles(pad, log.points, reference)[0])
        pad.run_for(1_000 * min(LONGEST_TALK_S, chosen.expovariate(1 / MEAN_TALK_S)))
        shift.ready_ms.append(_end(pad, chosen, policy))
        shift.calls += 1
        if searcher is not None:
            shift.searched += 1
            shift.left += measure.residue(pad, searcher) + searcher.search(bytes(pad.panel.bw)).hits
        if (number + 1) % DAY_CALLS == 0:
            pad.host.write(b"A")
            pad.run_for(1_000 * NIGHT_S)
            pad.host.write(b"E")
            pad.run_for(READY_MS + 500.0)
        tell(number + 1)
    counted()
    shift.emulated_s = (pad.now_ms - began) / 1_000
    shift.restarts = pad.emulator.watchdog_resets - resets
    shift.driver_errors = len(pad.panel.errors)
    return shift


def _end(pad: VirtualPad, chosen: random.Random, policy: Policy) -> float:
    """The call ends in one of the ways that calls end; returns ms from there to DSR."""
    way = chosen.random()
    told = len(pad.host.notifications)
    began = pad.now_ms
    if way < 0.85:
        pad.host.write(b"E")
    elif way < 0.93:
        pad.keys["WIPE"].tap()
    else:
        pad.host.write(b"A")
    pad.run_for(policy.ready_after_ms + 300.0)
    ready = [note.time_ns / 1e6 for note in pad.host.notifications[told:] if note.payload[0] & 2]
    if way >= 0.93:
        pad.run_for(chosen.uniform(5_000.0, 60_000.0))
        pad.host.write(b"E")
        pad.run_for(policy.ready_after_ms + 300.0)
    return ready[0] - began if ready else float("inf")


def _count_refreshes(pad: VirtualPad, shift: Shift) -> Callable[[], None]:
    """Count waveforms by how long BUSY is high: a flashing refresh takes over 0.8 s."""
    inner = pad.panel.on_busy
    state = {"rose": 0.0}

    def busy(level: bool) -> None:
        if level:
            state["rose"] = pad.now_ms
        else:
            length = pad.now_ms - state["rose"]
            if length > 800.0:
                shift.full_refreshes += 1
            elif length > 200.0:
                shift.partial_refreshes += 1
        if inner is not None:
            inner(level)

    pad.panel.on_busy = busy

    def stop() -> None:
        pad.panel.on_busy = inner

    return stop
