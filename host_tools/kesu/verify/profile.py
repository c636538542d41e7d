"""profile: the extents of a verification run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, replace

from kesu.verify.bounds import RESOURCES
from kesu.verify.notes import KINDS


@dataclass(frozen=True)
class Profile:
    """The extent of a run.

    checks: names of the checks that it runs (kesu.verify.runner.jobs.CHECKS). notes: number of notes in the matrix.
    thorough: each note meets all events, and more of the awkward moments; else half of the events. wrap_places: places
    at which ticks wrap. chance_notes: random notes that are searched for on pads that never held them. pairs: minimum
    number of pairs of equal structure; structures: families of pairs of different structure; asks: requests from the
    image's dictionary in a pair of their own. walks: random walks on a traced pad, each with `walk_notes` notes;
    trials: notes of the search for new code on such a pad. drawn: leaks that the seed draws (kesu.verify.leaks).
    resources: those of which the matrix has a cell. by_rig: played on a pad in a test rig, and nothing of it in the
    emulator of kesu.verify. in_turns: repeated, each time with the next seed, until its time is over; a turn has one
    family of pairs and a share of the awkward moments. once: the checks of `checks` that only the first turn runs.
    """

    name: str
    checks: tuple[str, ...]
    notes: int
    thorough: bool
    wrap_places: int
    chance_notes: int
    pairs: int = 0
    structures: int = 0
    asks: int = 0
    walks: int = 1
    walk_notes: int = 5
    trials: int = 0
    drawn: int = 0
    resources: tuple[str, ...] = RESOURCES
    by_rig: bool = False
    in_turns: bool = False
    once: tuple[str, ...] = ()

    @property
    def mutants(self) -> bool:
        """Whether it builds and checks the seeded leaks."""
        return "mutants" in self.checks

    @property
    def variants(self) -> bool:
        """Whether it wipes notes on every variant of the panel."""
        return "variants" in self.checks

    @property
    def faults(self) -> bool:
        """Whether it runs a part of every campaign of faults."""
        return "faults" in self.checks

    def checks_of(self, turn: int) -> tuple[str, ...]:
        """The checks of a turn, counted from 0."""
        return tuple(name for name in self.checks if not turn or name not in self.once)


_USUAL = ("matrix", "pairs", "walks", "chance", "wrap", "structure")
QUICK = Profile("quick", _USUAL, notes=2, thorough=False, wrap_places=1, chance_notes=4, pairs=3)
FULL = Profile(
    "full",
    (*_USUAL, "guided", "variants", "mutants", "drawn"),
    notes=len(KINDS),
    thorough=True,
    wrap_places=2,
    chance_notes=20,
    pairs=50,
    structures=4,
    asks=270,
    walks=8,
    walk_notes=6,
    trials=40,
    drawn=24,
)
SOAK = Profile(
    "soak",
    _USUAL,
    notes=1,
    thorough=True,
    wrap_places=1,
    chance_notes=4,
    in_turns=True,
    once=("structure",),
)
FAULTS = replace(QUICK, name="faults", checks=(*_USUAL, "faults"))
NOT_FOR_LEAKS = ("mutants", "drawn", "chance", "wrap", "variants", "faults")
"""Checks of the checks, of the search's false alarms, and those that repeat others under a fault or on another
panel."""
_FAST = ("walks", "structure", "pairs")
"""First those that find most for their time: a walk ends at its first finding."""
_OTHERS = sorted({*FULL.checks} - {*_FAST, *NOT_FOR_LEAKS})
LEAKS = replace(
    FULL,
    name="leaks",
    checks=(*_FAST, *_OTHERS),
    notes=1,
    thorough=False,
    pairs=6,
    structures=1,
    asks=120,
    walks=2,
    walk_notes=8,
    trials=8,
    drawn=0,
)
"""The checks that a drawn leak meets, in their order; no profile of a run. Every check of a full run is in
it, also one that is added later."""
RIG = Profile(
    "rig",
    ("matrix", "structure"),
    notes=1,
    thorough=True,
    wrap_places=0,
    chance_notes=0,
    walks=0,
    resources=("R1", "R2", "R3", "R4", "R6", "R7", "R8", "R9", "R10"),
    by_rig=True,
)
"""`--target rig:NAME`; NOT_JUDGED_BY_RIG has the others."""
NOT_JUDGED_BY_RIG = {
    "R5": "which lines of the flash cache are pinned as RAM cannot be read without emptying it",
}
"""Why a run with a rig has no cells of these."""
PROFILES = {profile.name: profile for profile in (QUICK, FULL, SOAK, FAULTS)}
"""Those that `--profile` chooses."""
REPORTED = PROFILES | {RIG.name: RIG}
"""Those that a report can have."""
