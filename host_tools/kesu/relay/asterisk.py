"""asterisk: the AMI client: logs in, asks for the state of the queues, follows the events.

Two ways to watch, by `watch` in the configuration:

queues: rights `read = agent`, no `write`; of these events only AgentComplete carries the caller's number.
    Meaning: kesu.relay.queues. The list of seats is QueueStatus, which needs no right.
channels: rights `read = call`, `write = reporting`; for sites without queues. The list of seats is
    DeviceStateList: a seat is seen while its device is in the list, in a state other than UNKNOWN, INVALID
    and UNAVAILABLE, which DeviceStateChange says in between, too. Each channel of a seat is a call:

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

from collections.abc import Mapping

from kesu.agent.calls import Event, Report
from kesu.agent.reading.parse import Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, SourceLost
from kesu.relay.ami import CHANNEL_EVENTS, COMPLETE, DEVICE, LONGEST, Reader, Said, action, login_key
from kesu.relay.pbx import PbxSource, Place, in_time
from kesu.relay.presence import Presence
from kesu.relay.queues import DEVICE as USABLE
from kesu.relay.queues import QueueSeat

_CHALLENGE, _LOGIN, _STATUS, _PING = 1, 2, 3, 4
_STATE_EVENT = {5: Event.RING, 6: Event.START}
_CHANNEL_EVENT = {"Hangup": Event.END, "Hold": Event.HOLD, "Unhold": Event.START}


class Asterisk(PbxSource[Said]):
    """The AMI's client."""

    longest = LONGEST

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
        self._queues = {seat: QueueSeat(seat) for seat in seats.values()}
        self._devices = {seat: DeviceSeat(seat) for seat in seats.values()}

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

    def _begin(self) -> None:
        self._queues = {seat: QueueSeat(seat) for seat in self._seats.values()}
        self._devices = {seat: DeviceSeat(seat) for seat in self._seats.values()}

    @property
    def unseen(self) -> dict[str, str]:
        return {seat: one.presence.why for seat, one in self._watched.items() if one.presence.lost}

    @property
    def _watched(self) -> Mapping[str, QueueSeat | DeviceSeat]:
        return self._devices if self._channels else self._queues

    def _ping(self) -> bytes:
        return action("Ping", _PING)

    def _roll_call(self) -> bytes:
        for one in self._watched.values():
            one.ask()
        return action("DeviceStateList" if self._channels else "QueueStatus", _STATUS)

    def _reports(self, said: Said) -> list[Report]:
        if said.event == "Shutdown":
            raise SourceLost(Loss.CLOSED)
        if said.accepted is not None:
            if said.action == _PING:
                self._alive.answered()
            elif said.action == _STATUS and not said.accepted:
                raise SourceLost(Loss.RIGHTS)
            return []
        if said.event in COMPLETE:
            if said.event != COMPLETE[self._channels] or said.action not in (None, _STATUS):
                return []
            self._counted()
            return [report for one in self._watched.values() for report in one.complete()]
        if said.seat is None or (said.event in (*CHANNEL_EVENTS, DEVICE)) is not self._channels:
            return []
        return self._watched[said.seat].take(said)


class DeviceSeat:
    """One seat whose channels are watched: the state of its device and of its channels."""

    def __init__(self, seat: str) -> None:
        self._seat = seat
        self.presence = Presence(seat)
        self._is_named = False

    def take(self, said: Said) -> list[Report]:
        """The reports that result from one event of this seat."""
        if said.event == DEVICE:
            self._is_named = True
            if said.status in USABLE:
                return self.presence.seen()
            return self.presence.gone(f"device state {said.status}")
        event = _CHANNEL_EVENT.get(said.event)
        if said.event == "Newstate":
            event = _STATE_EVENT.get(said.state if said.state is not None else -1)
        if event is None or (event is Event.END and self.presence.lost):
            return []
        return [*self.presence.seen(), Report(event, said.call, seat=self._seat)]

    def ask(self) -> None:
        """Note that the list of devices was requested."""
        self._is_named = False

    def complete(self) -> list[Report]:
        """The list has ended: a device that is not in it does not exist."""
        return [] if self._is_named else self.presence.gone()


async def _answer(stream: Stream[Said], deadline: float, number: int) -> Said:
    """The response to an action; SourceLost(LOGIN) when it was refused."""
    while True:
        said = await in_time(stream, deadline)
        if said.action == number and said.accepted is not None:
            if not said.accepted:
                raise SourceLost(Loss.LOGIN)
            return said
