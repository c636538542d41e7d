"""bounded: the part of the campaigns that `kesu verify --profile faults` runs: a few minutes of each kind."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from kesu.emulator.core.fork import Job, Send
from kesu.emulator.usb.flood import KINDS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import notes, outcome
from kesu.verify.faults import broken_parts, calls, hostile_usb, power, software
from kesu.verify.faults.trial import Task, done
from kesu.verify.found import Found
from kesu.verify.outcome import Trial
from kesu.verify.scenes import scenario
from kesu.verify.search.measure import EVERY_PAGE
from kesu.verify.subject import Subject

INSTANTS = 60
REQUESTS, EACH = 4_500, 250
FLOODS = len(KINDS) + 6
CALLS, SEARCHED = 100, 10
REFUSED = 12
"""Number of refused allocations. Statements are left out: they need the compiler that made the image, which may not
be available."""
REFUSAL = "allocation"
CHUNK = 24
"""Trials in one job: each job has to write a note first."""
TRIAL_S, CALL_S = 1.0, 1.5


def jobs(subject: Subject) -> list[Job[Found]]:
    """Power cuts at `INSTANTS` random instants and at every step, every broken part, requests in every state, refused
    allocations during start, and calls."""
    image, seed = subject.image, subject.seed
    tasks = power.tasks(seed, INSTANTS) + broken_parts.tasks(seed) + hostile_usb.storm_tasks(seed)
    tasks += hostile_usb.flood_tasks(seed, FLOODS)
    found: list[Job[Found]] = []
    for at in range(0, len(tasks), CHUNK):
        part = tasks[at : at + CHUNK]
        run = _tasks(subject, part)
        found.append(Job(f"faults from {part[0].fault}", run, len(part), TRIAL_S * len(part)))
    pairs = -(-REQUESTS // EACH)
    found.append(Job("hostile requests", _requests(subject), pairs, TRIAL_S * pairs))
    # Needs the compiled core: without a C compiler this job fails, and the run is INCOMPLETE.
    found.append(Job("refused memory", _refusals(image, seed), REFUSED + 1, TRIAL_S * REFUSED))
    found.append(Job("calls", _calls(image, seed), 1, CALL_S * CALLS))
    return found


@lru_cache(maxsize=8)
def demanded(seed: int) -> tuple[tuple[str, str, int], ...]:
    """Campaign, name (as `name_of` gives it) and seed of every trial."""
    tasks = power.tasks(seed, INSTANTS) + broken_parts.tasks(seed) + hostile_usb.storm_tasks(seed)
    tasks += hostile_usb.flood_tasks(seed, FLOODS)
    found = [(task.campaign, task.fault, task.seed) for task in tasks]
    found += [
        (hostile_usb.CAMPAIGN, name, own_seed)
        for name, own_seed in hostile_usb.pair_names(seed, REQUESTS, EACH)
    ]
    found += [(software.ALLOCATIONS, REFUSAL, seed)] * REFUSED
    found.append((software.ALLOCATIONS, outcome.COVERAGE, seed))
    found.append((calls.CAMPAIGN, calls.name_of(CALLS), seed))
    return tuple(found)


def name_of(trial: Trial) -> str:
    """The name of a trial without the refused allocation, which is drawn at random from those of the image."""
    if trial.campaign == software.ALLOCATIONS and trial.fault.startswith(f"{REFUSAL} "):
        return REFUSAL
    return trial.fault


def _tasks(subject: Subject, part: Sequence[Task]) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        written = scenario.write(subject.pad, notes.note("kanji", subject.seed), subject.policy)
        for task in part:
            send(Found.trial(done(written, task)))

    return run


def _requests(subject: Subject) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        mine, others = notes.family("kanji", ("digits",), subject.seed)
        other = scenario.write(scenario.boot(subject.image, subject.seed), others, subject.policy).pad
        written = scenario.write(subject.pad, mine, subject.policy, EVERY_PAGE)
        for task in hostile_usb.pair_tasks(other, subject.seed, REQUESTS, EACH):
            send(Found.trial(done(written, task)))

    return run


def _refusals(image: BuiltImage, seed: int) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        counted = software.allocations(image, seed, REFUSED, 1, lambda trial, total: send(Found.trial(trial)))
        send(Found.trial(counted.as_trial(software.ALLOCATIONS, seed)))

    return run


def _calls(image: BuiltImage, seed: int) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        shift = calls.work(image, seed, CALLS, SEARCHED, lambda number: None)
        send(Found.trial(shift.trial(seed)))

    return run
