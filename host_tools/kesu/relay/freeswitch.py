"""freeswitch: the client of the event socket: logs in, subscribes, follows the events.

Two ways to watch, by `watch` in the configuration:

queues: `CUSTOM callcenter::info` of mod_callcenter; a seat is found by CC-Agent, and seen while
`callcenter_config agent get status` knows it.

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

channels: events of the seat's channels, found by Channel-Presence-ID, and seen while `sofia_contact` has a
contact for it: a phone is registered. Each channel is a call; events of channels carry the caller's number,
which is skipped.

    ==========================================  ==================
    CHANNEL_PROGRESS, CHANNEL_PROGRESS_MEDIA    ring
    CHANNEL_ANSWER, CHANNEL_UNHOLD              start
    CHANNEL_HOLD                                hold
    CHANNEL_HANGUP                              end
    ==========================================  ==================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from kesu.agent.calls import Event, Report
from kesu.agent.reading.parse import Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, SourceLost
from kesu.relay.esl import CHANNEL_EVENTS, LONGEST, Reader, Said, command
from kesu.relay.pbx import PbxSource, Place, in_time
from kesu.relay.presence import Presence

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
    """One seat of mod_callcenter: whether it is seen, its open calls, and whether READY waits for their end."""

    def __init__(self, seat: str, wrap_up: bool) -> None:
        self._seat = seat
        self.presence = Presence(seat)
        self._wrap_up = wrap_up
        self._open: set[int] = set()
        self._is_away = False
        self._ready_after = False

    def take(self, said: Said) -> list[Report]:
        """The reports that one event of this seat leads to."""
        found = self.presence.seen()
        if said.event == "agent-status-change":
            return found + self._status(said.status)
        event = QUEUE_EVENT[said.event]
        if event in (Event.RING, Event.START):
            self._open.add(said.call)
            return [*found, self._report(event, said.call)]
        self._open.discard(said.call)
        if event is Event.END and self._wrap_up:
            event = Event.WRAPUP
        found.append(self._report(event, said.call))
        if self._ready_after and not self._open:
            self._ready_after = False
            found.append(self._report(Event.READY))
        return found

    def answer(self, said: Said) -> list[Report]:
        """The reports that result from the answer about the agent's status."""
        if not said.accepted or not said.status:
            self._open.clear()
            self._is_away = self._ready_after = False
            return self.presence.gone("no such agent" if not said.accepted else "its status is not known")
        found = self.presence.seen()
        return found + (self._status(said.status) if (said.status in _GONE) is not self._is_away else [])

    def _status(self, status: str) -> list[Report]:
        if status in _GONE:
            self._is_away = True
            self._ready_after = False
            return [self._report(Event.AWAY)]
        if not status:
            return []
        self._is_away = False
        self._ready_after = bool(self._open)
        return [] if self._open else [self._report(Event.READY)]

    def _report(self, event: Event, call: int = 0) -> Report:
        return Report(event, call, seat=self._seat)


class ChannelSeat:
    """One seat whose channels are watched: whether a phone is registered for it, and the state of its channels."""

    def __init__(self, seat: str) -> None:
        self._seat = seat
        self.presence = Presence(seat)

    def take(self, said: Said) -> list[Report]:
        """The reports that one event of this seat leads to."""
        event = CHANNEL_EVENT[said.event]
        if event is Event.END and self.presence.lost:
            return []
        return [*self.presence.seen(), Report(event, said.call, seat=self._seat)]

    def answer(self, said: Said) -> list[Report]:
        """The reports that result from the answer about its contact."""
        return self.presence.seen() if said.accepted else self.presence.gone("no phone is registered")


class FreeSwitch(PbxSource[Said]):
    """The event socket's client."""

    longest = LONGEST

    def __init__(
        self, name: str, place: Place, seats: dict[str, str], *, channels: bool = False, wrap_up: bool = False
    ) -> None:
        """`seats`: agent's name or presence id -> seat. `place.username` is not used."""
        super().__init__(name, place, seats, channels)
        self._wrap_up = wrap_up
        self._asked: deque[str] = deque()  # seats whose answers are outstanding, in order; "" for the ping
        self._begin()

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

    def _begin(self) -> None:
        self._agents = {seat: AgentSeat(seat, self._wrap_up) for seat in self._seats.values()}
        self._phones = {seat: ChannelSeat(seat) for seat in self._seats.values()}
        self._asked.clear()

    @property
    def _watched(self) -> Mapping[str, AgentSeat | ChannelSeat]:
        return self._phones if self._channels else self._agents

    @property
    def unseen(self) -> dict[str, str]:
        return {seat: one.presence.why for seat, one in self._watched.items() if one.presence.lost}

    def _ping(self) -> bytes:
        self._asked.append("")
        return command("api hostname")

    def _roll_call(self) -> bytes:
        question = "api sofia_contact */{}" if self._channels else "api callcenter_config agent get status {}"
        self._asked.extend(self._seats.values())
        return b"".join(command(question.format(theirs)) for theirs in self._seats)

    def _reports(self, said: Said) -> list[Report]:
        if said.kind == "text/disconnect-notice":
            raise SourceLost(Loss.CLOSED)
        if said.kind == "api/response":
            return self._answered(said)
        if said.seat is None or (said.event in CHANNEL_EVENT) is not self._channels:
            return []
        return self._watched[said.seat].take(said)

    def _answered(self, said: Said) -> list[Report]:
        """FreeSWITCH answers api commands in the order of their arrival."""
        if not self._asked:
            return []
        seat = self._asked.popleft()
        if not seat:
            self._alive.answered()
            return []
        found = self._watched[seat].answer(said)
        if not any(self._asked):
            self._counted()
        return found


async def _reply(stream: Stream[Said], deadline: float, kind: str) -> Said:
    """The next message of that kind. SourceLost when it does not arrive, or FreeSWITCH disconnects us."""
    while True:
        said = await in_time(stream, deadline)
        if said.kind == "text/rude-rejection":
            raise SourceLost(Loss.LOGIN)
        if said.kind == "text/disconnect-notice":
            raise SourceLost(Loss.CLOSED)
        if said.kind == kind:
            return said
