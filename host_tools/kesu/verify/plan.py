"""plan: contents of a profile by its seed: notes, events, moments, pairs. Used by the run and by the check of its
report."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kesu.verify.noninterference.families import Family, families, turn
from kesu.verify.notes import KINDS, Kind
from kesu.verify.scenes import floods, moments
from kesu.verify.scenes.events import EVENTS, Event, by_label

PROFILES = ("quick", "full", "soak", "faults")
PAIRS = {"quick": 3, "faults": 3, "full": 50}
"""Minimum number of pairs by profile; a soak has one family in each turn."""
WRAPS = ("E1 WIPE key", "E7 DTR drops")
WRAP_PLACES = ("about the wipe", "while the note is written")
WRAP_KIND: Kind = "scribble"
SHARES = 4
"""A turn of a soak plays one of this many shares of the awkward moments, so that a turn takes a few minutes at most."""


@dataclass(frozen=True)
class Scene:
    """One scenario of the matrix: the note and the event that ends it. place: of a wrap of ticks, otherwise ""."""

    kind: Kind
    seed: int
    event: Event
    place: str = ""

    @property
    def label(self) -> str:
        """Its name in a report."""
        return f"{self.event.name}; {self.kind}"

    @property
    def says_ready(self) -> bool:
        """Whether the host sees READY in time. It does not if no host is connected or a fault is shown first."""
        return self.event.keeps_usb and self.event.number != "E10"


def breadth(profile: str) -> str:
    """The profile whose matrix is played: quick for faults."""
    return "quick" if profile == "faults" else profile


def note_seeds(seed: int, profile: str) -> list[tuple[Kind, int]]:
    """Kinds and seeds of a profile's notes; for a soak, those of one turn."""
    first = KINDS[seed % len(KINDS)]
    if profile == "quick":
        return [(first, seed), (KINDS[(seed + 2) % len(KINDS)], seed + 1)]
    if profile == "soak":
        return [(first, seed)]
    return [(kind, seed + index) for index, kind in enumerate(KINDS)]


def matrix(seed: int, profile: str) -> list[list[Scene]]:
    """The scenes of each note, plus its share of the awkward moments. full: all events for each note; quick: half of
    them for each; soak: one note in a turn."""
    chosen = note_seeds(seed, profile)
    events = list(EVENTS)
    thorough = profile != "quick"
    awkward = moments.awkward(thorough) + floods.floods(thorough, seed)
    found = []
    for index, (kind, note_seed) in enumerate(chosen):
        mine = events[index::2] if profile == "quick" else events
        mine = mine + (
            awkward[seed // len(KINDS) % SHARES :: SHARES]
            if profile == "soak"
            else awkward[index :: len(chosen)]
        )
        found.append([Scene(kind, note_seed, event) for event in mine])
    return found


def wraps(seed: int, profile: str) -> list[list[Scene]]:
    """The scenes in which ticks wrap, by place of the wrap; one place in quick and in a turn of a soak."""
    places = WRAP_PLACES if profile == "full" else WRAP_PLACES[:1]
    return [[_wrapped(seed, by_label(label), place) for label in WRAPS] for place in places]


def _wrapped(seed: int, event: Event, place: str) -> Scene:
    named = Event(event.number, f"{event.name}, ticks wrap {place}", event.cause, event.prepare)
    return Scene(WRAP_KIND, seed, named, place)


def scenes(seed: int, profile: str, turns: int = 1) -> Iterator[Scene]:
    """Every scenario of the matrix of a run."""
    wanted = breadth(profile)
    for number in range(turns if profile == "soak" else 1):
        for part in (*matrix(seed + number, wanted), *wraps(seed + number, wanted)):
            yield from part


def pair_families(seed: int, profile: str, count: int, turns: int = 1) -> list[Family]:
    """The families of pairs of a run; count: number of pairs for profiles other than soak."""
    if profile == "soak":
        return [turn(seed + number) for number in range(turns)]
    return families(seed, count)


@lru_cache(maxsize=64)
def pairs(seed: int, profile: str, count: int, turns: int = 1) -> tuple[tuple[str, str, int], ...]:
    """Kind, event and seed of every pair of a run."""
    return tuple(
        (single.kind(single.inks[0]), by_label(single.events[0]).number, single.inks[0].seed)
        for family in pair_families(seed, profile, count, turns)
        for single in family.singles()
    )
