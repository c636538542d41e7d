"""asterisk: the AMI client: log in, ask how the queues stand, follow.

Two ways to watch, by `watch` in the configuration:

queues: rights `read = agent`, no `write`; none of these events carries the caller's number but AgentComplete.
    What they mean: kesu.relay.queues.
channels: rights `read = call`; for sites without queues. Each channel of a seat is a call:

    ======================  ==============
    Newstate, state 5       ring
    Newstate, state 6       start
    Hold, Unhold            hold, start
    Hangup                  end
    ======================  ==============

    There is no after-call work without queues; `wrap_up = "always"` at the agent makes one of every end.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, Send, SourceLost
from kesu.relay.ami import CHANNEL_EVENTS, LONGEST, Reader, Said, action, login_key
from kesu.relay.queues import QueueSeat

ASK_S = 5.0
"""Between two pings."""
SILENT_S = 12.0
"""Without a word for this long, Asterisk is taken for dead."""
LOGIN_S = 10.0

_CHALLENGE, _LOGIN, _STATUS, _PING = 1, 2, 3, 4
_STATE_EVENT = {5: Event.RING, 6: Event.START}
_CHANNEL_EVENT = {"Hangup": Event.END, "Hold": Event.HOLD, "Unhold": Event.START}


@dataclass(frozen=True)
class Place:
    """Where a PBX is and how to log in. `tls` None: in the clear."""

    host: str
    port: int
    username: str
    secret: str
    tls: ssl.SSLContext | None = None


class Asterisk:
    """A source (kesu.agent.source.Source) that serves several seats."""

    def __init__(
        self,
        name: str,
        place: Place,
        seats: dict[str, str],
        *,
        channels: bool = False,
        wrap_up_reasons: tuple[str, ...] = (),
    ) -> None:
        """`seats`: interface -> seat. `channels`: watch channels instead of queues."""
        self.name = name
        self.bounds = Bounds(idle_s=SILENT_S + ASK_S, call_s=SILENT_S + ASK_S)
        self._place = place
        self._seats = seats
        self._channels = channels
        self._reasons = wrap_up_reasons

    async def run(self, report: Send) -> None:
        """See kesu.agent.source.Source."""
        place = self._place
        reader = Reader(self._seats, self._reasons)
        stream: Stream[Said] = await Stream.open(reader, LONGEST, place.host, place.port, place.tls)
        try:
            await self._log_in(stream)
            await self._follow(stream, report)
        finally:
            stream.close()

    async def _log_in(self, stream: Stream[Said]) -> None:
        deadline = asyncio.get_running_loop().time() + LOGIN_S
        while not (await _said(stream, deadline)).banner:
            pass
        stream.send(action("Challenge", _CHALLENGE, AuthType="MD5"))
        answer = await _answer(stream, deadline, _CHALLENGE)
        if not answer.challenge:
            raise SourceLost(Loss.LOGIN)
        key = login_key(answer.challenge, self._place.secret)
        stream.send(action("Login", _LOGIN, AuthType="MD5", Username=self._place.username, Key=key))
        await _answer(stream, deadline, _LOGIN)

    async def _follow(self, stream: Stream[Said], report: Send) -> None:
        queues = {seat: QueueSeat(seat) for seat in self._seats.values()}
        report(Report(Event.READY))
        if not self._channels:
            stream.send(action("QueueStatus", _STATUS))
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while True:
            said = await stream.next(max(0.0, asked_at + ASK_S - clock()))
            if clock() - stream.heard_at >= SILENT_S:
                raise SourceLost(Loss.SILENT)
            if clock() - asked_at >= ASK_S:
                asked_at = clock()
                stream.send(action("Ping", _PING))
            if said is None:
                continue
            if said.event == "Shutdown":
                raise SourceLost(Loss.CLOSED)
            if said.seat is None:
                report(Report(Event.ALIVE))
            elif self._channels:
                for one in _of_channel(said):
                    report(one)
            elif said.event not in CHANNEL_EVENTS:
                for one in queues[said.seat].take(said):
                    report(one)


def _of_channel(said: Said) -> list[Report]:
    event = _CHANNEL_EVENT.get(said.event)
    if said.event == "Newstate":
        event = _STATE_EVENT.get(said.state if said.state is not None else -1)
    return [] if event is None or said.seat is None else [Report(event, said.call, seat=said.seat)]


async def _said(stream: Stream[Said], deadline: float) -> Said:
    said = await stream.next(max(0.0, deadline - asyncio.get_running_loop().time()))
    if said is None:
        raise SourceLost(Loss.SILENT)
    return said


async def _answer(stream: Stream[Said], deadline: float, number: int) -> Said:
    """The response to an action; SourceLost(LOGIN) when it was refused."""
    while True:
        said = await _said(stream, deadline)
        if said.action == number and said.accepted is not None:
            if not said.accepted:
                raise SourceLost(Loss.LOGIN)
            return said
