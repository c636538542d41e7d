"""tally: counts what happened since the agent's start. Numbers only: no call, no pad's name, no time of day."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.agent.serial_link import Happening


@dataclass(slots=True)
class Tally:
    """Each field is the field of kesu.fleet.counts.Counts with the same name."""

    wipes_confirmed: int = 0
    wipes_unconfirmed: int = 0
    lines_down: int = 0
    pads_lost: int = 0
    sources_lost: int = 0
    faults: int = 0
    pads_spoke: int = 0
    stalls: int = 0

    def happened(self, happening: Happening) -> None:
        """Count an event of a line."""
        if happening is Happening.BLANK:
            self.wipes_confirmed += 1
        elif happening is Happening.NOT_BLANK:
            self.wipes_unconfirmed += 1
        elif happening is Happening.CLOSED:
            self.pads_lost += 1
        elif happening is Happening.FAULT:
            self.faults += 1
        elif happening is Happening.SPOKE:
            self.pads_spoke += 1
        elif happening is Happening.STALLED:
            self.stalls += 1
