"""play: one wipe event on a written pad, every resource looked at: the cells of events x resources."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kesu.verify.outcome import Cell
from kesu.verify.scenes.events import Event
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import measure
from kesu.verify.search.timeline import READY_BOUND_MS, watched_ms
from kesu.virtual.glass import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.virtual.pad import EmulationTimeout, VirtualPad
from kesu.virtual.usb_messages import Notification

BOUNDS_MS = {"R1": 5.0, "R7": 20.0, "clean": 50.0, "legible": 600.0, "R8": 2_000.0, "ready": 2_000.0}
"""Design §1, for the 4.2" pad; `bounds_ms` knows the others.

R7 and "clean" (R2 to R5, R9) count from R1, the rest from the event's edge."""
AFTER_R1 = frozenset(("R7", "clean"))
STEPS = {
    "R1": "R1 zero",
    "R7": "R7 both planes blank",
    "clean": "R2-R5, R9 clean",
    "legible": "ink no longer legible",
    "R8": "R8 glass clean",
    "ready": "pad accepts ink again",
}
RESTART_MS = 9_000.0
"""A fault shows its code for some seconds before it restarts."""
PARTS = {"R3": ("dpram", "spi", "i2c", "dma", "pio", "usb"), "R4": ("watchdog_scratch", "rtc")}
SERIAL_STATE = 0x20
KNOWN_BITS = 0b1011
"""DCD, DSR and RI of SERIAL_STATE (PSTN 1.2 table 31): all that may ever be sent."""
XIP_CACHE_ENABLED = 1
"""CTRL.EN of the XIP block (RP2040 datasheet 2.6.3.6): while set, the cache is no RAM."""

LATE_TIMES = 10
"""Far beyond its bound a step is looked for at so many times the usual distance: a search costs more than the
pad's time."""
MOSTLY = 0.5
"""A fault page covers less than this part of a note."""
NEEDS_CONTROL = frozenset(("R1", "R2", "R7", "R8", "R9"))
"""Where the note must be found before the event; it never was in the others."""


@dataclass
class Played:
    """What one event did: cells, and for each step of design §1 when it was reached (ms from the edge)."""

    event: str
    cells: list[Cell]
    times: dict[str, float | None]
    bounds: dict[str, float] = field(default_factory=dict)


def bounds_ms(panel: str) -> dict[str, float]:
    """The bounds for a panel, a key of READY_BOUND_MS: its last refresh takes what it takes."""
    ready_ms = READY_BOUND_MS[panel]
    return BOUNDS_MS | {"R8": ready_ms, "ready": ready_ms}


def watched(pad: VirtualPad) -> float:
    """For how many ms after an event this pad is watched."""
    return watched_ms(READY_BOUND_MS[pad.fitted])


def play(written: Written, event: Event, seed: int) -> Played:
    """Cause the event on the written pad, watch, and judge. The pad is used up: run it on a forked copy."""
    pad = written.pad
    event.prepare(written)
    before = _found(written)
    before["R8"] = measure.contrast(pad, written.ink, written.reference)
    delay = event.cause(written)
    edge = pad.now_ms + delay
    told = len(pad.host.notifications)
    if edge > pad.now_ms:
        pad.run_for(edge - pad.now_ms)
    times = _watch(written, event, edge, told)
    failure = (_restarted(pad) if event.restarts else "") or event.check(written)
    after = _found(written)
    after["R6"] = float(measure.flash_digest(pad) != written.reference.flash_sha256)
    after["R8"] = pad.glass.ghost_contrast(_bare(written))
    after["R10"] = float(
        pad.host.bulk_in_bytes  # ever: a byte that leaves while the note is written is the note, too
        + _told_too_early(times)
        + sum(bool(message.payload[0] & ~KNOWN_BITS or any(message.payload[1:])) for message in _bits(pad))
    )
    if not measure.planes_blank(pad, written.reference):
        after["R7"] = max(after["R7"], 1.0)
    bounds = {
        step: bound + ((times["R1"] or 0.0) if step in AFTER_R1 else 0.0)
        for step, bound in bounds_ms(pad.fitted).items()
    }
    if not event.keeps_usb or event.number == "E10":
        # Nobody is there to be told, or a fault is shown first.
        del times["ready"]
    label = f"{event.name}; {written.written.kind}"
    cells = [
        _cell(
            event.number,
            resource,
            label,
            seed,
            before.get(resource, 0.0),
            after[resource],
            times,
            bounds,
            failure,
        )
        for resource in ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10")
    ]
    return Played(event.number, cells, times, bounds)


def _cell(
    event: str,
    resource: str,
    label: str,
    seed: int,
    before: float,
    after: float,
    times: dict[str, float | None],
    bounds: dict[str, float],
    failure: str,
) -> Cell:
    step = resource if resource in times else "clean" if resource not in ("R6", "R10") else "R1"
    at_ms, bound = times[step], bounds[step]
    limit = CLEAN_LIGHTNESS if resource == "R8" else 1.0
    reason = failure
    if resource in NEEDS_CONTROL and before <= 0:
        reason = "the note was not found there before the event: the check shows nothing"
    elif after >= limit:
        reason = f"{after:g} of the note left" if resource != "R6" else "the flash has changed"
    elif resource in ("R6", "R10"):
        at_ms = None if reason else 0.0
    elif at_ms is None:
        reason = reason or f"{STEPS[step]}: never within {watched_ms(bound):g} ms"
    elif at_ms > bound:
        reason = reason or f"{STEPS[step]}: {at_ms:.1f} ms, later than {bound:.1f} ms"
    elif resource == "R8":
        legible = times["legible"]
        if legible is None or legible > bounds["legible"]:
            reason = reason or f"ink legible for longer than {bounds['legible']:g} ms"
    return Cell(event, resource, label, seed, before, after, at_ms, bound, not reason, reason)


def _found(written: Written) -> dict[str, float]:
    """Hits by resource, R8 to be added by the caller."""
    pad, search = written.pad, written.searcher.search
    state = pad.snapshot()
    owned = sum(search(content).hits for _, content in measure.owners(pad))
    hits = {
        "R1": float(owned),
        "R2": float(search(state.sram).hits),
        "R5": float(not pad.emulator.mcu.xip_ctrl.read_uint32(0) & XIP_CACHE_ENABLED),
        "R7": float(search(state.panel_bw).hits + search(state.panel_red).hits),
        "R9": float(search(state.touch_registers).hits + written.searcher.touch_hits(state.touch_registers)),
    }
    for resource, names in PARTS.items():
        hits[resource] = float(sum(search(getattr(state, name)).hits for name in names))
    return hits


def _bare(written: Written) -> NDArray[np.bool_]:
    """The note's pixels, less those a fault page is printed over; all of them if that were most of them."""
    bare = written.ink & (written.pad.glass.intended > 0.5)
    return bare if bare.sum() > MOSTLY * written.ink.sum() else written.ink


def _told_too_early(times: dict[str, float | None]) -> bool:
    """Whether DSR, which says blank and ready, came before the pad was."""
    ready = times.get("ready")
    steps = (times[step] for step in ("R1", "R7", "clean", "R8"))
    return ready is not None and any(at_ms is None or at_ms > ready for at_ms in steps)


def _bits(pad: VirtualPad) -> list[Notification]:
    return [message for message in pad.host.notifications if message.request == SERIAL_STATE]


def _watch(written: Written, event: Event, edge: float, told: int) -> dict[str, float | None]:
    """When each step was reached, looked for in the order in which the wipe takes them."""
    pad, reference = written.pad, written.reference
    times: dict[str, float | None] = dict.fromkeys(STEPS)

    def zero() -> bool:
        if event.restarts and event.number != "E10":
            # The table of owners is gone with the old run: all of SRAM counts.
            return written.searcher.search(pad.sram).hits == 0
        return measure.owners_blank(pad, reference)

    def clean() -> bool:
        return (
            written.searcher.touch_hits(pad.touch.registers) == 0
            and measure.residue(pad, written.searcher) == 0
        )

    order: list[tuple[str, Callable[[], bool], float, float]] = [
        ("R1", zero, 0.2, 30.0),
        ("R7", lambda: measure.planes_blank(pad, reference), 0.2, 300.0),
        ("clean", clean, 2.0, 400.0),
        (
            "legible",
            lambda: measure.contrast(pad, written.ink, reference) < LEGIBLE_LIGHTNESS,
            10.0,
            1_000.0,
        ),
        ("R8", lambda: bool(pad.glass.clean(_bare(written))), 25.0, watched(pad)),
    ]
    bounds = bounds_ms(pad.fitted)
    for step, holds, every_ms, until_ms in order:
        late_ms = 2 * bounds[step]
        while True:
            if holds():
                times[step] = max(0.0, pad.now_ms - edge)
                break
            if pad.now_ms - edge >= until_ms:
                break
            # What is late by then is late; by how much need not be known as well.
            pad.run_for(every_ms if pad.now_ms - edge < late_ms else LATE_TIMES * every_ms)
    if pad.now_ms - edge < watched(pad):
        pad.run_for(watched(pad) - (pad.now_ms - edge))
    ready = [message.time_ns for message in pad.host.notifications[told:] if message.payload[0] & 2]
    if ready:
        times["ready"] = ready[-1] / 1e6 - edge
    return times


def _restarted(pad: VirtualPad) -> str:
    try:
        pad.run_until(lambda: bool(pad.host.serial_state.dsr), RESTART_MS, 5.0)
        return ""
    except EmulationTimeout:
        return "the pad did not come back to READY"
