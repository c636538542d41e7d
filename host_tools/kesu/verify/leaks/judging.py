"""judging: whether the checks of a full run notice the leaks in an image, and which of several they notice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import SRAM_BASE
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.found import Found
from kesu.verify.leaks.observe import AROUND
from kesu.verify.leaks.parts import Leak, Reading
from kesu.verify.noninterference.compare import read_mask
from kesu.verify.profile import Profile
from kesu.verify.scenes.scenario import Policy
from kesu.verify.subject import Subject

Checks = Callable[[Subject, str], Iterator[Found]]
"""Called with what is verified and the name of a check; gives what the check finds, in parts."""


NAMING = ("pairs", "walks")
"""Checks that are run to their end, since they name the places of several leaks."""


@dataclass(frozen=True)
class Judge:
    """How leaks are judged. profile: extent and names of the checks, in the order in which they are run."""

    profile: Profile
    checks: Checks


@dataclass(frozen=True)
class Verdict:
    """What the checks say of an image. check: the first that reports something, "" if none does; detail: what; named:
    names of the leaks whose place it names."""

    check: str
    detail: str
    named: frozenset[str]


def judge(leaks: Sequence[Leak], image: BuiltImage, pad: VirtualPad, seed: int, by: Judge) -> Verdict:
    """Run the checks, one after another, until one reports something. pad: READY, with the image of these leaks."""
    places = {leak.name: list(_addresses(leak, pad)) for leak in leaks}
    profile = by.profile
    subject = Subject(image, pad, Policy.of(image), profile, seed, profile.pairs, read_mask())
    for name in profile.checks:
        found = Found()
        for part in by.checks(subject, name):
            found.add(part)
            if found.failures or (found.broken and name not in NAMING):
                break
        if found.broken or found.failures:
            named = {*_named(found, places), *_open(found, leaks)}
            return Verdict(name, _reason(found), frozenset(named))
    return Verdict("", "", frozenset())


def _open(found: Found, leaks: Sequence[Leak]) -> Iterator[str]:
    """Leaks whose own functions did not run whole."""
    for kind in found.coverage:
        for text in kind.open:
            for leak in leaks:
                if text.startswith(f"{leak.prefix}_") or text.startswith(f"{leak.prefix}:"):
                    yield leak.name


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
    own = leak.prefix
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
        *(f"walk, seed {one.seed}: {one.reason}" for one in found.walks if not one.holds),
        *(f"not reviewed, not run whole: {', '.join(one.open[:3])}" for one in found.coverage if one.open),
        *(f"{one.job}: {one.reason}" for one in found.failures),
    ]
    return lines[0] if lines else "a check does not hold"
