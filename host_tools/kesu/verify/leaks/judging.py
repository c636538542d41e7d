"""judging: whether the checks of a full run notice the leaks in an image, and which of several they notice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import SRAM_BASE
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import plan
from kesu.verify.found import Found
from kesu.verify.leaks.observe import AROUND
from kesu.verify.leaks.parts import Leak, Reading
from kesu.verify.noninterference import pairs
from kesu.verify.noninterference.compare import read_mask
from kesu.verify.profile import FULL
from kesu.verify.runner import jobs
from kesu.verify.scenes.scenario import Policy
from kesu.verify.subject import Subject

NOT_FOR_LEAKS = ("mutants", "drawn", "chance", "wrap", "faults")
"""Checks of the checks, of the search's false alarms, and those that repeat the others under a fault."""
FAST = ("structure", "pairs")
"""Checks that are run first."""
SCENES = 5
"""Events of the matrix for a group of leaks."""
_OTHERS = sorted({*FULL.checks} - {*FAST, *NOT_FOR_LEAKS})
LEAKS = replace(FULL, name="drawn", checks=(*FAST, *_OTHERS), notes=1, thorough=False, pairs=6)
"""The extent of the checks for leaks. Every check of a full run is in it, also one that is added later."""


@dataclass(frozen=True)
class Verdict:
    """What the checks say of an image. check: the first that reports something, "" if none does; detail: what; named:
    names of the leaks whose place it names."""

    check: str
    detail: str
    named: frozenset[str]


def judge(leaks: Sequence[Leak], image: BuiltImage, pad: VirtualPad, seed: int) -> Verdict:
    """Run the checks, one after another, until one reports something. pad: READY, with the image of these leaks."""
    places = {leak.name: list(_addresses(leak, pad)) for leak in leaks}
    subject = Subject(image, pad, Policy.of(image), LEAKS, seed, LEAKS.pairs, read_mask())
    for name in LEAKS.checks:
        found = Found()
        for part in _parts(subject, name):
            found.add(part)
            if found.failures or (found.broken and name != "pairs"):
                break
        if found.broken or found.failures:
            return Verdict(name, _reason(found), frozenset(_named(found, places)))
    return Verdict("", "", frozenset())


def _parts(subject: Subject, name: str) -> Iterator[Found]:
    if name == "pairs":
        # Not as a job, which would look for the fewest strokes that differ.
        for family in plan.pair_families(subject.seed, subject.profile, subject.pairs):
            for result in pairs.run(subject.pad, subject.policy, family, subject.mask):
                yield Found(pairs=[result.pair])
        return
    if name == "matrix":
        scenes = plan.matrix(subject.seed, subject.profile)[0][:SCENES]
        collected = [Found()]
        jobs.matrix_of(subject, scenes)(collected[0].add)
        yield collected[0]
        return
    for job in jobs.CHECKS[name](subject):
        whole = Found()
        job.run(whole.add)
        yield whole


def _named(found: Found, places: dict[str, list[range]]) -> Iterator[str]:
    """Leaks in whose memory a pair differs."""
    for pair in found.pairs:
        for difference in pair.differences:
            if difference.mask or difference.resource not in ("sram", "dpram"):
                continue
            differing = range(difference.address, difference.address + difference.length)
            for name, ranges in places.items():
                if any(differing.start < one.stop and one.start < differing.stop for one in ranges):
                    yield name


def _addresses(leak: Leak, pad: VirtualPad) -> Iterator[range]:
    """Addresses in memory of the leak's places and of its state."""
    own = f"kesu_d{leak.seed}_{leak.number}"
    for name, symbol in pad.memory_map.symbols.items():
        if name in (own, f"{own}_kept", f"{own}_out", f"{own}h_kept") and symbol.size:
            yield range(symbol.address, symbol.address + symbol.size)
    for place in (leak.sink, leak.hold):
        if place is not None:
            yield from _of_reading(place.reading, pad)


def _of_reading(reading: Reading, pad: VirtualPad) -> Iterator[range]:
    if reading.kind == "symbol" and reading.where in pad.memory_map.symbols:
        start = pad.memory_map.symbols[reading.where].address + reading.number
        yield range(start, start + 4)
    elif reading.kind == "bus":
        yield range(reading.number, reading.number + 4)
    elif reading.kind == "marker":
        at = bytes(pad.sram).find(reading.number.to_bytes(4, "little"))
        if at >= 0:
            yield range(SRAM_BASE + at, SRAM_BASE + at + AROUND)


def _reason(found: Found) -> str:
    """The first thing that does not hold, in one line."""
    lines = [
        *(f"{one.rule}: {one.detail}" for one in found.findings if not one.holds),
        *(one.reason or ", ".join(one.open_places[:3]) for one in found.pairs if not one.holds),
        *(f"{one.event} {one.resource}: {one.reason}" for one in found.cells if not one.holds),
        *(f"{one.fault}: {one.reason}" for one in found.faults if not one.holds),
        *(f"{one.job}: {one.reason}" for one in found.failures),
    ]
    return lines[0] if lines else "a check does not hold"
