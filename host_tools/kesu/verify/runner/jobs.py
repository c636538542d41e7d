"""jobs: divides a verification run into jobs for processes: matrix, tick wrap, pairs, structure, mutants."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, ForkError, ForkLost, Job, Send, fork_run
from kesu.emulator.scenario import TICKS_PERIOD_MS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import mutants, notes, plan, structure
from kesu.verify.matrix import play as matrix
from kesu.verify.noninterference import pairs, shrink
from kesu.verify.noninterference.families import Family
from kesu.verify.outcome import Finding, MaskEntry
from kesu.verify.plan import Scene
from kesu.verify.runner import checks
from kesu.verify.scenes import scenario
from kesu.verify.scenes.events import by_label
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search import chance, measure, picture

BOOT_MS = 1_900.0
"""Approximate emulated time from power-on to READY and the first stroke."""
CHANCE_SEEDS = 500_000
"""Offset of the seeds of notes that are never written."""
MUTANTS = 9
"""Mutants in one job."""
MUTANT_S = 4.0
C_MUTANT_S = 20.0
"""Seconds for one mutant, build included: after a change in C, all C is compiled again."""
FIRST, SECOND = 2_000.0, 1_000.0
"""Added weights that set the order: first mutants that change only Python, built with unchanged C; then those that
change C, all in one job, while the other processes do the rest."""
SHRUNK = 2
"""Most failing pairs of one family to shrink: each takes about ten runs."""


@dataclass(frozen=True)
class NoteFacts:
    """Numbers of needles for one note."""

    kind: str
    seed: int
    needles: int
    dropped: int


def matrix_jobs(pad: VirtualPad, policy: Policy, seed: int, profile: str) -> list[Job[Any]]:
    """One job per note, with its share of the events."""
    return [
        Job(
            f"matrix, {scenes[0].kind}",
            _matrix(pad, policy, scenes, index == 0),
            len(scenes),
            6.0 + 3.5 * len(scenes),
        )
        for index, scenes in enumerate(plan.matrix(seed, profile))
    ]


def _matrix(
    pad: VirtualPad, policy: Policy, scenes: Sequence[Scene], draw: bool
) -> Callable[[Send[Any]], None]:
    kind, seed = scenes[0].kind, scenes[0].seed

    def run(tell: Send[Any]) -> None:
        ends = {scene.event.ends_in for scene in scenes}
        written = scenario.write(pad, notes.note(kind, seed), policy, ends)
        tell(NoteFacts(kind, seed, written.searcher.needles.count, written.dropped))
        if draw:
            tell(fork_run(written, lambda copy: _pictures(copy, seed)))
        for scene in scenes:
            tell(_played(written, scene))

    return run


def _played(written: Written, scene: Scene) -> object:
    """The cells of a scenario. They are BROKEN if the pad did not complete it; Failed if its process was lost, which
    says nothing about the pad."""
    try:
        return fork_run(written, lambda copy: matrix.play(copy, scene.event, scene.seed))
    except ForkLost as error:
        return Failed(f"{scene.event.label}; {scene.kind}", str(error))
    except ForkError as error:
        why = str(error).strip().splitlines()[-1]
        return matrix.unjudged(scene.event, scene.kind, scene.seed, written.pad.fitted, why)


def wrap_job(image: BuiltImage, policy: Policy, seed: int, profile: str) -> Job[Any]:
    """ticks_ms wraps during the wipe and, on another pad, while a note is written (not in quick)."""
    written_on = notes.note(plan.WRAP_KIND, seed)
    after_ms = {
        "about the wipe": BOOT_MS + written_on.duration_ms + 1_100.0,
        "while the note is written": BOOT_MS + written_on.duration_ms / 2,
    }
    places = plan.wraps(seed, profile)

    def run(tell: Send[Any]) -> None:
        for scenes in places:
            wraps_ms = TICKS_PERIOD_MS - after_ms[scenes[0].place]
            pad = scenario.boot(image, seed, ticks_ms=wraps_ms)
            written = scenario.write(pad, written_on, policy, ())
            for scene in scenes:
                tell(_played(written, scene))

    return Job("tick wrap", run, sum(map(len, places)), 13.0 * len(places))


def pair_jobs(
    pad: VirtualPad, policy: Policy, seed: int, count: int, mask: Sequence[MaskEntry]
) -> list[Job[Any]]:
    """At least `count` pairs, a job for each family."""
    return [
        family_job(pad, policy, f"pairs, family {index}", found, mask)
        for index, found in enumerate(plan.pair_families(seed, "full", count), start=1)
    ]


def family_job(
    pad: VirtualPad, policy: Policy, name: str, family: Family, mask: Sequence[MaskEntry]
) -> Job[Any]:
    """The pairs of one family."""
    return Job(name, _pairs(pad, policy, family, mask), family.pairs, 4.0 + 3.0 * family.pairs)


def _pairs(
    pad: VirtualPad, policy: Policy, family: Family, mask: Sequence[MaskEntry]
) -> Callable[[Send[Any]], None]:
    def run(tell: Send[Any]) -> None:
        shrunk = 0
        for single, result in zip(family.singles(), pairs.run(pad, policy, family, mask), strict=True):
            if result.pair.differences and not result.pair.holds and shrunk < SHRUNK:
                shrunk += 1
                tell(pairs.Result(shrink.shrink(pad, policy, single, mask), result.glass))
            else:
                tell(result)

    return run


def chance_job(pad: VirtualPad, policy: Policy, seed: int, profile: str) -> Job[Any]:
    """Search for random notes that no pad ever held, on a blank pad and on one from which another note was wiped."""
    count = 4 if profile == "quick" else 20

    def run(tell: Send[Any]) -> None:
        blank = list(measure.resources(pad).values())
        wiped = fork_run(pad, lambda copy: _wiped(copy, policy, seed))
        tell(chance.measure(seed + CHANCE_SEEDS, count, blank, wiped))

    return Job("chance", run, 1, 3.0 + 0.7 * count)


def _wiped(pad: VirtualPad, policy: Policy, seed: int) -> list[bytes]:
    written = scenario.write(pad, notes.note("scribble", seed), policy)
    by_label("E7 DTR drops").cause(written)
    pad.run_for(matrix.watched(pad))
    return list(measure.resources(pad).values())


def structure_job(image: BuiltImage, pad: VirtualPad | None) -> Job[Any]:
    """The audit of the image, with the enumerated descriptors if the pad enumerated."""

    def run(tell: Send[Any]) -> None:
        enumerated = structure.Enumerated.of(pad.host) if pad is not None and pad.host.enumerated else None
        findings: list[Finding] = structure.audit(image, enumerated)
        tell(findings)

    return Job("structure", run, 1, 5.0)


def mutants_jobs(seed: int, mask: Sequence[MaskEntry], panel: str) -> list[Job[Any]]:
    """Build every seeded leak for that panel and check it, several in each job; the next is built meanwhile."""
    compiled = [definition for definition in mutants.load() if definition.compiles_c]
    others = [definition for definition in mutants.load() if not definition.compiles_c]
    parts = [(others[at : at + MUTANTS], FIRST, MUTANT_S) for at in range(0, len(others), MUTANTS)]
    parts.append((compiled, SECOND, C_MUTANT_S))
    return [
        Job(
            f"mutants from {part[0].name}",
            _mutants(part, seed, mask, panel),
            len(part),
            base + seconds * len(part),
        )
        for part, base, seconds in parts
    ]


def _mutants(
    definitions: Sequence[mutants.Definition], seed: int, mask: Sequence[MaskEntry], panel: str
) -> Callable[[Send[Any]], None]:
    def checks_of(definition: mutants.Definition) -> Callable[[BuiltImage], tuple[list[str], str]]:
        return lambda image: checks.quick_checks(image, seed, definition.expected, mask, definition.scene)

    def run(tell: Send[Any]) -> None:
        for mutant in mutants.run_all(definitions, checks_of, panel=panel):
            tell(mutant)

    return run


def _pictures(written: Written, seed: int) -> dict[str, bytes]:
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
