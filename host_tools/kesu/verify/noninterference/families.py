"""families: selects the pairs: notes of one rhythm, each against one reference, after some events."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kesu.verify import notes
from kesu.verify.noninterference.structures import STRUCTURE, Structured, structured
from kesu.verify.notes import Kind, Note
from kesu.verify.scenes.events import by_label

NO_INK = "no ink"
EVENTS = (
    "E1 WIPE key",
    "E12 RUN",
    "E2 byte E",
    "E5 AWAY key",
    "E6 byte K",
    "E13 power-on",
    "E7 DTR drops",
    "E9 unplugged",
    "E8 bus asleep",
    "E11 watchdog",
    "E3 idle",
    "E10 touch bus silent",
    "E4 maximum age",
    "E2 byte W",
    "E4 maximum age in a call, extended",
)
"""Events of the pairs: at least one for every number, ordered so that neighbours have little in common."""
OF_A_NOTE = tuple(label for label in EVENTS if by_label(label).of_a_note)
"""Events that a pad never written on cannot have: a deadline of the note, and a stroke that meets the silent bus."""
OUTSIDE_CALLS = tuple(label for label in EVENTS if by_label(label).outside_calls)
"""Events that cannot follow the traffic of a talking host, which says that a call is on."""
KINDS: tuple[tuple[Kind, tuple[Kind, Kind, Kind]], ...] = (
    ("kanji", ("digits", "kanji", "digits")),
    ("scribble", ("full page", "kanji", "scribble")),
    ("digits", ("kanji", "digits", "kanji")),
    ("full page", ("scribble", "digits", "full page")),
)
"""The kind of the reference and the kinds of its inks. Letters have up to twelve strokes, which only letters keep."""
SILENT, TALKING, BLANK = "silent", "talking", "blank"
HOSTS = (SILENT, TALKING, SILENT, TALKING, BLANK)
"""Host behaviour in every five families. TALKING: the host sends the same traffic to all pads (traffic.py). BLANK:
the reference was never written on. The host is silent then: the written pad has sent one message more, DCD."""
FEW = 6
"""Up to this number of pairs, a family has one ink and two events."""
EVENTS_EACH = 4
LINGERS_EVERY = 5
"""One in so many whole families is compared an hour after its first event: 5 s of processor time a pad."""
INKS_EACH = 3
STRUCTURE_EVENTS = 3
LONGEST_REST_MS = 24_000
"""Families without events that need a note, and those of different structure, rest before the event, at most so long:
past the refresh that cleans a note once the pen has rested for 4 s, and past the 20 s after which the panel's rails go
off (firmware/kesu_pad/refresh.py)."""
RESTED = "rested"
"""How the kind of a pair ends whose pads rested, before the time."""
DICTIONARY = "dictionary"
"""How the kind of a pair begins whose host asks from the dictionary."""
ASKED_EVENTS = ("E6 byte K",)
AROUND = len(EVENTS) * len(HOSTS) * len(KINDS)
"""Number of families after which the combinations of notes, hosts and events repeat."""
SEEDS_EACH = 10


@dataclass(frozen=True)
class Family:
    """Pads of equal timing with different ink. Each of `inks` is compared with `reference` (None: a pad never written
    on) after each of `events`; talks: the host sends all of them the same traffic. lingers: after the first event the
    last comparison is an hour later. asks: the host sends all of them so many requests from the dictionary. rest_ms:
    how long nothing happens between the note, once it is shown, and the event."""

    reference: Note | None
    inks: tuple[Note, ...]
    events: tuple[str, ...]
    talks: bool = False
    lingers: bool = False
    asks: int = 0
    rest_ms: int = 0

    @property
    def structured(self) -> bool:
        """Whether its notes have different structure."""
        return isinstance(self.reference, Structured)

    @property
    def pairs(self) -> int:
        return len(self.inks) * len(self.events)

    def kind(self, ink: Note) -> str:
        """Description of what is compared, for reports."""
        rest = f", {RESTED} {self.rest_ms / 1e3:g} s" if self.rest_ms else ""
        return self._compared(ink) + rest

    def _compared(self, ink: Note) -> str:
        if isinstance(self.reference, Structured) and isinstance(ink, Structured):
            return f"{STRUCTURE}: {ink.parts}; against {self.reference.parts}"
        if self.asks:
            return f"{DICTIONARY}: {ink.kind} against {self.reference.kind if self.reference else NO_INK}"
        against = self.reference.kind if self.reference else NO_INK
        return f"{ink.kind} against {against}{', the host talking' if self.talks else ''}"

    def singles(self) -> Iterator[Family]:
        """Its pairs, as families of one, in the order in which they are judged."""
        for ink in self.inks:
            for event in self.events:
                lingers = self.lingers and event == self.events[0]
                yield replace(self, inks=(ink,), events=(event,), lingers=lingers)


def family(index: int, seed: int, inks: int, events: Sequence[str]) -> Family:
    """The family of that number: `inks` inks against its reference, after `events`."""
    first, others = KINDS[index % len(KINDS)]
    host = HOSTS[index % len(HOSTS)]
    reference, *rest = notes.family(first, others, seed + SEEDS_EACH * index)
    chosen = rest[:inks]
    rest_ms = _rest_ms(seed, index)
    if host == BLANK:
        return Family(None, (reference, *chosen)[:inks], tuple(events), rest_ms=rest_ms)
    lingers = index % LINGERS_EVERY == 0 and len(events) == EVENTS_EACH
    return Family(reference, tuple(chosen), tuple(events), host == TALKING, lingers, rest_ms=rest_ms)


def _rest_ms(seed: int, index: int) -> int:
    """How long the pads of that family rest; most moments of a call are not right after a stroke."""
    return random.Random(f"rest {seed} {index}").randrange(LONGEST_REST_MS)


def families(seed: int, count: int) -> list[Family]:
    """Families with at least `count` pairs, alternating events; the same arguments give the same pairs."""
    found: list[Family] = []
    left = count
    few = count <= FEW
    while left > 0:
        index = len(found)
        wanted = min(2 if few else EVENTS_EACH, left)
        inks = 1 if few else min(INKS_EACH, -(-left // wanted))
        found.append(family(index, seed, inks, _events(index, wanted)))
        left -= found[-1].pairs
    return found


def structures(seed: int, count: int) -> list[Family]:
    """`count` families of notes with different structure, each with two of them after STRUCTURE_EVENTS events; together
    after all events that a pad can have whatever is on it."""
    possible = [event for event in EVENTS if event not in OF_A_NOTE]
    found = []
    for index in range(count):
        reference, *inks = (structured(seed + SEEDS_EACH * index, number) for number in range(INKS_EACH))
        events = [
            possible[(STRUCTURE_EVENTS * index + offset) % len(possible)]
            for offset in range(STRUCTURE_EVENTS)
        ]
        found.append(Family(reference, tuple(inks), tuple(events), rest_ms=_rest_ms(seed, ~index)))
    return found


def asking(seed: int, most: int) -> list[Family]:
    """The family whose host asks at most `most` times from the dictionary of the image; none for 0."""
    if not most:
        return []
    reference, ink = notes.family("digits", ("kanji",), seed)
    return [Family(reference, (ink,), ASKED_EVENTS, asks=most)]


def turn(seed: int) -> Family:
    """One family of a soak, determined by the seed; the next seed has other notes, host and events."""
    return family(seed % AROUND, seed, INKS_EACH, _events(seed % AROUND, EVENTS_EACH))


def _events(index: int, count: int) -> list[str]:
    """Events of a family: each host behaviour cycles through all events, starting after the previous one."""
    start = EVENTS_EACH * (index // len(HOSTS) + index % len(HOSTS))
    impossible = {BLANK: OF_A_NOTE, TALKING: OUTSIDE_CALLS}.get(HOSTS[index % len(HOSTS)], ())
    possible = [event for event in EVENTS if event not in impossible]
    return [possible[(start + offset) % len(possible)] for offset in range(count)]
