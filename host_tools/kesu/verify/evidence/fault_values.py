"""fault_values: what the recorded values of a fault show by themselves, whatever its `reason` says."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kesu.verify.outcome import COVERAGE, NOT_JUDGED, Trial

NONE_OF = {
    "calls": ("left", "ghosts", "unfound", "restarts", "driver_errors"),
}
"""Figures of a campaign that must be there and be 0."""
EQUAL = {"calls": ("free_bytes", "largest_bytes")}
"""Figures of a campaign that must be there and not change: the heap, after each tenth of the calls."""
MUST_END = {
    "software": ("READY",),
    "allocations": ("READY",),
    "calls": ("READY",),
    "power": ("READY", "glass clean, power gone"),
}
"""States of the pad in which a trial of a campaign may end."""
NEVER_SEEN = {
    "parts": "resets by the watchdog",
    "software": "no restart",
}
"""Reactions after which a trial of a campaign does not hold."""


def broken_by(trial: Trial) -> Iterator[str]:
    """What in the values of a trial breaks it, or is missing. The reasons of other failures are taken from the run:
    the measurements that they come from are not in the report."""
    if trial.fault == COVERAGE or trial.ended == NOT_JUDGED:
        return
    for name in NONE_OF.get(trial.campaign, ()):
        if not _number(trial.figures.get(name)) or trial.figures[name] != 0:
            yield f"{name} is {trial.figures.get(name)!r}"
    for name in EQUAL.get(trial.campaign, ()):
        values = trial.figures.get(name)
        if not isinstance(values, list) or not values or any(value != values[0] for value in values):
            yield f"{name} is {values!r}"
    if trial.campaign in MUST_END and trial.ended not in MUST_END[trial.campaign]:
        yield f"it ended in {trial.ended!r}"
    if NEVER_SEEN.get(trial.campaign, "\0") in trial.seen:
        yield f"it was noticed by {trial.seen!r}"


def unexplained(trial: Trial) -> str:
    """What the values show and the trial does not admit; empty if it gives a reason or nothing breaks it."""
    return "" if trial.reason else ", ".join(broken_by(trial))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
