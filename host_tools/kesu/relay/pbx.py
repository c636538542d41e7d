"""pbx: what following Asterisk and FreeSWITCH has in common: connect, log in, follow, ask if it lives."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic

from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.reading.parse import Message, Parse
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss, Send, SourceLost

ASK_S = 5.0
"""Between two questions."""
SILENT_S = 12.0
"""Without a word for this long, the PBX is taken for dead."""
LOGIN_S = 10.0


@dataclass(frozen=True)
class Place:
    """Where a PBX is and how to log in. `tls` None: in the clear."""

    host: str
    port: int
    username: str
    secret: str
    tls: ssl.SSLContext | None = None


class PbxSource(ABC, Generic[Message]):
    """A source (kesu.agent.source.Source) that serves several seats over one connection."""

    longest: int
    """Bytes of the longest message taken."""
    question: bytes
    """What is asked every ASK_S; any answer will do."""

    def __init__(self, name: str, place: Place, seats: dict[str, str], channels: bool) -> None:
        """`seats`: what the PBX calls a seat -> seat. `channels`: watch channels instead of queues."""
        self.name = name
        self.bounds = Bounds(idle_s=SILENT_S + ASK_S, call_s=SILENT_S + ASK_S)
        self._place = place
        self._seats = seats
        self._channels = channels

    async def run(self, report: Send) -> None:
        """See kesu.agent.source.Source."""
        place = self._place
        stream: Stream[Message] = await Stream.open(
            self._reader(), self.longest, place.host, place.port, place.tls
        )
        try:
            await self._log_in(stream, asyncio.get_running_loop().time() + LOGIN_S)
            report(Report(Event.READY))
            self._begin(stream)
            await self._follow(stream, report)
        finally:
            stream.close()

    async def _follow(self, stream: Stream[Message], report: Send) -> None:
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        while True:
            said = await stream.next(max(0.0, asked_at + ASK_S - clock()))
            if clock() - stream.heard_at >= SILENT_S:
                raise SourceLost(Loss.SILENT)
            if clock() - asked_at >= ASK_S:
                asked_at = clock()
                stream.send(self.question)
            if said is not None:
                for one in self._reports(said):
                    report(one)

    @abstractmethod
    def _reader(self) -> Parse[Message]:
        """A parser for a new connection."""

    @abstractmethod
    async def _log_in(self, stream: Stream[Message], deadline: float) -> None:
        """Log in and subscribe. SourceLost when it fails, or is not done by `deadline` (the loop's time)."""

    @abstractmethod
    def _begin(self, stream: Stream[Message]) -> None:
        """Logged in: forget what an earlier connection said, ask how things stand."""

    @abstractmethod
    def _reports(self, said: Message) -> Iterable[Report]:
        """What one message leads to. SourceLost when the PBX says that it ends."""


async def in_time(stream: Stream[Message], deadline: float) -> Message:
    """The next message. SourceLost when there is none before `deadline`, in the loop's time."""
    said = await stream.next(max(0.0, deadline - asyncio.get_running_loop().time()))
    if said is None:
        raise SourceLost(Loss.SILENT)
    return said
