"""jobs: divides a verification run into jobs for processes: matrix, tick wrap, pairs, structure, mutants, faults."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, Send, fork_run
from kesu.emulator.scenario import TICKS_PERIOD_MS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import chance, mutants, notes, plan, structure
from kesu.verify.faults import bounded
from kesu.verify.found import Found, NoteFacts
from kesu.verify.matrix import play as matrix
from kesu.verify.noninterference import pairs, shrink
from kesu.verify.noninterference.families import Family
from kesu.verify.plan import Scene
from kesu.verify.runner import checks
from kesu.verify.scenes import invalid_policy, scenario
from kesu.verify.scenes.events import by_label
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.scenes.variants import Variant
from kesu.verify.search import measure, picture
from kesu.verify.search.measure import EVERY_PAGE
from kesu.verify.subject import Subject, on_copy
from kesu.verify.trace import guided, walk
from kesu.verify.trace.coverage import Ran

WRITES_MS = 2_800.0
"""When a note begins on a pad whose ticks will wrap, after power-on: the pad is READY. A pad whose ticks wrap within
two seconds after its start answers the PC only then (FAR_US in usb_ticks.c)."""
WIPES_MS = 1_100.0
"""From the end of the pen's way until the wipe has begun and is not over."""
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


def matrix_jobs(subject: Subject) -> list[Job[Found]]:
    """One job per note, with its share of the events."""
    return [
        Job(
            f"matrix, {scenes[0].kind}",
            matrix_of(subject, scenes, draw=index == 0),
            len(scenes),
            6.0 + 3.5 * len(scenes),
        )
        for index, scenes in enumerate(plan.matrix(subject.seed, subject.profile))
    ]


def matrix_of(
    subject: Subject, scenes: Sequence[Scene], *, draw: bool = False
) -> Callable[[Send[Found]], None]:
    """Plays the scenes of one note. draw: adds pictures of its first event."""
    kind, seed = scenes[0].kind, scenes[0].seed

    def run(send: Send[Found]) -> None:
        # A flood of everything can lead to any page after the event.
        written = scenario.write(subject.pad, notes.note(kind, seed), subject.policy, EVERY_PAGE)
        send(Found(notes=[NoteFacts(kind, seed, written.searcher.needles.count, written.dropped)]))
        if draw:
            send(Found(pictures=fork_run(written, _pictures)))
        for scene in scenes:
            send(_played(written, scene))

    return run


def played_scenes(subject: Subject, scenes: Sequence[Scene]) -> Iterator[Found]:
    """The scenes of one note, one after another."""
    written = scenario.write(
        subject.pad, notes.note(scenes[0].kind, scenes[0].seed), subject.policy, _ends(scenes)
    )
    yield from (_played(written, scene) for scene in scenes)


def _ends(scenes: Sequence[Scene]) -> set[str]:
    """The pages that these wipes end with, where no flood can lead to another: no other page counts as blank."""
    return {scene.event.ends_in for scene in scenes}


def _played(written: Written, scene: Scene) -> Found:
    """The cells of a scenario; they are BROKEN if the pad did not complete it."""
    played = on_copy(
        f"{scene.event.label}; {scene.kind}",
        written,
        lambda copy: matrix.play(copy, scene.event, scene.seed),
        lambda why: matrix.unjudged(scene.event, scene.kind, scene.seed, written.pad.fitted, why),
    )
    return Found.failed(played) if isinstance(played, Failed) else played.found()


def wrap_jobs(subject: Subject) -> list[Job[Found]]:
    """ticks_ms wraps during the wipe and, on another pad, while a note is written (not in quick)."""
    written_on = notes.note(plan.WRAP_KIND, subject.seed)
    places = plan.wraps(subject.seed, subject.profile)

    def run(send: Send[Found]) -> None:
        for scenes in places:
            written = wrapped(subject.image, subject.seed, written_on, subject.policy, scenes)
            for scene in scenes:
                send(_played(written, scene))

    return [Job("tick wrap", run, sum(map(len, places)), 13.0 * len(places))]


def wrapped(
    image: BuiltImage, seed: int, note: notes.Note, policy: Policy, scenes: Sequence[Scene]
) -> Written:
    """A pad with a note, on which ticks wrap at the scenes' place. Raises RuntimeError if they wrap elsewhere."""
    about_wipe = scenes[0].place == plan.WRAP_PLACES[0]
    wraps_ms = WRITES_MS + (note.duration_ms + WIPES_MS if about_wipe else note.duration_ms / 2)
    pad = scenario.boot(image, seed, ticks_ms=TICKS_PERIOD_MS - wraps_ms)
    pad.run_for(WRITES_MS - pad.now_ms)
    began_ms = pad.now_ms
    written = scenario.write(pad, note, policy, _ends(scenes))
    ended_ms = pad.now_ms
    first, last = (ended_ms, ended_ms + policy.ready_after_ms) if about_wipe else (began_ms, ended_ms)
    if not first < wraps_ms < last:
        message = (
            f"ticks wrap {wraps_ms:.0f} ms after power-on, not {scenes[0].place} ({first:.0f} to {last:.0f})"
        )
        raise RuntimeError(message)
    return written


def variant_jobs(subject: Subject) -> list[Job[Found]]:
    """One job for each variant of the panel: a note is written on it and wiped."""
    return [
        Job(f"on {variant.name}", _variant(subject, variant, scenes), len(scenes), 2.0 + 1.5 * len(scenes))
        for variant, scenes in plan.variants(subject.seed, subject.profile)
    ]


def _variant(subject: Subject, variant: Variant, scenes: Sequence[Scene]) -> Callable[[Send[Found]], None]:
    def run(send: Send[Found]) -> None:
        pad = subject.pad
        if variant.from_start:
            pad = scenario.boot(subject.image, subject.seed, fit=variant.fit)
        else:
            variant.fit(pad)
        written_on = notes.note(scenes[0].kind, scenes[0].seed)
        written = scenario.write(pad, written_on, subject.policy, _ends(scenes))
        for scene in scenes:
            send(_played(written, scene))

    return run


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
    "matrix": matrix_jobs,
    "pairs": pair_jobs,
    "walks": walk_jobs,
    "guided": guided_jobs,
    "chance": chance_jobs,
    "wrap": wrap_jobs,
    "variants": variant_jobs,
    "structure": structure_jobs,
    "mutants": mutants_jobs,
    "drawn": _drawn_jobs,
    "faults": bounded.jobs,
}
"""The checks by the names that profiles use."""


def of(subject: Subject, turn: int = 0) -> list[Job[Found]]:
    """The jobs of a turn of a run."""
    return [job for name in subject.profile.checks_of(turn) for job in CHECKS[name](subject)]


def _pictures(written: Written) -> dict[str, bytes]:
    """PNG pictures: glass and RAM with the note on the pad, and after the call has ended."""
    pad = written.pad
    files = dict(_two(written, "before"))
    pad.host.set_dtr(False)
    pad.run_for(matrix.watched(pad))
    files |= dict(_two(written, "after"))
    return files


def _two(written: Written, when: str) -> Iterator[tuple[str, bytes]]:
    pad = written.pad
    yield f"glass-{when}", _png(Image.fromarray(pad.glass.picture()))
    found = written.searcher.search(pad.sram).covered
    yield f"ram-{when}", _png(picture.memory_picture(bytes(pad.sram), found, picture.regions(pad)))


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return stream.getvalue()
