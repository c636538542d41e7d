"""power: unplugs the cable at random instants and at every step of a wipe, with and without hold-up."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.board.power import FOLLOWS, VbusSense
from kesu.emulator.board.revision import SECOND, Revision
from kesu.emulator.scenario import plug_in, power_cycle
from kesu.verify import notes
from kesu.verify.faults.charge import (
    CHARGED_S,
    HELD_S,
    PLUGGED_S,
    charger_places,
    from_empty,
    half_charged,
    ink_px,
    off_a_charger,
    setup,
)
from kesu.verify.faults.hold_up import NONE, READY_V, REFERENCE, Capacitor, Supply
from kesu.verify.faults.trial import Task, dirty, left_in_memory, legible
from kesu.verify.outcome import Trial
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import on_glass

CAMPAIGN = "power"
WIPE_STEPS_MS = (
    0.5, 2.0, 8.0, 15.0, 25.0, 40.0, 60.0, 200.0, 399.0, 420.0, 560.0, 700.0, 1_200.0, 1_600.0, 1_690.0,
)  # fmt: skip
"""Instants after the event: zeroing, planes, load, READY's plane, phases of its waveform, its end, last scrub."""
INK_STEPS_MS = (15.0, 40.0, 70.0, 110.0, 200.0, 300.0, 390.0, 430.0)
"""Instants after the pen's first touch: drawing, planes, pulses, and after the last one."""
CLEAN_STEPS_MS = (1.0, 90.0, 300.0, 600.0, 900.0, 1_100.0, 1_145.0)
"""Instants after BUSY's edge: the waveform that shows a note again once the pen has rested."""
BOOT_STEPS_MS = (10.0, 40.0, 90.0, 200.0, 400.0, 700.0, 1_300.0)
"""Instants after power-on for a second cut: scrub of RAM, planes, refreshes."""
RESTED_MS = 6_000.0
FRAME_MS = 5.0
REAPPEARED_L = 1.0
"""Rise of the note's contrast on the glass, L*, that is its return."""
READY_MS = 4_000.0
CLEAN_BOUND_MS = 2_600.0
"""Bound after an unplug on hold-up: a wipe plus the debounce of VBUS."""
WATCH_MS = 20.0
LAST_MS = 250.0
"""Poll intervals before and after the glass is clean."""
HAND_MS = 2_900.0
"""Time at which the operator, unaware of the unplug, keeps writing: after the wipe, on the capacitor."""


def tasks(seed: int, count: int, board: Revision = SECOND, pessimistic: bool = False) -> list[Task]:
    """`count` random instants, half with hold-up; each step of the wipe, of a stroke's refresh and of a full refresh,
    with and without; each place of that board in which GP24 shows the unplug late or never, on a PC and on a charger;
    cells that are empty or not full; flicker, second cuts, replugs, held keys. pessimistic: the worst cell, load and
    places."""
    chosen, made = random.Random(seed), setup(board, pessimistic)
    found: list[Task] = []

    def add(number: int, kind: str, at_ms: float, cap: Capacitor, sense: VbusSense = FOLLOWS) -> None:
        found.append(_task(number, kind, at_ms, cap, sense, made.suffix))

    def play(label: str, act: Callable[..., Trial], **how: object) -> None:
        found.append(Task(CAMPAIGN, label, seed, partial(act, label=label, seed=seed, **how)))

    for number in range(count):
        at_ms, kind = chosen.uniform(0.0, 2_600.0), chosen.choice(["rest", "wipe", "ink"])
        add(seed + number, kind, at_ms, made.cell if number % 2 else NONE)
    steps = {"wipe": WIPE_STEPS_MS, "ink": INK_STEPS_MS, "full refresh": CLEAN_STEPS_MS}
    for kind, moments in steps.items():
        for at_ms in moments:
            for cap in (made.cell, NONE):
                add(seed, kind, at_ms, cap)
    for place in made.places:
        for kind in ("rest", "ink", "wipe"):
            add(seed, kind, chosen.uniform(0.0, 400.0), made.cell, board.sense(place))
    for seconds in CHARGED_S:
        found.append(_charge_task(seed, replace(made.cell, full_v=made.cell.charged_v(seconds)), made.suffix))
    for seconds in PLUGGED_S:
        play(
            f"an empty cell, a note after {seconds:g} s{made.suffix}",
            from_empty,
            chosen=made,
            plugged_s=seconds,
        )
    for place, sense in charger_places(made):
        name = f"pulled off a charger, {place.name}{made.suffix}"
        play(name, off_a_charger, cell=made.cell, sense=sense)
    special = SPECIAL | {f"unplugged again {at:g} ms into a boot": _twice(at) for at in BOOT_STEPS_MS}
    for name, act in special.items():
        found.append(Task(CAMPAIGN, name, seed, partial(_special, name=name, act=act)))
    return found


def _task(
    seed: int, kind: str, at_ms: float, cap: Capacitor, sense: VbusSense = FOLLOWS, suffix: str = ""
) -> Task:
    held = cap.farads > 0
    label = f"unplugged {at_ms:.1f} ms into {kind}, {'with' if held else 'no'} hold-up"
    if sense != FOLLOWS:
        label += f", {sense.name}"
    label += suffix

    def run(written: Written) -> Trial:
        _lead_up(written.pad, kind, at_ms)
        written.pad.wiring.vbus_sense = sense
        return _on_hold_up(written, label, seed, cap) if held else _dead_at_once(written, label, seed)

    return Task(CAMPAIGN, label, seed, run)


def _charge_task(seed: int, cell: Capacitor, suffix: str) -> Task:
    """From READY_V the cell must carry the whole wipe; below it, the next boot ends what it began."""
    label = f"unplugged with the cell at {cell.full_v:.2f} V{suffix}"

    def run(written: Written) -> Trial:
        if cell.full_v >= READY_V:
            return _on_hold_up(written, label, seed, cell)
        return half_charged(
            written, label, seed, cell, partial(_watched_boot_of_pc, seen="VBUS or next boot")
        )

    return Task(CAMPAIGN, label, seed, run)


def _lead_up(pad: VirtualPad, kind: str, at_ms: float) -> None:
    if kind == "wipe":
        pad.host.write(b"E")
    elif kind == "ink":  # another stroke, so that pulses run
        _hand(pad)
    elif kind == "full refresh":
        pad.run_for(notes.play(pad, notes.note("full page", 1)) + 1_000.0)
        pad.run_until(lambda: pad.panel.busy, RESTED_MS, 1.0)
    pad.run_for(at_ms)


def _hand(pad: VirtualPad, after_ms: float = 0.0) -> None:
    pad.at(after_ms, lambda: pad.touch.finger(120.0, 90.0))
    pad.at(after_ms + 25.0, lambda: pad.touch.finger(150.0, 110.0))
    pad.at(after_ms + 60.0, pad.touch.lift)


def _on_hold_up(written: Written, label: str, seed: int, cap: Capacitor) -> Trial:
    """Run until the capacitor is empty: the glass must be clean by then and must stay clean."""
    pad = written.pad
    pad.unplug(HELD_S)
    _hand(pad, HAND_MS)
    supply = Supply(pad, cap)
    began, gone, clean = pad.now_ms, None, None
    figures: dict[str, float] = {}
    while supply.run_for(WATCH_MS if clean is None else LAST_MS):
        if gone is None and not legible(written) and left_in_memory(written) == 0:
            gone = pad.now_ms - began
        if gone is not None and clean is None and pad.now_ms - began > CLEAN_BOUND_MS and not dirty(written):
            clean = pad.now_ms - began
            figures = {"used_mJ": round(1_000 * supply.used_j, 1), "cell_V": round(supply.cell_v, 2)}
    figures["held_s"] = round((pad.now_ms - began) / 1_000, 2)
    figures["ghost_L"] = float(on_glass.ghost(pad, written.ink, written.reference))
    figures["ink_taken_px"] = taken = ink_px(written)
    reason = ""
    if gone is None:
        reason = "the note was never gone on hold-up"
    elif gone > CLEAN_BOUND_MS or clean is None:
        reason = "the capacitor was empty before the wipe was over"
    elif dirty(written):
        reason = "the glass showed a ghost when the power was gone"
    elif taken:
        reason = "ink was taken on hold-up, and is on the glass without power"
    return Trial(CAMPAIGN, label, seed, "VBUS", gone, "glass clean, power gone", reason, figures)


def _dead_at_once(written: Written, label: str, seed: int) -> Trial:
    pad = written.pad
    pad.unplug()
    shown = on_glass.contrast(pad, written.ink, written.reference)
    pad.run_for(300.0)
    return _watched_boot_of_pc(written, label, seed, shown, "next boot")


def _watched_boot_of_pc(written: Written, label: str, seed: int, shown: float, seen: str) -> Trial:
    plug_in(written.pad)
    return _watched_boot(written, label, seed, shown, seen)


def _watched_boot(written: Written, label: str, seed: int, shown: float, seen: str) -> Trial:
    """Watch from power-on to a clean glass, frame by frame: the note may fade but must not reappear."""
    pad = written.pad
    began, gone, reason, least = pad.now_ms, None, "", shown
    rise = 0.0
    while pad.now_ms - began < READY_MS:
        pad.run_for(FRAME_MS)
        now = on_glass.contrast(pad, written.ink, written.reference)
        rise = max(rise, float(now - least))
        if now > least + REAPPEARED_L and not reason:
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
        reason = reason or "READY is shown over a ghost of the note"
    elif not pad.host.serial_state.dsr:
        reason = reason or "the pad did not come back to READY"
    figures = {"rise_L": rise, "ghost_L": float(on_glass.ghost(pad, written.ink, written.reference))}
    return Trial(CAMPAIGN, label, seed, seen, gone, "READY", reason, figures)


def _special(written: Written, name: str, act: Callable[[Written], float]) -> Trial:
    shown = act(written)
    return _watched_boot(written, name, written.written.seed, shown, "VBUS or next boot")


def _flicker(written: Written) -> float:
    """Ten losses of power, too short for a debounced input, too long for the regulator."""
    pad = written.pad
    for _ in range(10):
        pad.unplug()
        pad.run_for(3.0)
        pad.power_on()
        pad.run_for(7.0)
    pad.host.attach()
    return on_glass.contrast(pad, written.ink, written.reference)


def _brown_out(written: Written) -> float:
    """Ten dips at which the brown-out detector resets the chip; RAM keeps its content (RP2040 2.10.2)."""
    pad = written.pad
    pad.host.detach()
    for _ in range(10):
        pad.wiring.set_vbus(False)
        pad.reset("run")
        pad.run_for(3.0)
        pad.wiring.set_vbus(True)
        pad.run_for(7.0)
    pad.host.attach()
    return on_glass.contrast(pad, written.ink, written.reference)


def _twice(at_ms: float) -> Callable[[Written], float]:
    def act(written: Written) -> float:
        pad = written.pad
        power_cycle(pad, 100.0)
        pad.run_for(at_ms)
        power_cycle(pad, 50.0)
        return on_glass.contrast(pad, written.ink, written.reference)

    return act


def _during_hold_up(written: Written) -> float:
    """Plug in again 150 ms after the unplug, on the capacitor: the wipe continues and the host returns."""
    pad = written.pad
    pad.unplug(HELD_S)
    pad.run_for(150.0)
    shown = on_glass.contrast(pad, written.ink, written.reference)
    pad.replug()
    return shown


def _held_key(key: str) -> Callable[[Written], float]:
    def act(written: Written) -> float:
        pad = written.pad
        pad.unplug()
        pad.run_for(200.0)
        pad.keys[key].press()
        plug_in(pad)
        pad.at(1_000.0, pad.keys[key].release)
        return on_glass.contrast(pad, written.ink, written.reference)

    return act


SPECIAL: dict[str, Callable[[Written], float]] = {
    "ten losses of 3 ms": _flicker,
    "ten brown-outs that keep RAM": _brown_out,
    "plugged in during hold-up": _during_hold_up,
    "plugged in with WIPE held": _held_key("WIPE"),
    "plugged in with MODE held": _held_key("MODE"),
    "plugged in with AWAY held": _held_key("AWAY"),
}


def wipe_energy_j(written: Written) -> float:
    """Energy of one wipe in the model, from the event to READY; infinite if READY never comes. The pad cannot be
    used afterwards."""
    pad = written.pad
    supply = Supply(pad, REFERENCE)
    pad.host.write(b"E")
    pad.run_for(5.0)
    while not pad.host.serial_state.dsr:
        if not supply.run_for(5.0):
            return inf
    return supply.used_j
