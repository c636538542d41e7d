"""fault_values: what the recorded values of a fault show by themselves, whatever its `reason` says."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator

from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.verify.faults import broken_parts, calls, hostile_usb, power, software
from kesu.verify.outcome import COVERAGE, NOT_JUDGED, Trial

ON_HOLD_UP = "glass clean, power gone"
"""How a trial of the power campaign ends on the capacitor."""
LEFT = {"left_hits": 0.0, "ghost_L": CLEAN_LIGHTNESS}
CALLS = dict.fromkeys(("left", "ghosts", "unfound", "lost", "restarts", "driver_errors"), 0.0)
UNCHANGED = ("free_bytes", "largest_bytes")
"""Figures of the calls that must not change: the heap, after each tenth of them."""
MUST_END = {
    software.CAMPAIGN: ("READY",),
    software.ALLOCATIONS: ("READY",),
    calls.CAMPAIGN: ("READY",),
    power.CAMPAIGN: ("READY", ON_HOLD_UP),
}
"""States of the pad in which a trial of a campaign may end."""


def limits(trial: Trial) -> dict[str, float]:
    """The figures that a trial must have, each with its greatest value; ghosts must stay below theirs."""
    if trial.campaign in (software.CAMPAIGN, software.ALLOCATIONS):
        return LEFT
    if trial.campaign == broken_parts.CAMPAIGN:
        found = LEFT | {"starved": 0.0}
        return {"left_hits": 0.0, "starved": 0.0} if trial.fault in broken_parts.GLASS_STAYS else found
    if trial.campaign == power.CAMPAIGN:
        other = {"ink_taken_px": 0.0} if trial.ended == ON_HOLD_UP else {"rise_L": power.REAPPEARED_L}
        return {"ghost_L": CLEAN_LIGHTNESS} | other
    if trial.campaign == calls.CAMPAIGN:
        return CALLS
    if trial.campaign == hostile_usb.CAMPAIGN and trial.fault.startswith(hostile_usb.IN_A_FLOOD):
        return {"r1_ms": hostile_usb.R1_MS, "restarts": 0.0}
    return {}


def broken_by(trial: Trial) -> Iterator[str]:
    """What in the values of a trial breaks it, or is missing."""
    if trial.fault == COVERAGE or trial.ended == NOT_JUDGED:
        return
    for name, most in limits(trial).items():
        value = trial.figures.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 <= value <= most:
            yield f"{name} is {value!r}"
        elif name == "ghost_L" and value >= most:
            yield f"{name} is {value:g}"
    if trial.campaign == calls.CAMPAIGN:
        for name in UNCHANGED:
            values = trial.figures.get(name)
            if not isinstance(values, list) or not values or any(value != values[0] for value in values):
                yield f"{name} is {values!r}"
    if trial.campaign in MUST_END and trial.ended not in MUST_END[trial.campaign]:
        yield f"it ended in {trial.ended!r}"
    if trial.campaign == software.CAMPAIGN and "no restart" in trial.seen:
        yield "the exception was swallowed"


def unexplained(trial: Trial) -> str:
    """What the values show and the trial does not admit; empty if it gives a reason or nothing breaks it."""
    return "" if trial.reason else ", ".join(broken_by(trial))
