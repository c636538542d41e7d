"""manual_clock: a clock without an emulator, for exact tests of models."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.core.stepped_clock import SteppedClock


class ManualClock(SteppedClock):
    """Time passes only in `advance`, so tests of models are exact."""

    def advance_ms(self, milliseconds: float) -> None:
        """`advance` in milliseconds."""
        self.advance(round(milliseconds * NS_PER_MS))
