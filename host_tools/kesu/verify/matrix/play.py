"""play: plays one wipe event on a written pad and checks every resource: the cells of events x resources."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.emulator.scenario import wait_ready
from kesu.emulator.usb.messages import Notification
from kesu.spec.call_line import MODEM_BITS
from kesu.verify.bounds import (
    AFTER_R1,
    READY_BOUND_MS,
    RESOURCES,
    STEP_OF,
    STEPS,
    bound_of,
    bounds_ms,
    watched_ms,
)
from kesu.verify.found import Found
from kesu.verify.outcome import Cell
from kesu.verify.scenes.events import Event
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import measure, on_glass
from kesu.verify.uses import judge

RESTART_MS = 9_000.0
"""Time for a restart: a fault shows its code for some seconds first."""
PARTS = {"R3": ("dpram", "spi", "i2c", "usb"), "R4": (), "R5": ()}
"""Parts of a snapshot, beside those of the chip (`facts.parts`)."""
SERIAL_STATE = 0x20
DSR = MODEM_BITS["DSR"]
KNOWN_BITS = sum(MODEM_BITS.values())
"""DCD, DSR and RI of SERIAL_STATE (PSTN 1.2 table 31), the only bits that the pad may send."""
TAKEN_BOUND_MS = 50.0
"""A byte is an event from the moment at which the pad takes its packet, and it takes one within this time."""

LATE_TIMES = 10
"""Factor for the poll interval of a step far beyond its bound: a search costs more than running the pad."""
LATER_MS = (100.0, 200.0, 400.0, 800.0, 1_200.0, 1_600.0)
"""Once a step holds, it is checked again at the time of every bound and of every other step, at these times
after the edge, and at the end of the watch. Ink that returns for less than the time between two checks (up to
400 ms) may be missed."""


@dataclass
class Played:
    """Results of one event: cells, and the time at which each step was finally reached, None if never: ms
    from the edge, or from R1 for the steps of AFTER_R1."""

    event: str
    cells: list[Cell]
    times: dict[str, float | None]

    def found(self) -> Found:
        """What it adds to a run."""
        return Found(
            scenarios=1,
            cells=self.cells,
            samples={(self.event, step): [at_ms] for step, at_ms in self.times.items()},
        )


def watched(pad: VirtualPad) -> float:
    """How long this pad is watched after an event, in ms."""
    return watched_ms(READY_BOUND_MS[pad.fitted])


def play(written: Written, event: Event, seed: int) -> Played:
    """Cause the event on the written pad, watch, and judge. Run it on a forked copy: the pad cannot be used
    again."""
    pad = written.pad
    event.prepare(written)
    before = _found(written)
    before["R8"] = on_glass.contrast(pad, written.ink, written.reference)
    delay = event.cause(written)
    taken, late = _taken(pad) if event.by_byte else (pad.now_ms, "")
    edge = taken + delay
    notified = len(pad.host.notifications)
    if edge > pad.now_ms:
        pad.run_for(edge - pad.now_ms)
    times = _watch(written, event, edge, notified)
    failure = late or (_restarted(pad) if event.restarts else "") or event.check(written)
    failure = failure or judge.summary(judge.strange(pad))
    after = _found(written)
    after["R6"] = float(measure.flash_digest(pad) != written.reference.flash_sha256)
    after["R8"] = on_glass.ghost(pad, written.ink, written.reference)
    after["R10"] = float(
        pad.host.bulk_in_bytes  # since power-on: a byte sent while the note is written leaks it, too
        + _ready_too_early(pad, edge, times)
        + sum(bool(message.payload[0] & ~KNOWN_BITS or any(message.payload[1:])) for message in _bits(pad))
    )
    if not measure.planes_blank(pad, written.reference):
        after["R7"] = max(after["R7"], 1.0)
    if not event.keeps_usb or event.number == "E10":
        # No host is connected, or a fault is shown before READY.
        del times["ready"]
    label = f"{event.name}; {written.written.kind}"
    counted = _counted(times)
    cells = [
        Cell(
            event.number,
            resource,
            label,
            seed,
            before.get(resource, 0.0),
            after[resource],
            counted[STEP_OF[resource]] if resource in STEP_OF else None,
            bound_of(resource, pad.fitted),
            counted["legible"] if resource == "R8" else None,
            failure,
        )
        for resource in RESOURCES
    ]
    return Played(event.number, cells, counted)


def _taken(pad: VirtualPad) -> tuple[float, str]:
    """When the pad takes the last byte that the host has queued, in ms, and what is wrong if it does not in
    time."""
    host, last = pad.host, pad.host.queued_bytes
    try:
        pad.run_until(lambda: host.taken_bytes >= last, TAKEN_BOUND_MS, 0.05)
    except EmulationTimeout:
        return pad.now_ms, f"the pad did not take the byte within {TAKEN_BOUND_MS:g} ms"
    return host.taken_ns[-1] / 1e6, ""


def unjudged(event: Event, kind: str, seed: int, panel: str, why: str) -> Played:
    """The cells of a scenario that ended before they could be measured."""
    cells = [
        Cell(
            event.number,
            resource,
            f"{event.name}; {kind}",
            seed,
            None,
            None,
            None,
            bound_of(resource, panel),
            failure=f"not judged: {why}",
        )
        for resource in RESOURCES
    ]
    return Played(event.number, cells, {})


def _counted(times: dict[str, float | None]) -> dict[str, float | None]:
    """The times, with those of AFTER_R1 counted from R1."""
    r1_ms = times["R1"]
    return {
        step: at_ms
        if step not in AFTER_R1
        else None
        if at_ms is None or r1_ms is None
        else max(0.0, at_ms - r1_ms)
        for step, at_ms in times.items()
    }


def _found(written: Written) -> dict[str, float]:
    """Hits by resource, except R8, which the caller adds."""
    pad, search = written.pad, written.searcher.search
    state = pad.snapshot(flash_too=False)
    hits = {
        "R1": float(_in_owners(written)),
        "R2": float(search(state.sram).hits),
        "R7": float(search(state.panel_bw).hits + search(state.panel_red).hits),
        "R9": float(search(state.touch_registers).hits + written.searcher.touch_hits(state.touch_registers)),
    }
    for resource, names in PARTS.items():
        parts = (*names, *pad.emulator.facts.parts.get(resource, ()))
        hits[resource] = float(sum(search(state.part(name)).hits for name in parts))
    hits["R5"] += pad.emulator.cache_is_ram()
    return hits


def _in_owners(written: Written) -> int:
    """Hits in all registered buffers."""
    return sum(written.searcher.search(content).hits for _, content in measure.owners(written.pad))


def _in_planes(written: Written) -> int:
    """Hits in both planes of the panel."""
    search, panel = written.searcher.search, written.pad.panel
    return search(bytes(panel.bw)).hits + search(bytes(panel.red)).hits


def _ready_too_early(pad: VirtualPad, edge: float, times: dict[str, float | None]) -> int:
    """How many messages after the edge say DSR (blank and ready) before the pad was blank, whatever follows
    them."""
    if "ready" not in times:
        return 0
    steps = [times[step] for step in ("R1", "R7", "clean", "R8")]
    blank = edge + max(at_ms if at_ms is not None else float("inf") for at_ms in steps)
    said = (message.time_ns / 1e6 for message in _bits(pad) if message.payload[0] & DSR)
    return sum(edge < at_ms < blank for at_ms in said)


def _bits(pad: VirtualPad) -> list[Notification]:
    return [message for message in pad.host.notifications if message.request == SERIAL_STATE]


def _watch(written: Written, event: Event, edge: float, notified: int) -> dict[str, float | None]:
    """When each step was finally reached, polled in the order of the wipe.

    Each step is checked again until the end (LATER_MS). One that no longer holds counts from the check at
    which it holds again, or as never reached.
    """
    pad, reference = written.pad, written.reference
    times: dict[str, float | None] = dict.fromkeys(STEPS)

    def zero() -> bool:
        if not pad.powered or (event.restarts and event.number != "E10"):
            # The restart has cleared the table of owners: search all of SRAM.
            return written.searcher.search(pad.sram).hits == 0
        return measure.owners_blank(pad, reference)

    def blank() -> bool:
        return measure.planes_blank(pad, reference)

    def clean() -> bool:
        return (
            written.searcher.touch_hits(pad.touch.registers) == 0
            and measure.residue(pad, written.searcher) == 0
        )

    order: list[tuple[str, Callable[[], bool], float, float]] = [
        ("R1", zero, 0.2, 30.0),
        ("R7", blank, 0.2, 300.0),
        ("clean", clean, 2.0, 400.0),
        (
            "legible",
            lambda: on_glass.contrast(pad, written.ink, reference) < LEGIBLE_LIGHTNESS,
            10.0,
            1_000.0,
        ),
        (
            "R8",
            lambda: on_glass.ghost(pad, written.ink, written.reference) < CLEAN_LIGHTNESS,
            25.0,
            watched(pad),
        ),
    ]
    bounds = bounds_ms(pad.fitted)
    looks = {step: holds for step, holds, _, _ in order}
    if event.number == "E10":
        # The fault page is drawn over the note: from now on no part of the note may be there.
        looks["R1"] = lambda: (
            not any(written.searcher.search(content).hits for _, content in measure.owners(pad))
        )
        looks["R7"] = lambda: blank() or not _in_planes(written)
    later = [moment for moment in (*LATER_MS, bounds["legible"], bounds["ready"]) if moment < watched(pad)]
    later = [*sorted(set(later)), watched(pad)]
    reached: list[str] = []

    def look_again() -> None:
        for step in reached:
            if not looks[step]():
                times[step] = None
            elif times[step] is None:
                times[step] = pad.now_ms - edge

    def run_to(moment: float) -> None:
        """Let time pass until `moment` ms after the edge; check the reached steps at each time of `later`
        before it."""
        while later and later[0] <= moment:
            stop = later.pop(0)
            if stop > pad.now_ms - edge:
                pad.run_for(stop - (pad.now_ms - edge))
            look_again()
        if moment > pad.now_ms - edge:
            pad.run_for(moment - (pad.now_ms - edge))

    for step, holds, every_ms, until_ms in order:
        late_ms = 2 * bounds[step]
        found = False
        while not (found := holds()) and pad.now_ms - edge < until_ms:
            # Beyond this the step is late, and its exact time does not matter.
            since_ms = pad.now_ms - edge
            run_to(since_ms + (every_ms if since_ms < late_ms else LATE_TIMES * every_ms))
        if found:
            times[step] = max(0.0, pad.now_ms - edge)
        look_again()
        reached.append(step)
    run_to(watched(pad) + event.again_ms)
    ready = [message.time_ns for message in pad.host.notifications[notified:] if message.payload[0] & DSR]
    if ready:
        times["ready"] = ready[-1] / 1e6 - edge - event.again_ms
    return times


def _restarted(pad: VirtualPad) -> str:
    try:
        wait_ready(pad, RESTART_MS, 5.0)
        return ""
    except EmulationTimeout:
        return "the pad did not come back to READY"
