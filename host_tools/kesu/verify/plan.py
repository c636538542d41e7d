"""plan: contents of a profile by its seed: notes, events, moments, pairs. Used by the run and by the check of its
report."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from kesu.verify.noninterference.families import Family, asking, families, structures, turn
from kesu.verify.notes import KINDS, Kind
from kesu.verify.outcome import DRAWN
from kesu.verify.profile import LEAKS, Profile
from kesu.verify.scenes import floods, moments
from kesu.verify.scenes.events import EVENTS, Event, by_label
from kesu.verify.scenes.variants import Variant
from kesu.verify.scenes.variants import variants as all_variants

WRAPS = ("E1 WIPE key", "E7 DTR drops")
ON_VARIANTS = ("E1 WIPE key", "E7 DTR drops")
WRAP_PLACES = ("about the wipe", "while the note is written")
WRAP_KIND: Kind = "scribble"
BY_RIG = (
    "E1 WIPE key",
    "E2 hook opens",
    "E2 byte E",
    "E2 byte W",
    "E2 byte R of the next call",
    "E2 byte P",
    "E2 whole call",
    "E3 idle",
    "E4 maximum age",
    "E5 AWAY key",
    "E5 byte A",
    "E6 byte K",
    "E7 DTR drops",
    "E7 agent killed",
    "E10 touch bus silent",
    "E11 watchdog",
    "E12 RUN",
    "E13 power-on",
)
"""Events that a test rig causes at a time of its clock."""
AN_HOUR = "a note is kept for an hour in a call"
NOT_BY_RIG = {
    "E4 maximum age in a call": AN_HOUR,
    "E4 maximum age, extended": "as the maximum age, and ten minutes more",
    "E4 maximum age in a call, extended": AN_HOUR,
    "E7 bus reset": "the PC resets the bus, and the rig's wires do not carry it: the end of the reset, which is the "
    "edge, has no time on the rig's clock",
    "E8 bus asleep": "a PC does not put a device to sleep whose port is open, and to close it is E7",
    "E9 unplugged": "a bare Pico has no hold-up: what it does without VBUS begins with its next power, E13",
    "E11 core hangs": "the watchdog counts from its last feed, which nobody sees: the edge has no time",
}
"""Why a run with a rig does not play the others."""
OF_RIG = ", by a rig"
"""Part of the name of each event of such a run, so that its cells are not those of the emulator."""
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


def note_seeds(seed: int, profile: Profile) -> list[tuple[Kind, int]]:
    """Kinds and seeds of a profile's notes; for one in turns, those of one turn."""
    if profile.notes == len(KINDS):
        return [(kind, seed + index) for index, kind in enumerate(KINDS)]
    return [(KINDS[(seed + 2 * index) % len(KINDS)], seed + index) for index in range(profile.notes)]


def matrix(seed: int, profile: Profile) -> list[list[Scene]]:
    """The scenes of each note, plus its share of the awkward moments."""
    chosen = note_seeds(seed, profile)
    if profile.by_rig:
        events = [_by_rig(event) for event in map(by_label, BY_RIG)]
        return [[Scene(kind, note_seed, event) for event in events] for kind, note_seed in chosen]
    awkward = moments.awkward(profile.thorough) + floods.floods(profile.thorough, seed)
    shares, first = (SHARES, seed // len(KINDS) % SHARES) if profile.in_turns else (len(chosen), 0)
    found = []
    for index, (kind, note_seed) in enumerate(chosen):
        mine = list(EVENTS) if profile.thorough else list(EVENTS)[index::2]
        mine += awkward[first + index :: shares]
        found.append([Scene(kind, note_seed, event) for event in mine])
    return found


def _by_rig(event: Event) -> Event:
    """A PC sees no modem bits of a port that it has closed, or that has just come back."""
    seen = event.keeps_usb and not event.restarts and event.number != "E7"
    return replace(event, name=f"{event.name}{OF_RIG}", keeps_usb=seen)


def wraps(seed: int, profile: Profile) -> list[list[Scene]]:
    """The scenes in which ticks wrap, by place of the wrap."""
    places = WRAP_PLACES[: profile.wrap_places]
    return [[_wrapped(seed, by_label(label), place) for label in WRAPS] for place in places]


def _wrapped(seed: int, event: Event, place: str) -> Scene:
    named = Event(event.number, f"{event.name}, ticks wrap {place}", event.cause, event.prepare)
    return Scene(WRAP_KIND, seed, named, place)


def variants(seed: int, profile: Profile) -> list[tuple[Variant, list[Scene]]]:
    """The scenes of each variant of the panel; their names say on which glass and controller they were measured."""
    if not profile.variants:
        return []
    found = []
    for index, variant in enumerate(all_variants(seed)):
        kind = KINDS[(seed + index) % len(KINDS)]
        events = [_on(by_label(label), variant) for label in ON_VARIANTS]
        found.append((variant, [Scene(kind, seed + index, event) for event in events]))
    return found


def _on(event: Event, variant: Variant) -> Event:
    return replace(event, name=f"{event.name}, on {variant.name}")


def scenes(seed: int, profile: Profile, turns: int = 1) -> Iterator[Scene]:
    """Every scenario of the matrix of a run."""
    for number in range(turns if profile.in_turns else 1):
        for part in (*matrix(seed + number, profile), *wraps(seed + number, profile)):
            yield from part
        for _, part in variants(seed + number, profile):
            yield from part


def first_scenario(seed: int, profile: Profile) -> str:
    """Description of the first scenario of a run, or of a turn, with that seed."""
    first = matrix(seed, profile)[0][0]
    return f"{first.event.label}; {first.kind}, note {first.seed}"


def pair_families(seed: int, profile: Profile, count: int, turns: int = 1) -> list[Family]:
    """The families of pairs of a run. count: number of pairs of equal structure; of no effect on a profile in turns."""
    if profile.in_turns:
        return [turn(seed + number) for number in range(turns)]
    return families(seed, count) + structures(seed, profile.structures) + asking(seed, profile.asks)


DRAWN_EXPECTED = (*LEAKS.checks, "liveness")
"""Any of these may notice a drawn leak."""
DRAWN_TEACHES = "Nobody who wrote a check has seen it: a seed composed it."


def drawn(seed: int, profile: Profile) -> list[str]:
    """Names in a report of the leaks that the seed draws."""
    return [f"{DRAWN}{seed}.{number}" for number in range(profile.drawn)]


def walks(seed: int, profile: Profile, turns: int = 1) -> list[int]:
    """The seeds of the walks of a run."""
    return [seed + number + index for number in range(turns) for index in range(profile.walks)]


def guided(seed: int, profile: Profile) -> list[int]:
    """The seeds of the searches for new code of a run."""
    return [seed] if "guided" in profile.checks else []


@lru_cache(maxsize=64)
def pairs(seed: int, profile: Profile, count: int, turns: int = 1) -> tuple[tuple[str, str, int], ...]:
    """Kind, event and seed of every pair of a run."""
    return tuple(
        (single.kind(single.inks[0]), by_label(single.events[0]).number, single.inks[0].seed)
        for family in pair_families(seed, profile, count, turns)
        for single in family.singles()
    )
