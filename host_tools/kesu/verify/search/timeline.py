"""timeline: when each trace of the note is gone, from the edge of a wipe event."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.contrast import LEGIBLE_LIGHTNESS
from kesu.verify.bounds import bounds_ms, watched_ms
from kesu.verify.search import measure, on_glass
from kesu.verify.search.measure import Blank
from kesu.verify.search.searcher import Searcher


@dataclass(frozen=True)
class Step:
    """A condition that must become and stay true; not checked before the step named by `after` is true.

    bound_ms counts from the event, or from the time at which the step named by `after` became true. every_ms:
    interval of an expensive check once it is true; until then it runs at every stop.
    """

    name: str
    bound_ms: float
    holds: Callable[[], bool]
    after: str | None = None
    every_ms: float = 0.0


@dataclass(frozen=True)
class Reading:
    """When a step became and stayed true, None if never: emulated ms from the event or, like its bound, from
    the step named by Step.after."""

    name: str
    at_ms: float | None
    bound_ms: float

    @property
    def within(self) -> bool:
        return self.at_ms is not None and self.at_ms <= self.bound_ms


def steps(pad: VirtualPad, searcher: Searcher, ink: NDArray[np.bool_], reference: Blank) -> list[Step]:
    """All steps with their bounds, for one note."""
    bounds = bounds_ms(pad.fitted)
    return [
        Step("note and frame buffers zero (R1)", bounds["R1"], lambda: measure.owners_blank(pad, reference)),
        Step(
            "both panel planes blank (R7), from R1 on",
            bounds["R7"],
            lambda: measure.planes_blank(pad, reference),
            after="note and frame buffers zero (R1)",
        ),
        Step(
            "SRAM, USB RAM, registers, touch clean (R2-R5, R9), from R1 on",
            bounds["clean"],
            lambda: measure.residue(pad, searcher) == 0,
            after="note and frame buffers zero (R1)",
            every_ms=100.0,
        ),
        Step(
            "ink no longer legible on the glass",
            bounds["legible"],
            lambda: on_glass.contrast(pad, ink, reference) < LEGIBLE_LIGHTNESS,
        ),
        Step(
            "glass clean, no residual image (R8)",
            bounds["R8"],
            lambda: pad.glass.clean(ink),
        ),
        Step("pad accepts ink again (DSR)", bounds["ready"], lambda: bool(pad.host.serial_state.dsr)),
    ]


def stop_ms(elapsed_ms: float) -> float:
    """Time to the next stop: short where the bounds are tight."""
    if elapsed_ms < 6.0:
        return 0.1
    return 1.0 if elapsed_ms < 80.0 else 5.0


def watch(
    pad: VirtualPad,
    rows: list[Step],
    event: Callable[[], None],
    progress: Callable[[float], None] | None = None,
) -> list[Reading]:
    """Cause the event and watch the pad until all bounds have passed.

    A step that becomes false again counts from the last time it became true. progress is called with the
    fraction done, 0..1. Returns one reading per step, in order.
    """
    start = pad.now_ms
    watched = watched_ms(max((row.bound_ms for row in rows), default=0.0))
    since: dict[str, float | None] = {row.name: None for row in rows}
    checked: dict[str, float] = {}
    event()
    while True:
        elapsed = pad.now_ms - start
        last = elapsed >= watched
        for row in rows:
            if row.after is not None and since[row.after] is None:
                since[row.name] = None
                continue
            known = since[row.name]
            if known is not None and not last and elapsed - checked[row.name] < row.every_ms:
                continue
            checked[row.name] = elapsed
            if not row.holds():
                since[row.name] = None
            elif known is None:
                since[row.name] = elapsed
        if progress is not None:
            progress(min(elapsed / watched, 1.0))
        if last:
            break
        pad.run_for(stop_ms(elapsed))
    readings: list[Reading] = []
    for row in rows:
        at_ms, anchor = since[row.name], 0.0 if row.after is None else since[row.after]
        counted = None if at_ms is None or anchor is None else at_ms - anchor
        readings.append(Reading(row.name, counted, row.bound_ms))
    return readings
