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

from collections.abc import Iterable

from kesu.agent.calls import Event, Report
from kesu.agent.reading.parse import Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, SourceLost
from kesu.relay.ami import CHANNEL_EVENTS, LONGEST, Reader, Said, action, login_key
from kesu.relay.pbx import PbxSource, Place, in_time
from kesu.relay.queues import QueueSeat

_CHALLENGE, _LOGIN, _STATUS, _PING = 1, 2, 3, 4
_STATE_EVENT = {5: Event.RING, 6: Event.START}
_CHANNEL_EVENT = {"Hangup": Event.END, "Hold": Event.HOLD, "Unhold": Event.START}


class Asterisk(PbxSource[Said]):
    """The AMI's client."""

    longest = LONGEST
    question = action("Ping", _PING)

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
        super().__init__(name, place, seats, channels)
        self._reasons = wrap_up_reasons
        self._queues: dict[str, QueueSeat] = {}

    def _reader(self) -> Parse[Said]:
        return Reader(self._seats, self._reasons)

    async def _log_in(self, stream: Stream[Said], deadline: float) -> None:
        while not (await in_time(stream, deadline)).banner:
            pass
        stream.send(action("Challenge", _CHALLENGE, AuthType="MD5"))
        answer = await _answer(stream, deadline, _CHALLENGE)
        if not answer.challenge:
            raise SourceLost(Loss.LOGIN)
        key = login_key(answer.challenge, self._place.secret)
        stream.send(action("Login", _LOGIN, AuthType="MD5", Username=self._place.username, Key=key))
        await _answer(stream, deadline, _LOGIN)

    def _begin(self, stream: Stream[Said]) -> None:
        self._queues = {seat: QueueSeat(seat) for seat in self._seats.values()}
        if not self._channels:
            stream.send(action("QueueStatus", _STATUS))

    def _reports(self, said: Said) -> Iterable[Report]:
        if said.event == "Shutdown":
            raise SourceLost(Loss.CLOSED)
        if said.seat is None:
            return [Report(Event.ALIVE)]
        if self._channels:
            return _of_channel(said)
        return [] if said.event in CHANNEL_EVENTS else self._queues[said.seat].take(said)


def _of_channel(said: Said) -> list[Report]:
    event = _CHANNEL_EVENT.get(said.event)
    if said.event == "Newstate":
        event = _STATE_EVENT.get(said.state if said.state is not None else -1)
    return [] if event is None or said.seat is None else [Report(event, said.call, seat=said.seat)]


async def _answer(stream: Stream[Said], deadline: float, number: int) -> Said:
    """The response to an action; SourceLost(LOGIN) when it was refused."""
    while True:
        said = await in_time(stream, deadline)
        if said.action == number and said.accepted is not None:
            if not said.accepted:
                raise SourceLost(Loss.LOGIN)
            return said
