"""bounds: all bounds of the guarantee: times, limits, and the resources that need a positive control."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.spec.panels import DEFAULT_PANEL, FILMS

READY_BOUND_MS = {name: float(film.ready_bound_ms) for name, film in FILMS.items()}
"""Bound for a clean glass and READY, by panel: the guarantee is for the 4.2" pad, whose full refresh takes
1.1 s; those of the others take 1.7 and 4.0 s."""
WATCHED_MS = 2_100.0
"""Minimum time to watch the pad after the event: the last bound of the guarantee is 2 s."""
BOUNDS_MS = {"R1": 5.0, "R7": 20.0, "clean": 50.0, "legible": 600.0} | dict.fromkeys(
    ("R8", "ready"), READY_BOUND_MS[DEFAULT_PANEL]
)
"""For the 4.2" pad; `bounds_ms` knows the others. "clean" is R2 to R5 and R9."""
AFTER_R1 = frozenset(("R7", "clean"))
"""Steps whose time and bound count from R1; the others count from the event's edge."""
STEPS = {
    "R1": "R1 zero",
    "R7": "R7 both planes blank",
    "clean": "R2-R5, R9 clean",
    "legible": "ink no longer legible",
    "R8": "R8 glass clean",
    "ready": "pad accepts ink again",
}
RESOURCES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10")
STEP_OF = {
    "R1": "R1",
    **dict.fromkeys(("R2", "R3", "R4", "R5", "R9"), "clean"),
    "R7": "R7",
    "R8": "R8",
}
"""The step that bounds a resource. R6 and R10 have none: they must be as they were at all times."""
NEEDS_CONTROL = frozenset(("R1", "R2", "R7", "R8", "R9"))
"""Resources in which the note must be found before the event; the others never hold it."""
LEFT_LIMIT = 1.0
"""Limit in hits or bytes: one is too many."""


def bounds_ms(panel: str, *, from_edge: bool = False) -> dict[str, float]:
    """The bounds for a panel, a key of READY_BOUND_MS, which depend on the length of its full refresh. from_edge: all
    count from the edge, as a test rig counts, which does not see when R1 was reached."""
    ready_ms = READY_BOUND_MS[panel]
    bounds = BOUNDS_MS | {"R8": ready_ms, "ready": ready_ms}
    return bounds | {step: BOUNDS_MS["R1"] + bounds[step] for step in AFTER_R1} if from_edge else bounds


def bound_of(resource: str, panel: str, *, from_edge: bool = False) -> float:
    """The bound of a resource; 0.0 for R6 and R10, which have none. from_edge: as for `bounds_ms`."""
    return bounds_ms(panel, from_edge=from_edge)[STEP_OF[resource]] if resource in STEP_OF else 0.0


def limit_of(resource: str) -> float:
    """Upper limit for what is left in a resource: hits, or L* for the glass."""
    return CLEAN_LIGHTNESS if resource == "R8" else LEFT_LIMIT


def watched_ms(bound_ms: float) -> float:
    """How long to watch a pad for, given the last of its bounds."""
    return max(WATCHED_MS, bound_ms + 100.0)
