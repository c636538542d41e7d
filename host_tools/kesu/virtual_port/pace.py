"""pace: keeps emulated time in step with real time, as far as the machine can."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import time
from collections.abc import Callable

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.clock import NS_PER_MS

SLICE_NS = 5 * NS_PER_MS
"""Longest emulated time of one turn; the line is polled between turns."""
LATE_NS = 1_000 * NS_PER_MS
"""A pad this far behind counts as late until it has caught up."""
GIVEN_UP_NS = 5_000 * NS_PER_MS
"""Delay beyond this is dropped instead of caught up: the pad's timeouts then expire later."""


class Pace:
    """Runs a pad up to the present, in slices.

    A pad that sleeps costs almost nothing, one that draws takes several times as long as the real one: it
    falls behind, and catches up when it sleeps. `behind_ns` says how far it is behind, `late` whether that is
    worth a word. `slice_ns` may be set finer while something is timed.
    """

    def __init__(self, pad: VirtualPad, real_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._pad = pad
        self._real_ns = real_ns
        self._offset_ns = pad.clock.now_ns - real_ns()
        self.slice_ns = SLICE_NS
        self.behind_ns = 0
        self.late = False

    def turn(self) -> bool:
        """Let at most one slice pass; returns whether the pad has caught up with the present."""
        wanted = self._real_ns() + self._offset_ns
        now = self._pad.clock.now_ns
        if wanted - now > GIVEN_UP_NS:
            self._offset_ns -= wanted - now
            wanted = now + self.slice_ns
        self._pad.emulator.run_until_ns(min(wanted, now + self.slice_ns))
        self.behind_ns = max(0, self._real_ns() + self._offset_ns - self._pad.clock.now_ns)
        caught_up = self.behind_ns < self.slice_ns
        self.late = self.behind_ns > LATE_NS or (self.late and not caught_up)
        return caught_up
