"""desk: the state of one seat, sent to its agent when it connects and on every change."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.calls import ENDS, OPEN_CALLS, Event, Report

_OPENS = (Event.RING, Event.START, Event.HOLD)


class Desk:
    """One seat. Lost until its PBX is there."""

    def __init__(self) -> None:
        self._open: dict[int, Event] = {}
        self._away = False
        self.lost = True

    def take(self, report: Report) -> bool:
        """Remember a report of this seat; returns whether to send it to the agent. The rules of calls are the
        agent's, which applies them to the same reports."""
        event = report.event
        if event is Event.LOST:
            is_new, self.lost = not self.lost, True
            self._open.clear()
            self._away = False
            return is_new
        if event is Event.ALIVE:
            return False
        self.lost = False
        if event in _OPENS and (report.call in self._open or len(self._open) < OPEN_CALLS):
            self._open[report.call] = event
        elif event in ENDS:
            self._open.pop(report.call, None)
        elif event is Event.READY:
            self._open.clear()
            self._away = False
        elif event is Event.AWAY:
            self._away = True
        return True

    def so_far(self) -> list[Report]:
        """The present state as reports, for an agent that has just connected."""
        if self.lost:
            return [Report(Event.LOST)]
        away = [Report(Event.AWAY)] if self._away else []
        return [Report(Event.READY), *away, *(Report(event, call) for call, event in self._open.items())]

    @property
    def pulse(self) -> Report:
        """The report to send when nothing has changed."""
        return Report(Event.LOST if self.lost else Event.ALIVE)
