"""absence: reasons for an unattended PC, and the LOCK and UNLOCK reports that they lead to."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from enum import Enum

from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.source import Send

HEARTBEAT_S = 10.0
BOUND_S = 35.0
BOUNDS = Bounds(BOUND_S, BOUND_S)


class Away(Enum):
    """Why the PC is unattended; several reasons may hold at once."""

    LOCKED = "locked"
    ASLEEP = "asleep"  # about to sleep, until it has woken up
    INACTIVE = "inactive"  # another session is on the screen
    GONE = "gone"  # logged out


class Absence:
    """Turns the reasons into LOCK and UNLOCK: waking up does not unlock a screen."""

    def __init__(self, report: Send) -> None:
        self._report = report
        self._reasons: set[Away] = set()

    def set(self, reason: Away, holds: bool) -> None:
        """One reason begins or ceases to hold."""
        if holds:
            self._reasons.add(reason)
        else:
            self._reasons.discard(reason)
        self.repeat()

    def repeat(self) -> None:
        """Repeat the report; also the heartbeat."""
        self._report(Report(Event.LOCK if self._reasons else Event.UNLOCK))
