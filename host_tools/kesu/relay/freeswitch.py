"""freeswitch: the event socket's client: log in, subscribe, follow.

Two ways to watch, by `watch` in the configuration:

queues: `CUSTOM callcenter::info` of mod_callcenter; a seat is found by CC-Agent.

    ==========================================  ==================  =====================================
    CC-Action                                   when                reported
    ==========================================  ==================  =====================================
    agent-offering                                                  ring
    bridge-agent-start                                              start
    bridge-agent-fail                                               busy: not answered
    bridge-agent-end                            `wrap_up = true`    wrapup: mod_callcenter does not say
                                                                    when its wrap-up-time is over; the
                                                                    bounds of agent and pad, or the next
                                                                    ring, end it
    bridge-agent-end                            else                end
    agent-status-change, On Break, Logged Out                       away
    agent-status-change, Available ...          no call             ready
    agent-status-change, Available ...          in a call           ready, once it has ended
    ==========================================  ==================  =====================================

channels: events of the seat's channels, found by Channel-Presence-ID. Each channel is a call; events of
channels carry the caller's number, which is passed over.

    ==========================================  ==================
    CHANNEL_PROGRESS, CHANNEL_PROGRESS_MEDIA    ring
    CHANNEL_ANSWER, CHANNEL_UNHOLD              start
    CHANNEL_HOLD                                hold
    CHANNEL_HANGUP                              end
    ==========================================  ==================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable

from kesu.agent.calls import Event, Report
from kesu.agent.reading.parse import Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, SourceLost
from kesu.relay.esl import CHANNEL_EVENTS, LONGEST, Reader, Said, command
from kesu.relay.pbx import PbxSource, Place, in_time

CHANNEL_EVENT: dict[str, Event] = {
    "CHANNEL_PROGRESS": Event.RING,
    "CHANNEL_PROGRESS_MEDIA": Event.RING,
    "CHANNEL_ANSWER": Event.START,
    "CHANNEL_UNHOLD": Event.START,
    "CHANNEL_HOLD": Event.HOLD,
    "CHANNEL_HANGUP": Event.END,
}
QUEUE_EVENT: dict[str, Event] = {
    "agent-offering": Event.RING,
    "bridge-agent-start": Event.START,
    "bridge-agent-fail": Event.BUSY,
    "bridge-agent-end": Event.END,
}
_GONE = ("On Break", "Logged Out")


class AgentSeat:
    """One seat of mod_callcenter: which calls are open, and whether READY has to wait for their end."""

    def __init__(self, seat: str, wrap_up: bool) -> None:
        self._seat = seat
        self._wrap_up = wrap_up
        self._open: set[int] = set()
        self._ready_after = False

    def take(self, said: Said) -> list[Report]:
        """The reports that one event of this seat leads to."""
        if said.event == "agent-status-change":
            return self._status(said.status)
        event = QUEUE_EVENT[said.event]
        if event in (Event.RING, Event.START):
            self._open.add(said.call)
            return [self._report(event, said.call)]
        self._open.discard(said.call)
        if event is Event.END and self._wrap_up:
            event = Event.WRAPUP
        found = [self._report(event, said.call)]
        if self._ready_after and not self._open:
            self._ready_after = False
            found.append(self._report(Event.READY))
        return found

    def _status(self, status: str) -> list[Report]:
        if status in _GONE:
            self._ready_after = False
            return [self._report(Event.AWAY)]
        if not status:
            return []
        self._ready_after = bool(self._open)
        return [] if self._open else [self._report(Event.READY)]

    def _report(self, event: Event, call: int = 0) -> Report:
        return Report(event, call, seat=self._seat)


class FreeSwitch(PbxSource[Said]):
    """The event socket's client."""

    longest = LONGEST
    question = command("api hostname")

    def __init__(
        self, name: str, place: Place, seats: dict[str, str], *, channels: bool = False, wrap_up: bool = False
    ) -> None:
        """`seats`: agent's name or presence id -> seat. `place.username` is not used."""
        super().__init__(name, place, seats, channels)
        self._wrap_up = wrap_up
        self._agents: dict[str, AgentSeat] = {}

    def _reader(self) -> Parse[Said]:
        return Reader(self._seats)

    async def _log_in(self, stream: Stream[Said], deadline: float) -> None:
        await _reply(stream, deadline, "auth/request")
        stream.send(command(f"auth {self._place.secret}"))
        if not (await _reply(stream, deadline, "command/reply")).accepted:
            raise SourceLost(Loss.LOGIN)
        events = " ".join(CHANNEL_EVENTS) if self._channels else "CUSTOM callcenter::info"
        stream.send(command(f"event plain {events}"))
        if not (await _reply(stream, deadline, "command/reply")).accepted:
            raise SourceLost(Loss.LOGIN)

    def _begin(self, stream: Stream[Said]) -> None:
        self._agents = {seat: AgentSeat(seat, self._wrap_up) for seat in self._seats.values()}

    def _reports(self, said: Said) -> Iterable[Report]:
        if said.kind == "text/disconnect-notice":
            raise SourceLost(Loss.CLOSED)
        if said.seat is None:
            return [Report(Event.ALIVE)]
        if said.event in CHANNEL_EVENT:
            event = CHANNEL_EVENT[said.event]
            return [Report(event, said.call, seat=said.seat)] if self._channels else []
        return [] if self._channels else self._agents[said.seat].take(said)


async def _reply(stream: Stream[Said], deadline: float, kind: str) -> Said:
    """The next message of that kind. SourceLost when it does not come, or FreeSWITCH shows us the door."""
    while True:
        said = await in_time(stream, deadline)
        if said.kind == "text/rude-rejection":
            raise SourceLost(Loss.LOGIN)
        if said.kind == "text/disconnect-notice":
            raise SourceLost(Loss.CLOSED)
        if said.kind == kind:
            return said
