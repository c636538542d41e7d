"""jobs: divides a verification run into jobs for processes, by the names of the checks."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Sequence

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, Send, fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import chance, mutants, notes, plan, structure
from kesu.verify.faults import bounded
from kesu.verify.found import Found
from kesu.verify.matrix import play as matrix
from kesu.verify.noninterference import pairs, shrink
from kesu.verify.noninterference.families import Family
from kesu.verify.runner import checks, matrix_jobs
from kesu.verify.scenes import invalid_policy, scenario
from kesu.verify.scenes.events import by_label
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import measure
from kesu.verify.subject import Subject, on_copy
from kesu.verify.trace import guided, walk
from kesu.verify.trace.coverage import Ran

CHANCE_SEEDS = 500_000
"""Offset of the seeds of notes that are never written."""
MUTANTS = 9
"""Mutants in one job."""
MUTANT_S = 4.0
"""Seconds for one mutant, build included."""
WALK_S = 3.0
"""Seconds for one note of a walk."""
TRIAL_S = 1.3
"""Seconds for one trial of the search for new code."""
FIRST = 2_000.0
"""Added weight of mutants: they begin first."""
SHRUNK = 2
"""Most failing pairs of one family to shrink: each takes about ten runs."""

Check = Callable[[Subject], list[Job[Found]]]


def pair_jobs(subject: Subject) -> list[Job[Found]]:
    """A job for each family of pairs."""
    chosen = plan.pair_families(subject.seed, subject.profile, subject.pairs)
    turn = f"pairs, seed {subject.seed}" if subject.profile.in_turns else ""
    return [
        _family_job(subject, turn or f"pairs, family {index}", one)
        for index, one in enumerate(chosen, start=1)
    ]


def _family_job(subject: Subject, name: str, family: Family) -> Job[Found]:
    pad, policy, mask = subject.pad, subject.policy, subject.mask

    def run(send: Send[Found]) -> None:
        shrunk = 0
        for single, result in zip(family.singles(), pairs.run(pad, policy, family, mask), strict=True):
            pair = result.pair
            shrinks = shrunk < SHRUNK and not family.structured
            if pair.differences and not pair.holds and shrinks:
                shrunk += 1
                pair = shrink.shrink(pad, policy, single, mask)
            send(Found(scenarios=1, pairs=[pair], glass=result.glass, answer_us=result.answer_us))

    return Job(name, run, family.pairs, 4.0 + 3.0 * family.pairs)


def walk_jobs(subject: Subject) -> list[Job[Found]]:
    """One job for each random walk on a traced pad."""
    return [_walk_job(subject, seed) for seed in plan.walks(subject.seed, subject.profile)]


def _walk_job(subject: Subject, seed: int) -> Job[Found]:
    def run(send: Send[Found]) -> None:
        walked = on_copy(
            f"walk, seed {seed}",
            subject.pad,
            lambda copy: walk.walk(copy, subject.policy, seed, subject.profile.walk_notes),
            lambda why: (walk.unjudged(seed, why), Ran()),
        )
        if isinstance(walked, Failed):
            send(Found.failed(walked))
        else:
            send(Found(scenarios=1, walks=[walked[0]], ran=walked[1]))

    return Job(f"walk, seed {seed}", run, 1, WALK_S * subject.profile.walk_notes)


def guided_jobs(subject: Subject) -> list[Job[Found]]:
    """The search for sequences of moves that reach new code."""

    def run(send: Send[Found]) -> None:
        for seed in plan.guided(subject.seed, subject.profile):
            search, ran = guided.guided(subject.pad, subject.policy, seed, subject.profile.trials)
            send(Found(scenarios=1, guided=[search], ran=ran))

    return [Job("guided walks", run, 1, TRIAL_S * subject.profile.trials)]


def chance_jobs(subject: Subject) -> list[Job[Found]]:
    """Search for random notes that no pad ever held, on a blank pad and on one from which another note was wiped."""
    count = subject.profile.chance_notes

    def run(send: Send[Found]) -> None:
        blank = list(measure.resources(subject.pad).values())
        wiped = fork_run(subject.pad, lambda copy: _wiped(copy, subject.policy, subject.seed))
        measured = chance.measure(subject.seed + CHANCE_SEEDS, count, blank, wiped)
        send(Found(scenarios=1, chances=list(measured.chances)))

    return [Job("chance", run, 1, 3.0 + 0.7 * count)]


def _wiped(pad: VirtualPad, policy: Policy, seed: int) -> list[bytes]:
    written = scenario.write(pad, notes.note("scribble", seed), policy)
    by_label("E7 DTR drops").cause(written)
    pad.run_for(matrix.watched(pad))
    return list(measure.resources(pad).values())


def structure_jobs(subject: Subject) -> list[Job[Found]]:
    """The audit of the image, with the descriptors that the pad's host has read."""
    return [structure_job(subject.image, subject.pad, subject.seed)]


def structure_job(image: BuiltImage, pad: VirtualPad | None, seed: int) -> Job[Found]:
    """The audit of the image, with the enumerated descriptors if there is a pad that enumerated, and a run of a copy
    with an invalid policy block."""

    def run(send: Send[Found]) -> None:
        enumerated = structure.Enumerated.of(pad.host) if pad is not None and pad.host.enumerated else None
        send(
            Found(
                scenarios=1,
                findings=[*structure.audit(image, enumerated), invalid_policy.finding(image, seed)],
            )
        )

    return Job("structure", run, 1, 5.0)


def mutants_jobs(subject: Subject) -> list[Job[Found]]:
    """Build every seeded leak for the panel and check it, several in each job; the next is built meanwhile."""
    every = mutants.load(_board(subject))
    parts = [every[at : at + MUTANTS] for at in range(0, len(every), MUTANTS)]
    return [
        Job(f"mutants from {part[0].name}", _mutants(subject, part), len(part), FIRST + MUTANT_S * len(part))
        for part in parts
    ]


def _board(subject: Subject) -> str:
    return subject.pad.emulator.facts.board


def _mutants(subject: Subject, definitions: Sequence[mutants.Definition]) -> Callable[[Send[Found]], None]:
    def checks_of(definition: mutants.Definition) -> mutants.Checks:
        return lambda image: checks.quick_checks(
            image, subject.seed, definition.expected, subject.mask, definition.scene
        )

    def run(send: Send[Found]) -> None:
        panel = subject.pad.fitted.partition("-")[0]
        for mutant in mutants.run_all(definitions, checks_of, panel=panel, board=_board(subject)):
            send(Found(scenarios=1, mutants=[mutant]))

    return run


def _drawn_jobs(subject: Subject) -> list[Job[Found]]:
    from kesu.verify.runner import (
        drawn,  # builds images: kesu.verify.leaks is in a checkout, not in the wheel
    )

    return drawn.drawn_jobs(subject)


CHECKS: dict[str, Check] = {
    "matrix": matrix_jobs.matrix_jobs,
    "pairs": pair_jobs,
    "walks": walk_jobs,
    "guided": guided_jobs,
    "chance": chance_jobs,
    "wrap": matrix_jobs.wrap_jobs,
    "variants": matrix_jobs.variant_jobs,
    "structure": structure_jobs,
    "mutants": mutants_jobs,
    "drawn": _drawn_jobs,
    "faults": bounded.jobs,
}
"""The checks by the names that profiles use."""


def of(subject: Subject, turn: int = 0) -> list[Job[Found]]:
    """The jobs of a turn of a run."""
    return [job for name in subject.profile.checks_of(turn) for job in CHECKS[name](subject)]
