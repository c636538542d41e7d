"""outcome: results of a verification run as plain records, and the conclusions computed from them.

A record keeps measurements. Whether it holds, and why not, is always computed from them and never read from a
file: `kesu evidence check` computes it again.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from kesu.verify.bounds import BOUNDS_MS, LEFT_LIMIT, NEEDS_CONTROL, STEP_OF, STEPS, limit_of


@dataclass(frozen=True)
class Cell:
    """One wipe event against one resource, in one scenario.

    before: hits (or L* of contrast for R8) while the note was there, the positive control. after: the same after
    the bound; None: not measured. at_ms: emulated ms until the resource stayed clean, from the event's edge, or
    from R1 where the bound counts from R1 (R2 to R5, R7, R9); None if never, and for R6 and R10. legible_ms: for
    R8, ms until the ink was no longer legible. failure: why the scenario could not be judged, or what the pad
    failed to do afterwards.
    """

    event: str
    resource: str
    scenario: str
    seed: int
    before: float | None
    after: float | None
    at_ms: float | None
    bound_ms: float
    legible_ms: float | None = None
    failure: str = ""

    def __post_init__(self) -> None:
        _only_finite(self, "before", "after", "at_ms", "legible_ms")

    @property
    def reason(self) -> str:
        """Why the cell does not hold, in one sentence; "" if it holds."""
        if self.failure:
            return self.failure
        if self.before is None or self.after is None or min(self.before, self.after) < 0.0:
            return "it was not measured"
        if self.resource in NEEDS_CONTROL and not _above(self.before, 0.0):
            return "the note was not found there before the event: the check shows nothing"
        if not _below(self.after, limit_of(self.resource)):
            return "the flash has changed" if self.resource == "R6" else f"{self.after:g} of the note left"
        step = STEP_OF.get(self.resource)
        if step is None:
            return ""
        if self.at_ms is None:
            return f"{STEPS[step]}: never"
        if not 0.0 <= self.at_ms <= self.bound_ms:
            return f"{STEPS[step]}: {self.at_ms:.1f} ms, later than {self.bound_ms:.1f} ms"
        if self.resource == "R8" and not _within(self.legible_ms, BOUNDS_MS["legible"]):
            return f"ink legible for longer than {BOUNDS_MS['legible']:g} ms"
        return ""

    @property
    def left(self) -> bool:
        """Whether a part of the note was, or may have been, left at the end."""
        return not _below(self.after, LEFT_LIMIT)

    @property
    def holds(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Difference:
    """A run of bytes that differs between the two pads of a pair, from `place` to `until`, by name; differing: number
    of its `length` bytes that differ; mask: the entry that allows it."""

    resource: str
    address: int
    length: int
    differing: int
    place: str
    until: str
    mask: str | None


@dataclass(frozen=True)
class Compared:
    """Both pads of a pair at one instant (kesu.verify.noninterference.instants), `after_ms` emulated ms after the
    event's edge. glass: the greatest difference of lightness between their glasses (L*); None: not compared."""

    instant: str
    after_ms: float
    compared_bytes: int
    glass: float | None
    differences: tuple[Difference, ...]

    def __post_init__(self) -> None:
        _only_finite(self, "glass")

    @property
    def holds(self) -> bool:
        return all(difference.mask for difference in self.differences)


@dataclass(frozen=True)
class Pair:
    """Two runs of equal timing and different ink, compared byte for byte at each instant after the event."""

    kind: str
    event: str
    seed: int
    instants: tuple[Compared, ...]
    reason: str = ""

    @property
    def compared_bytes(self) -> int:
        return sum(one.compared_bytes for one in self.instants)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Those of all instants."""
        return tuple(difference for one in self.instants for difference in one.differences)

    @property
    def open_places(self) -> tuple[str, ...]:
        """What differs without being allowed: each place by name, with the instant at which it differs first."""
        found: dict[str, str] = {}
        for one in self.instants:
            for difference in one.differences:
                if not difference.mask:
                    found.setdefault(difference.place, f"{difference.place} at +{one.after_ms:g} ms")
        return tuple(found.values())

    @property
    def holds(self) -> bool:
        return not self.reason and bool(self.instants) and all(one.holds for one in self.instants)


@dataclass(frozen=True)
class MaskEntry:
    """An allowed difference: where, how many bytes, and why. events: only after these; instants: only then. Empty:
    after every event, at every instant."""

    name: str
    resource: str
    place: str
    size: int
    reason: str
    events: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()


DRAWN = "drawn "
"""How the names of leaks begin that a seed draws."""


@dataclass(frozen=True)
class Mutant:
    """A seeded leak: caught when one of the expected checks reports it."""

    name: str
    change: str
    teaches: str
    expected: tuple[str, ...]
    caught_by: tuple[str, ...]
    detail: str = ""

    @property
    def caught(self) -> bool:
        return bool(set(self.expected) & set(self.caught_by))

    @property
    def drawn(self) -> bool:
        """Whether a seed drew it (kesu.verify.leaks). One that is not caught says something about the checks, and
        nothing about the image."""
        return self.name.startswith(DRAWN)


HELD = (
    "registered buffers",
    "heap",
    "stack",
    "other variables",
    "RAM of USB",
    "registers of the processor",
)
"""Places of ink that a trace distinguishes."""


@dataclass(frozen=True)
class Walk:
    """One random walk on a pad whose ink is traced (kesu.verify.trace).

    notes: those that had ink when they ended; most_inked: bytes of memory that came from ink at once, the positive
    control. slowest_clean_ms: emulated ms from an ending that wipes at once until no byte and no register came from the
    note, the slowest; None: there was no such ending. left: what came from an old note at a READY, with the ending
    before. escapes: places that ink reached and must not. branches: places where the program depended on ink that
    nobody reviewed. stuck: why the walk ended early. uses: registers and commands that the allow-lists do not have;
    calls: code that ran and is no function of the image, and functions of the boot ROM that are not allowed.
    held: places (HELD) in which ink was when a note ended.
    """

    seed: int
    notes: int
    most_inked: int
    slowest_clean_ms: float | None
    left: tuple[str, ...]
    escapes: tuple[str, ...]
    branches: tuple[str, ...]
    stuck: str = ""
    uses: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _only_finite(self, "slowest_clean_ms")

    @property
    def reason(self) -> str:
        """Why the walk does not hold, in one sentence; "" if it holds."""
        bound = BOUNDS_MS["R1"] + BOUNDS_MS["clean"]
        if self.stuck:
            return self.stuck
        if self.notes < 1 or self.most_inked < LEAST_INKED:
            return f"{self.notes} notes with {self.most_inked} bytes of ink: the trace shows nothing"
        if self.left:
            return f"ink at READY, {self.left[0]}"
        if self.slowest_clean_ms is not None and not _within(self.slowest_clean_ms, bound):
            return f"ink for {self.slowest_clean_ms:.1f} ms after an ending, allowed are {bound:g} ms"
        if self.escapes:
            return f"ink went {self.escapes[0]}"
        if self.branches:
            return f"depends on ink without a review: {self.branches[0]}"
        if self.uses:
            return f"not allowed: {self.uses[0]}"
        if self.calls:
            return f"it ran {self.calls[0]}"
        return ""

    @property
    def holds(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Guided:
    """A search for sequences of moves that reach new code while there is ink (kesu.verify.trace.guided).

    trials: notes that were played, each judged as in a walk; kept: sequences that reached something new. first,
    reached: places of the pad's own code and ends of conditional jumps, after the first trials, which are only drawn,
    and after all. reason: why it does not hold, with the moves of the trial that showed it; empty if it does.
    """

    seed: int
    trials: int
    kept: int
    first: int
    reached: int
    reason: str = ""

    @property
    def holds(self) -> bool:
        return not self.reason and self.kept > 0 and self.reached > 0


@dataclass(frozen=True)
class Coverage:
    """How much of one kind of code ran in the walks while there was ink.

    functions, places: in all; a place is an opcode or an instruction. whole: functions all of whose places ran; ran:
    places. open: functions that are not as they were reviewed, and did not run whole, each with its number of places.
    """

    kind: str
    functions: int
    whole: int
    places: int
    ran: int
    open: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.open and self.functions > 0


LEAST_INKED = 100
"""Bytes of memory with ink below which a walk shows nothing: a single stroke has more."""


@dataclass(frozen=True)
class Finding:
    """One rule of the structure audit, read from ELF, UF2, manifest or the enumerated device."""

    rule: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Timing:
    """The distribution of one step of the guarantee for one event: emulated ms of every scenario, None where it was
    never reached."""

    event: str
    step: str
    bound_ms: float
    samples_ms: tuple[float | None, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples_ms", tuple(sayable(sample) for sample in self.samples_ms))

    @property
    def reached_ms(self) -> tuple[float, ...]:
        """The samples in which the step was reached."""
        return tuple(sample for sample in self.samples_ms if sample is not None)

    @property
    def slowest(self) -> str:
        """Description of the worst sample."""
        reached = self.reached_ms
        never = len(reached) < len(self.samples_ms) or not reached
        return "never" if never else f"{max(reached):.1f} ms"

    @property
    def holds(self) -> bool:
        """Whether the step was reached in time in every scenario."""
        return bool(self.samples_ms) and all(_within(sample, self.bound_ms) for sample in self.samples_ms)


COVERAGE = "coverage"
"""Name of the trial that reports a campaign's coverage; there is no note in it."""
NOT_JUDGED = "not judged"
GONE_BOUND_MS = {
    "power": 4_100.0,
    "parts": 6_100.0,
    "USB": 9_100.0,
    "software": 6_600.0,
    "allocations": 6_600.0,
    "calls": 6_000.0,
}
"""Upper bound for `gone_ms` by campaign; most trials have a lower one."""


@dataclass(frozen=True)
class Trial:
    """Result of one fault of a campaign.

    seen: how the pad reacted, in words. gone_ms: emulated ms from the fault until the note was gone from RAM and
    planes and no longer legible on the glass; None: never. ended: the state that the pad reached. reason: why it
    does not hold, in one sentence; empty if it does. figures: further measurements, by name with unit.
    """

    campaign: str
    fault: str
    seed: int
    seen: str
    gone_ms: float | None
    ended: str
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _only_finite(self, "gone_ms")
        object.__setattr__(self, "figures", sayable(self.figures))

    @property
    def holds(self) -> bool:
        if self.reason or self.ended == NOT_JUDGED:
            return False
        return self.fault == COVERAGE or _within(self.gone_ms, GONE_BOUND_MS.get(self.campaign, 0.0))


@dataclass(frozen=True)
class Failure:
    """A part of the run that could not be done: job and reason. It says nothing about the image."""

    job: str
    reason: str


def _only_finite(record: object, *names: str) -> None:
    """Replace NaN and infinity in the named fields by None: not measured."""
    for name in names:
        object.__setattr__(record, name, sayable(getattr(record, name)))


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def _below(value: float | None, limit: float) -> bool:
    return value is not None and 0.0 <= value < limit


def _within(value: float | None, bound: float) -> bool:
    return value is not None and 0.0 <= value <= bound


def sayable(value: Any) -> Any:
    """The value as JSON can store it: None for infinity and NaN."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): sayable(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [sayable(entry) for entry in value]
    if value is None or isinstance(value, str | int):
        return value
    return sayable(value.item()) if hasattr(value, "item") else str(value)
