"""drawn: leaks that a seed draws, as a check of a full run, and the checks that they meet."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kesu.emulator.core.fork import Failed, Job, Send
from kesu.verify import plan
from kesu.verify.found import Found
from kesu.verify.leaks import campaign
from kesu.verify.leaks.campaign import Outcome, Work
from kesu.verify.leaks.judging import Enough, Judge
from kesu.verify.noninterference import pairs
from kesu.verify.outcome import DRAWN, Mutant, Walk
from kesu.verify.profile import LEAKS
from kesu.verify.runner import jobs, matrix_jobs
from kesu.verify.subject import Subject, on_copy
from kesu.verify.trace import code, walk
from kesu.verify.trace.coverage import Ran

SCENES = 5
"""Events of the matrix for a group of leaks."""
REVIEWS = "reviews"
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
        name=f"{DRAWN}{seed}.{outcome.number}",
        change=f"{outcome.name}: {outcome.path}. Ink was seen: {outcome.presence}.",
        teaches=plan.DRAWN_TEACHES,
        expected=plan.DRAWN_EXPECTED,
        caught_by=(outcome.caught_by,) if outcome.caught_by else (),
        detail=outcome.detail,
    )


def work(without: Sequence[str] = ()) -> Work:
    """What a task of a campaign does. without: names of checks to leave out. REVIEWS: walks do not say which code the
    lists of reviewed code lack, so that a leak is noticed by what it does and not because it is new."""
    return functools.partial(_outcomes, tuple(without))


def _outcomes(
    without: tuple[str, ...], board: str, panel: str, seed: int, numbers: tuple[int, ...]
) -> list[Outcome]:
    checks = tuple(name for name in LEAKS.checks if name not in without)
    found = _unreviewed if REVIEWS in without else parts
    return campaign.outcomes_of(board, panel, seed, numbers, Judge(replace(LEAKS, checks=checks), found))


def parts(subject: Subject, name: str, enough: Enough) -> Iterator[Found]:
    """What one check finds, in parts."""
    yield from _SMALLER.get(name, _whole)(subject, name, enough)


def _unreviewed(subject: Subject, name: str, enough: Enough) -> Iterator[Found]:
    """As `parts`, without what the lists of reviewed code say."""

    def acts(found: Found) -> bool:
        return enough(_acts(found))

    yield from (_acts(found) for found in parts(subject, name, acts))


def _acts(found: Found) -> Found:
    walks = [replace(one, branches=()) for one in found.walks]
    return replace(found, walks=walks, coverage=[replace(one, open=()) for one in found.coverage])


def _pairs(subject: Subject, _: str, __: Enough) -> Iterator[Found]:
    # Not as jobs, which look for the fewest strokes that differ.
    for family in plan.pair_families(subject.seed, subject.profile, subject.pairs):
        yield Found(pairs=[one.pair for one in pairs.run(subject.pad, subject.policy, family, subject.mask)])


def _matrix(subject: Subject, _: str, __: Enough) -> Iterator[Found]:
    scenes = plan.matrix(subject.seed, subject.profile)[0][:SCENES]
    yield from matrix_jobs.played_scenes(subject, scenes)


def _walks(subject: Subject, _: str, enough: Enough) -> Iterator[Found]:
    """Each walk may end early; what ran is judged after all of them."""
    ran, walked = Ran(), list[Walk]()
    for seed in plan.walks(subject.seed, subject.profile):
        one = on_copy(
            f"walk, seed {seed}",
            subject.pad,
            lambda copy, seed=seed: walk.walk(  # type: ignore[misc]  # mypy infers no lambda with a default
                copy,
                subject.policy,
                seed,
                subject.profile.walk_notes,
                lambda now: enough(Found(walks=[*walked, walk.so_far(now)])),
            ),
            lambda why, seed=seed: (walk.unjudged(seed, why), Ran()),  # type: ignore[misc]  # as above
        )
        if isinstance(one, Failed):
            yield Found.failed(one)
            return
        walked.append(one[0])
        ran.add(one[1])
        yield Found(walks=[one[0]])
    yield Found(coverage=code.coverage(subject.pad, ran))


def _whole(subject: Subject, name: str, _: Enough) -> Iterator[Found]:
    for job in jobs.CHECKS[name](subject):
        found = Found()
        job.run(found.add)
        yield found


_SMALLER: dict[str, Callable[[Subject, str, Enough], Iterator[Found]]] = {
    "pairs": _pairs,
    "matrix": _matrix,
    "walks": _walks,
}
