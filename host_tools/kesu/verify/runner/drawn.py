"""drawn: the checks of a full run, for leaks that a seed draws."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from kesu.verify import plan
from kesu.verify.found import Found
from kesu.verify.leaks import campaign
from kesu.verify.leaks.campaign import Outcome, Work
from kesu.verify.leaks.judging import Judge
from kesu.verify.noninterference import pairs
from kesu.verify.profile import FULL
from kesu.verify.runner import jobs
from kesu.verify.subject import Subject
from kesu.verify.trace import code

NOT_FOR_LEAKS = ("mutants", "chance", "wrap", "faults")
"""Checks of the checks, of the search's false alarms, and those that repeat the others under a fault."""
FAST = ("structure", "pairs")
"""Checks that are run first."""
SCENES = 5
"""Events of the matrix for a group of leaks."""
_OTHERS = sorted({*FULL.checks} - {*FAST, *NOT_FOR_LEAKS})
LEAKS = replace(FULL, name="drawn", checks=(*FAST, *_OTHERS), notes=1, thorough=False, pairs=6)
"""The extent of the checks for leaks. Every check of a full run is in it, also one that is added later."""


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
    for job in jobs.CHECKS[name](subject):
        found = Found()
        job.run(found.add)
        yield found


_SMALLER: dict[str, Callable[[Subject, str], Iterator[Found]]] = {
    "pairs": _pairs,
    "matrix": _matrix,
    "walks": _walks,
}
