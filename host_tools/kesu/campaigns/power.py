"""power: the cable is pulled, at random instants and at every step of a wipe, with and without hold-up."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from kesu.campaigns.hold_up import NONE, REFERENCE, Capacitor, Supply
from kesu.campaigns.trial import Task, Trial, dirty, left_in_memory, legible
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import measure
from kesu.virtual.pad import VirtualPad

CAMPAIGN = "power"
HELD_MS = 30_000.0
"""Longer than any capacitor holds: the model, not this, ends the power."""
WIPE_STEPS_MS = (
    0.5,
    2.0,
    8.0,
    15.0,
    25.0,
    40.0,
    60.0,
    200.0,
    399.0,
    420.0,
    560.0,
    700.0,
    1_200.0,
    1_700.0,
    1_790.0,
)
"""From the event: zeroing, planes, differential refresh, its end, READY's planes, full refresh, last
scrub."""
FRAME_MS = 5.0
READY_MS = 4_000.0
CLEAN_BOUND_MS = 2_600.0
"""From the unplug on hold-up: a wipe and what the debounce of VBUS takes."""


def tasks(seed: int, count: int) -> list[Task]:
    """`count` random instants, half with hold-up; each step of the wipe both ways; flicker, replugs, held
    keys."""
    chosen = random.Random(seed)
    found: list[Task] = []
    for number in range(count):
        at_ms, kind = chosen.uniform(0.0, 2_600.0), chosen.choice(["rest", "wipe", "ink"])
        cap = REFERENCE if number % 2 else NONE
        found.append(_task(f"unplugged {at_ms:.1f} ms into {kind}", seed + number, kind, at_ms, cap))
    for at_ms in WIPE_STEPS_MS:
        for cap in (REFERENCE, NONE):
            found.append(_task(f"unplugged {at_ms:g} ms into wipe", seed, "wipe", at_ms, cap))
    for name, act in SPECIAL.items():
        found.append(Task(CAMPAIGN, name, seed, partial(_special, name=name, act=act)))
    return found


def _task(name: str, seed: int, kind: str, at_ms: float, cap: Capacitor) -> Task:
    held = cap.farads > 0
    label = f"{name}, {'with' if held else 'no'} hold-up"

    def run(written: Written) -> Trial:
        _lead_up(written.pad, kind, at_ms)
        return _on_hold_up(written, label, seed, cap) if held else _dead_at_once(written, label, seed)

    return Task(CAMPAIGN, label, seed, run)


def _lead_up(pad: VirtualPad, kind: str, at_ms: float) -> None:
    if kind == "wipe":
        pad.host.write(b"E")
    elif kind == "ink":  # another stroke, so that a partial refresh runs
        pad.touch.finger(120.0, 90.0)
        pad.at(25.0, lambda: pad.touch.finger(150.0, 110.0))
        pad.at(60.0, pad.touch.lift)
    pad.run_for(at_ms)


def _on_hold_up(written: Written, label: str, seed: int, cap: Capacitor) -> Trial:
    pad = written.pad
    pad.unplug(HELD_MS / 1_000)
    supply = Supply(pad, cap)
    began, gone = pad.now_ms, None
    alive = True
    while alive and pad.now_ms - began < CLEAN_BOUND_MS:
        alive = supply.run_for(20.0)
        if gone is None and not legible(written) and left_in_memory(written) == 0:
            gone = pad.now_ms - began
    reason = ""
    if gone is None:
        reason = "the note was never gone on hold-up"
    elif dirty(written):
        reason = "the glass still shows a ghost when the wipe is over"
    elif not alive:
        reason = "the capacitor was empty before the wipe was over"
    seen = f"VBUS, {1000 * supply.used_j:.0f} mJ, {cap.volts_after(supply.used_j):.2f} V left"
    return Trial(CAMPAIGN, label, seed, seen, gone, "glass clean", reason)


def _dead_at_once(written: Written, label: str, seed: int) -> Trial:
    pad = written.pad
    pad.unplug()
    shown = measure.contrast(pad, written.ink, written.reference)
    pad.run_for(300.0)
    pad.power_on()
    pad.host.attach()
    return _watched_boot(written, label, seed, shown, "next boot")


def _watched_boot(written: Written, label: str, seed: int, shown: float, seen: str) -> Trial:
    """From power-on to a clean glass, frame by frame: the note may fade, but never come back."""
    pad = written.pad
    began, gone, reason, least = pad.now_ms, None, "", shown
    while pad.now_ms - began < READY_MS:
        pad.run_for(FRAME_MS)
        now = measure.contrast(pad, written.ink, written.reference)
        if now > least + 1.0 and not reason:
            reason = f"the note came back on the glass {pad.now_ms - began:.0f} ms after power-on"
        least = min(least, now)
        if gone is None and not legible(written) and left_in_memory(written) == 0:
            gone = pad.now_ms - began
        if gone is not None and pad.host.enumerated and not pad.host.dtr:
            pad.host.set_dtr(True)
        if pad.host.serial_state.dsr:
            break
    if gone is None:
        reason = reason or "the note was never gone after the next power-on"
    elif dirty(written):
        reason = reason or "READY stands over a ghost of the note"
    elif not pad.host.serial_state.dsr:
        reason = reason or "the pad did not come back to READY"
    return Trial(CAMPAIGN, label, seed, seen, gone, "READY", reason)


def _special(written: Written, name: str, act: Callable[[Written], float]) -> Trial:
    shown = act(written)
    return _watched_boot(written, name, written.written.seed, shown, "VBUS or next boot")


def _flicker(written: Written) -> float:
    """Ten short losses, too short to see for a debounced input, too long for the regulator."""
    pad = written.pad
    for _ in range(10):
        pad.unplug()
        pad.run_for(3.0)
        pad.power_on()
        pad.run_for(7.0)
    pad.host.attach()
    return measure.contrast(pad, written.ink, written.reference)


def _twice(written: Written) -> float:
    pad = written.pad
    pad.unplug()
    pad.run_for(100.0)
    pad.power_on()
    pad.host.attach()
    pad.run_for(400.0)
    pad.unplug()
    pad.run_for(50.0)
    pad.power_on()
    pad.host.attach()
    return measure.contrast(pad, written.ink, written.reference)


def _during_hold_up(written: Written) -> float:
    """Plugged in again 150 ms after the unplug, on the capacitor: the wipe goes on, the host is back."""
    pad = written.pad
    pad.unplug(HELD_MS / 1_000)
    pad.run_for(150.0)
    shown = measure.contrast(pad, written.ink, written.reference)
    pad.replug()
    return shown


def _held_key(key: str) -> Callable[[Written], float]:
    def act(written: Written) -> float:
        pad = written.pad
        pad.unplug()
        pad.run_for(200.0)
        pad.keys[key].press()
        pad.power_on()
        pad.host.attach()
        pad.at(1_000.0, pad.keys[key].release)
        return measure.contrast(pad, written.ink, written.reference)

    return act


SPECIAL: dict[str, Callable[[Written], float]] = {
    "ten losses of 3 ms": _flicker,
    "unplugged again 400 ms after a boot": _twice,
    "plugged in during hold-up": _during_hold_up,
    "plugged in with WIPE held": _held_key("WIPE"),
    "plugged in with MODE held": _held_key("MODE"),
}


def wipe_energy_j(written: Written) -> float:
    """Energy of one wipe in the model, from the event to READY. Uses up the pad."""
    pad = written.pad
    supply = Supply(pad, REFERENCE)
    pad.host.write(b"E")
    pad.run_for(5.0)
    while not pad.host.serial_state.dsr and supply.used_j < REFERENCE.usable_j():
        supply.run_for(20.0)
    return supply.used_j
