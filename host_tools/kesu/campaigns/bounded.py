"""bounded: the part of the campaigns that `kesu verify --profile faults` plays: minutes of every kind."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kesu.build.request import BuiltImage
from kesu.campaigns import broken_parts, calls, hostile_usb, power, software
from kesu.campaigns.trial import Task, done
from kesu.verify.scenes import notes, scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.workers import Job
from kesu.virtual.pad import VirtualPad
from kesu.virtual.usb_flood import KINDS

INSTANTS = 60
REQUESTS, EACH = 4_500, 250
FLOODS = len(KINDS) + 6
CALLS, SEARCHED = 100, 10
REFUSED = 12
"""Allocations; statements need the compiler that made the image, which whoever verifies may not have."""
CHUNK = 24
"""Trials in one job: each job writes its note anew."""
TRIAL_S, CALL_S = 1.0, 0.4


def jobs(image: BuiltImage, pad: VirtualPad, policy: Policy, seed: int) -> list[Job]:
    """Power at `INSTANTS` random instants and at every step, every broken part, requests from every state,
    memory refused in a start, and calls. `pad` is ready, and blank."""
    tasks = power.tasks(seed, INSTANTS) + broken_parts.tasks(seed) + hostile_usb.storm_tasks(seed)
    tasks += hostile_usb.flood_tasks(seed, FLOODS)
    found = []
    for at in range(0, len(tasks), CHUNK):
        part = tasks[at : at + CHUNK]
        run = _tasks(pad, policy, seed, part)
        found.append(Job(f"faults from {part[0].fault}", run, len(part), TRIAL_S * len(part)))
    pairs = -(-REQUESTS // EACH)
    found.append(Job("hostile requests", _requests(image, pad, policy, seed), pairs, TRIAL_S * pairs))
    if pad.emulator.thumb is not None:
        found.append(Job("refused memory", _refusals(image, seed), REFUSED + 1, TRIAL_S * REFUSED))
    found.append(Job("calls", _calls(image, seed), 1, CALL_S * CALLS))
    return found


def _tasks(pad: VirtualPad, policy: Policy, seed: int, part: Sequence[Task]) -> Callable[[Any], None]:
    def run(tell: Callable[[Any], None]) -> None:
        written = scenario.write(pad, notes.note("kanji", seed), policy)
        for task in part:
            tell(done(written, task))

    return run


def _requests(image: BuiltImage, pad: VirtualPad, policy: Policy, seed: int) -> Callable[[Any], None]:
    def run(tell: Callable[[Any], None]) -> None:
        mine, others = notes.family("kanji", ("digits",), seed)
        other = scenario.write(scenario.boot(image, seed), others, policy).pad
        written = scenario.write(pad, mine, policy)
        for task in hostile_usb.pair_tasks(other, seed, REQUESTS, EACH):
            tell(done(written, task))

    return run


def _refusals(image: BuiltImage, seed: int) -> Callable[[Any], None]:
    def run(tell: Callable[[Any], None]) -> None:
        counted = software.allocations(image, seed, REFUSED, 1, lambda trial, total: tell(trial))
        tell(counted.as_trial(software.ALLOCATIONS, seed))

    return run


def _calls(image: BuiltImage, seed: int) -> Callable[[Any], None]:
    def run(tell: Callable[[Any], None]) -> None:
        tell(calls.work(image, seed, CALLS, SEARCHED, lambda number: None).trial(seed))

    return run
