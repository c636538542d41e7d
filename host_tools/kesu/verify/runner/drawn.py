"""drawn: leaks that a seed draws, as a check of a full run, and the checks that they meet."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kesu.emulator.core.fork import Job, Send
from kesu.verify import plan
from kesu.verify.found import Found
from kesu.verify.leaks import campaign
from kesu.verify.leaks.campaign import Outcome, Work
from kesu.verify.leaks.judging import Judge
from kesu.verify.noninterference import pairs
from kesu.verify.outcome import Mutant
from kesu.verify.profile import LEAKS
from kesu.verify.subject import Subject
from kesu.verify.trace import code

SCENES = 5
"""Events of the matrix for a group of leaks."""
FIRST = 2_000.0
"""Added weight: leaks begin first."""


def drawn_jobs(subject: Subject) -> list[Job[Found]]:
    """Draw the leaks of the run's seed, several in each job, and judge them."""
    numbers, size = tuple(range(subject.profile.drawn)), campaign.GROUP
    parts_of = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    return [
        Job(
            f"drawn leaks from {part[0]}",
            functools.partial(_sent, subject, part),
            len(part),
            FIRST + campaign.LEAK_S * len(part),
        )
        for part in parts_of
    ]


def _sent(subject: Subject, numbers: tuple[int, ...], send: Send[Found]) -> None:
    board, panel = subject.pad.emulator.facts.board, subject.pad.fitted.partition("-")[0]
    for outcome in work()(board, panel, subject.seed, numbers):
        send(Found(scenarios=1, mutants=[mutant_of(outcome, subject.seed)]))


def mutant_of(outcome: Outcome, seed: int) -> Mutant:
    """The record of a drawn leak in a report."""
    return Mutant(
        name=f"drawn {seed}.{outcome.number}",
        change=f"{outcome.name}: {outcome.path}. Ink was seen: {outcome.presence}.",
        teaches=plan.DRAWN_TEACHES,
        expected=plan.DRAWN_EXPECTED,
        caught_by=(outcome.caught_by,) if outcome.caught_by else (),
        detail=outcome.detail,
    )


def work(without: Sequence[str] = ()) -> Work:
    """What a task of a campaign does. without: names of checks to leave out."""
    return functools.partial(_outcomes, tuple(without))


def _outcomes(
    without: tuple[str, ...], board: str, panel: str, seed: int, numbers: tuple[int, ...]
) -> list[Outcome]:
    checks = tuple(name for name in LEAKS.checks if name not in without)
    return campaign.outcomes_of(board, panel, seed, numbers, Judge(replace(LEAKS, checks=checks), parts))


def parts(subject: Subject, name: str) -> Iterator[Found]:
    """What one check finds, in parts."""
    yield from _SMALLER.get(name, _whole)(subject, name)


def _pairs(subject: Subject, _: str) -> Iterator[Found]:
    # Not as jobs, which look for the fewest strokes that differ.
    for family in plan.pair_families(subject.seed, subject.profile, subject.pairs):
        for result in pairs.run(subject.pad, subject.policy, family, subject.mask):
            yield Found(pairs=[result.pair])


def _matrix(subject: Subject, _: str) -> Iterator[Found]:
    from kesu.verify.runner import jobs  # which imports this module

    found = Found()
    jobs.matrix_of(subject, plan.matrix(subject.seed, subject.profile)[0][:SCENES])(found.add)
    yield found


def _walks(subject: Subject, name: str) -> Iterator[Found]:
    ran = Found()
    for part in _whole(subject, name):
        ran.add(part)
        yield part
    yield Found(coverage=code.coverage(subject.pad, ran.ran))


def _whole(subject: Subject, name: str) -> Iterator[Found]:
    from kesu.verify.runner import jobs  # which imports this module

    for job in jobs.CHECKS[name](subject):
        found = Found()
        job.run(found.add)
        yield found


_SMALLER: dict[str, Callable[[Subject, str], Iterator[Found]]] = {
    "pairs": _pairs,
    "matrix": _matrix,
    "walks": _walks,
}
