"""pbx: common part of the Asterisk and FreeSWITCH clients: connect, log in, follow events, check that the PBX
answers and still sees every seat.

==========================================  =======================================  =====================
proof                                       otherwise                                bound
==========================================  =======================================  =====================
an answer to the question if it lives,      all its seats are lost                   SILENT_S after the
asked every ASK_S                                                                    last one answered was
                                                                                     sent
the list of its seats, asked every          seats that it does not name are lost;    COUNT_S, and COUNT_S
COUNT_S, names the seat                     without an answer all are                + SILENT_S
a login that is complete                    the connection ends                      LOGIN_S
==========================================  =======================================  =====================

Other bytes, unrequested messages and events of other seats are no proof.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic

from kesu.agent.calls import Bounds, Report
from kesu.agent.pulse import Pulse
from kesu.agent.reading.parse import Message, Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, Send, SourceLost

ASK_S = 5.0
"""Interval of the ping."""
SILENT_S = 12.0
"""The PBX is lost when the last answered ping is this old."""
COUNT_S = 10.0
"""Interval of asking for the list of seats."""
LOGIN_S = 10.0


@dataclass(frozen=True)
class Place:
    """Address and login of a PBX. `tls` None: in the clear."""

    host: str
    port: int
    username: str
    secret: str
    tls: ssl.SSLContext | None = None


class PbxSource(ABC, Generic[Message]):
    """A source (kesu.agent.source.Source) that serves several seats over one connection."""

    longest: int
    """Bytes of the longest message taken."""

    def __init__(self, name: str, place: Place, seats: dict[str, str], channels: bool) -> None:
        """`seats`: what the PBX calls a seat -> seat. `channels`: watch channels instead of queues."""
        self.name = name
        self.bounds = Bounds(idle_s=SILENT_S + ASK_S, call_s=SILENT_S + ASK_S)
        self._place = place
        self._seats = seats
        self._channels = channels
        self._alive = Pulse(ASK_S, SILENT_S, 0.0)
        self._count = Pulse(COUNT_S, COUNT_S + SILENT_S, 0.0)
        self.is_counted = False

    async def run(self, report: Send) -> None:
        """See kesu.agent.source.Source."""
        place = self._place
        self.is_counted = False
        stream: Stream[Message] = await Stream.open(
            self._reader(), self.longest, place.host, place.port, place.tls
        )
        try:
            await self._log_in(stream, asyncio.get_running_loop().time() + LOGIN_S)
            self._begin()
            await self._follow(stream, report)
        finally:
            self.is_counted = False
            stream.close()

    async def _follow(self, stream: Stream[Message], report: Send) -> None:
        clock = asyncio.get_running_loop().time
        self._alive = Pulse(ASK_S, SILENT_S, clock())
        self._count = Pulse(COUNT_S, COUNT_S + SILENT_S, clock())
        while True:
            if self._count.is_due(clock()):
                stream.send(self._roll_call())
            if self._alive.is_due(clock()):
                stream.send(self._ping())
            said = await stream.next(min(self._alive.patience(clock()), self._count.patience(clock())))
            found = [] if said is None else self._reports(said)
            if self._alive.is_lost(clock()) or self._count.is_lost(clock()):
                raise SourceLost(Loss.SILENT)
            for one in found:
                report(one)

    def _counted(self) -> None:
        """Note the end of the list of seats."""
        self._count.answered()
        self.is_counted = True

    @property
    @abstractmethod
    def unseen(self) -> dict[str, str]:
        """Seats that the PBX does not see -> why."""

    @abstractmethod
    def _reader(self) -> Parse[Message]:
        """A parser for a new connection."""

    @abstractmethod
    async def _log_in(self, stream: Stream[Message], deadline: float) -> None:
        """Log in and subscribe. SourceLost when it fails, or is not done by `deadline` (the loop's time)."""

    @abstractmethod
    def _begin(self) -> None:
        """Logged in: reset the state of an earlier connection."""

    @abstractmethod
    def _ping(self) -> bytes:
        """The ping; call `self._alive.answered()` for its answer."""

    @abstractmethod
    def _roll_call(self) -> bytes:
        """The request for the list of seats; call `self._counted()` at the end of the answer."""

    @abstractmethod
    def _reports(self, said: Message) -> list[Report]:
        """The reports that result from one message. SourceLost when the PBX announces its end."""


async def in_time(stream: Stream[Message], deadline: float) -> Message:
    """The next message. SourceLost when there is none before `deadline`, in the loop's time."""
    left_s = deadline - asyncio.get_running_loop().time()
    said = await stream.next(left_s) if left_s > 0 else None
    if said is None:
        raise SourceLost(Loss.SILENT)
    return said
