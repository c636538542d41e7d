"""glass_times: when the note was no longer on the computed glass of a pad in a rig."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.verify.bounds import READY_BOUND_MS, watched_ms
from kesu.verify.search import on_glass
from kesu.verify.search.measure import Blank
from numpy.typing import NDArray

from kesu_dev.rig.protocol import Note
from kesu_dev.rig_verify import pad_clock
from kesu_dev.rig_verify.bench import Bench
from kesu_dev.rig_verify.glass import Replay, after

STEP_MS = 20.0


@dataclass(frozen=True)
class GlassTimes:
    """L* of what is left at the end, and ms of the pad's time from the edge until the note was no longer legible, and
    until the glass was clean; None: never."""

    left: float
    legible_ms: float | None
    clean_ms: float | None


def watched(
    replay: Replay, edge_us: int, halts: Sequence[Note], ink: NDArray[np.bool_], reference: Blank
) -> GlassTimes:
    """Watch the glass from the edge until after the last bound. All of it must have been fetched; what the replay has
    shown so far ends before the edge."""
    moments = np.arange(0.0, watched_ms(READY_BOUND_MS[replay.fitted]) + STEP_MS, STEP_MS)
    seen: list[tuple[float, float, float]] = []
    for at_ms in moments:
        replay.run_to(_rig_us(edge_us, at_ms, halts))
        eye, camera = (look(replay, ink, reference) for look in (on_glass.contrast, on_glass.ghost))
        seen.append((float(at_ms), eye, camera))
    return GlassTimes(
        seen[-1][2],
        _since(seen, lambda one: one[1] < LEGIBLE_LIGHTNESS),
        _since(seen, lambda one: one[2] < CLEAN_LIGHTNESS),
    )


def _rig_us(edge_us: int, at_ms: float, halts: Sequence[Note]) -> int:
    """A moment of the pad's time on the rig's clock: stops of the core come on top."""
    us = round(at_ms * 1_000)
    for begin, end in pad_clock.pauses(halts):
        if after(begin.us, edge_us) < us:
            us += after(end.us, begin.us)
    return edge_us + us


def _since(
    seen: Sequence[tuple[float, float, float]], holds: Callable[[tuple[float, float, float]], bool]
) -> float | None:
    """The first moment from which on it holds until the end."""
    since: float | None = None
    for one in seen:
        since = None if not holds(one) else one[0] if since is None else since
    return since


class GlassWatch:
    """The computed glass of the pad on a bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._shown_us = bench.actions.rig.now_us()

    def show(self) -> None:
        """Let the glass be as it is now. Raises RigError."""
        replay = self._bench.replay
        replay.fetch()
        replay.note_stops(pad_clock.halts(self._bench, self._shown_us))
        self._shown_us = self._bench.actions.rig.now_us()
        replay.run_to(self._shown_us)

    def watch(self, edge_us: int, ink: NDArray[np.bool_], reference: Blank) -> GlassTimes:
        """What the glass did after the edge. Raises RigError."""
        replay = self._bench.replay
        replay.fetch()
        stops = pad_clock.halts(self._bench, self._shown_us)
        replay.note_stops(stops)
        return watched(replay, edge_us, [one for one in stops if after(one.us, edge_us) >= 0], ink, reference)
