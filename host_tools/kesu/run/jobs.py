"""jobs: a verification run cut into work for processes: matrix, tick wrap, pairs, structure, mutants."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from kesu.build.request import BuiltImage
from kesu.run import checks
from kesu.verify import mutants, structure
from kesu.verify.matrix import play as matrix
from kesu.verify.noninterference import pairs, shrink
from kesu.verify.noninterference.families import Family, families
from kesu.verify.outcome import Finding, MaskEntry
from kesu.verify.scenes import floods, moments, notes, scenario
from kesu.verify.scenes.events import EVENTS, Event, by_label
from kesu.verify.scenes.notes import KINDS, Kind
from kesu.verify.scenes.scenario import Policy, Written
from kesu.verify.search import chance, measure, picture
from kesu.verify.workers import Job, Tell
from kesu.virtual.fork import ForkError, fork_run
from kesu.virtual.pad import VirtualPad

BOOT_MS = 1_900.0
"""About the emulated time from power-on to READY and the first stroke."""
WRAPS = ("E1 WIPE key", "E7 DTR drops")
CHANCE_SEEDS = 500_000
"""Notes of other seeds than any that is written."""
MUTANTS = 9
"""In one job."""
MUTANT_S = 4.0
C_MUTANT_S = 20.0
"""Seconds for one, its build included: after a change in C, all C is compiled again."""
FIRST, SECOND = 2_000.0, 1_000.0
"""Weights on top: mutants that change Python are built while the C stays as it is; then those that change it,
all in one job, while the other processes do the rest."""
SHARES = 4
"""A turn of a soak takes one awkward moment in so many: a few minutes would lie between two places to go on
from."""
SHRUNK = 2
"""Failing pairs of one family that are shrunk: each takes some ten runs."""


@dataclass(frozen=True)
class Broke:
    """A scenario that could not be judged: which, and why."""

    scenario: str
    text: str


@dataclass(frozen=True)
class NoteFacts:
    """What the search had to go on for one note."""

    kind: str
    seed: int
    needles: int
    dropped: int


def note_seeds(seed: int, profile: str) -> list[tuple[Kind, int]]:
    """Kinds and seeds of a profile's notes; in a soak, of one turn."""
    first = KINDS[seed % len(KINDS)]
    if profile == "quick":
        return [(first, seed), (KINDS[(seed + 2) % len(KINDS)], seed + 1)]
    if profile == "soak":
        return [(first, seed)]
    return [(kind, seed + index) for index, kind in enumerate(KINDS)]


def matrix_jobs(pad: VirtualPad, policy: Policy, seed: int, profile: str) -> list[Job]:
    """One job per note, with its share of the events: all of them for each note in full, halves in quick."""
    chosen = note_seeds(seed, profile)
    events = list(EVENTS)
    thorough = profile != "quick"
    awkward = moments.awkward(thorough) + floods.floods(thorough, seed)
    jobs = []
    for index, (kind, note_seed) in enumerate(chosen):
        mine = events[index::2] if profile == "quick" else events
        mine = mine + (
            awkward[seed // len(KINDS) % SHARES :: SHARES]
            if profile == "soak"
            else awkward[index :: len(chosen)]
        )
        jobs.append(
            Job(
                f"matrix, {kind}",
                _matrix(pad, policy, kind, note_seed, mine, index == 0),
                len(mine),
                6.0 + 2.6 * len(mine),
            )
        )
    return jobs


def _matrix(
    pad: VirtualPad, policy: Policy, kind: Kind, seed: int, events: Sequence[Event], draw: bool
) -> Callable[[Tell], None]:
    def run(tell: Tell) -> None:
        written = scenario.write(pad, notes.note(kind, seed), policy, {event.ends_in for event in events})
        tell(NoteFacts(kind, seed, written.searcher.needles.count, written.dropped))
        if draw:
            tell(fork_run(written, lambda copy: _pictures(copy, seed)))
        for event in events:
            tell(_played(written, event, seed))

    return run


def _played(written: Written, event: Event, seed: int) -> object:
    try:
        return fork_run(written, lambda copy: matrix.play(copy, event, seed))
    except ForkError as error:
        return Broke(f"{event.label}; {written.written.kind}", str(error))


def wrap_job(image: BuiltImage, policy: Policy, seed: int, profile: str) -> Job:
    """ticks_ms wraps in the middle of the wipe and, on another pad, while a note is written (not quick)."""
    written_on = notes.note("scribble", seed)
    places = [
        (BOOT_MS + written_on.duration_ms + 1_100.0, "about the wipe"),
        (BOOT_MS + written_on.duration_ms / 2, "while the note is written"),
    ][: 1 if profile == "quick" else 2]

    def run(tell: Tell) -> None:
        for after_ms, place in places:
            pad = scenario.boot(image, seed, ticks_ms=scenario.TICKS_PERIOD_MS - after_ms)
            written = scenario.write(pad, written_on, policy, ())
            for label in WRAPS:
                event = by_label(label)
                named = Event(event.number, f"{event.name}, ticks wrap {place}", event.cause, event.prepare)
                tell(_played(written, named, seed))

    return Job("tick wrap", run, len(places) * len(WRAPS), 13.0 * len(places))


def pair_jobs(pad: VirtualPad, policy: Policy, seed: int, count: int, mask: Sequence[MaskEntry]) -> list[Job]:
    """At least `count` pairs, a job for each family."""
    return [
        family_job(pad, policy, f"pairs, family {index}", found, mask)
        for index, found in enumerate(families(seed, count), start=1)
    ]


def family_job(pad: VirtualPad, policy: Policy, name: str, family: Family, mask: Sequence[MaskEntry]) -> Job:
    """The pairs of one family."""
    return Job(name, _pairs(pad, policy, family, mask), family.pairs, 4.0 + 3.0 * family.pairs)


def _pairs(
    pad: VirtualPad, policy: Policy, family: Family, mask: Sequence[MaskEntry]
) -> Callable[[Tell], None]:
    def run(tell: Tell) -> None:
        shrunk = 0
        for single, result in zip(family.singles(), pairs.run(pad, policy, family, mask), strict=True):
            if result.pair.differences and not result.pair.holds and shrunk < SHRUNK:
                shrunk += 1
                tell(pairs.Result(shrink.shrink(pad, policy, single, mask), result.glass))
            else:
                tell(result)

    return run


def chance_job(pad: VirtualPad, policy: Policy, seed: int, profile: str) -> Job:
    """Random notes that no pad ever held, looked for on a blank pad, and where another note was wiped."""
    count = 4 if profile == "quick" else 20

    def run(tell: Tell) -> None:
        blank = list(measure.resources(pad).values())
        wiped = fork_run(pad, lambda copy: _wiped(copy, policy, seed))
        tell(chance.measure(seed + CHANCE_SEEDS, count, blank, wiped))

    return Job("chance", run, 1, 3.0 + 0.7 * count)


def _wiped(pad: VirtualPad, policy: Policy, seed: int) -> list[bytes]:
    written = scenario.write(pad, notes.note("scribble", seed), policy)
    by_label("E7 DTR drops").cause(written)
    pad.run_for(matrix.watched(pad))
    return list(measure.resources(pad).values())


def structure_job(image: BuiltImage, pad: VirtualPad | None) -> Job:
    """The audit of the image, with what the host was told if it got that far."""

    def run(tell: Tell) -> None:
        enumerated = structure.Enumerated.of(pad.host) if pad is not None and pad.host.enumerated else None
        findings: list[Finding] = structure.audit(image, enumerated)
        tell(findings)

    return Job("structure", run, 1, 5.0)


def mutants_jobs(seed: int, mask: Sequence[MaskEntry], panel: str) -> list[Job]:
    """Every seeded leak, built for that panel and checked, some in each job; the next is built meanwhile."""
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
) -> Callable[[Tell], None]:
    def checks_of(definition: mutants.Definition) -> Callable[[BuiltImage], tuple[list[str], str]]:
        return lambda image: checks.quick_checks(image, seed, definition.expected, mask, definition.scene)

    def run(tell: Tell) -> None:
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
