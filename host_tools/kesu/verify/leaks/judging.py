"""judging: whether the checks of a full run notice the leaks in an image, and which of several they notice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.found import Found
from kesu.verify.leaks.naming import Naming, Source, texts
from kesu.verify.leaks.parts import Leak
from kesu.verify.noninterference.compare import read_mask
from kesu.verify.profile import Profile
from kesu.verify.scenes.scenario import Policy
from kesu.verify.subject import Subject

Enough = Callable[[Found], bool]
"""Whether no more is needed than what was found so far."""
Checks = Callable[[Subject, str, Enough], Iterator[Found]]
"""Called with what is verified and the name of a check; gives what the check finds, in parts. A long part may end
early once what it has found is enough."""


@dataclass(frozen=True)
class Judge:
    """How leaks are judged. profile: extent and names of the checks, in the order in which they are run."""

    profile: Profile
    checks: Checks


@dataclass(frozen=True)
class Verdict:
    """What the checks say of an image. check: the first that reports something, "" if none does; detail: what; named:
    the leaks that its findings name, each with its finding."""

    check: str
    detail: str
    named: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Leaks that are judged together. image, source: with them, and the texts that it is built from; alone: it has no
    other change, so that a single leak is noticed by any finding. Several, or those beside void ones, are noticed by
    findings that name them."""

    leaks: Sequence[Leak]
    image: BuiltImage
    seed: int
    source: Source
    alone: bool = True


def judge(of: Judged, pad: VirtualPad, by: Judge, first: str = "") -> Verdict:
    """Run the checks, one after another, until one reports something. pad: READY, with the image; first: the check to
    begin with, after which the others follow in turn. Raises KesuError when a check could not be run."""
    naming, profile = Naming(of.leaks, pad, of.source), by.profile
    subject = Subject(of.image, pad, Policy.of(of.image), profile, of.seed, profile.pairs, read_mask())

    def enough(found: Found) -> bool:
        if not found.broken:
            return False
        return (of.alone and len(of.leaks) <= 1) or len(naming.named(found)) == len(of.leaks)

    for name in in_turn(profile.checks, first):
        found = Found()
        for part in by.checks(subject, name, enough):
            found.add(part)
            if enough(found):
                break
        if found.failures:
            lost = found.failures[0]
            raise KesuError(
                f"{lost.job} could not be run: {lost.reason}", hint="Run it again.", code=Exit.INCOMPLETE
            )
        if found.broken:
            named = naming.named(found)
            return Verdict(name, next(iter(named.values()), next(texts(found), "")), named)
    return Verdict("", "")


def in_turn(checks: Sequence[str], first: str) -> Sequence[str]:
    """The checks from that one on, and then those before it."""
    at = checks.index(first) if first else 0
    return (*checks[at:], *checks[:at])
