"""presence: whether the PBX sees one seat. LOST until the PBX has named it, and when it no longer does."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.calls import Event, Report

NOT_NAMED = "not in the PBX's list"


class Presence:
    """One seat. `why`: what is wrong with it, "" while it is seen."""

    def __init__(self, seat: str) -> None:
        self._seat = seat
        self.why = NOT_NAMED

    @property
    def lost(self) -> bool:
        """Whether the PBX does not see the seat."""
        return bool(self.why)

    def seen(self) -> list[Report]:
        """The PBX sees the seat: READY if that is new."""
        if not self.why:
            return []
        self.why = ""
        return [Report(Event.READY, seat=self._seat)]

    def gone(self, why: str = NOT_NAMED) -> list[Report]:
        """The PBX does not see it: LOST if that is new."""
        before, self.why = self.why, why
        return [] if before else [Report(Event.LOST, seat=self._seat)]
