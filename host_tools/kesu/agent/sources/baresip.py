"""baresip: calls of a baresip softphone, from its module ctrl_tcp (netstrings of JSON).

Events and their names: baresip, src/event.c and modules/ctrl_tcp/ctrl_tcp.c; tried with baresip 1.1.0.

======================  ======================================  ===================================
baresip says            that is                                 reported
======================  ======================================  ===================================
CALL_INCOMING           a call rings here                       ring
CALL_ESTABLISHED        answered, by either side                start
CALL_CLOSED             over: hung up, declined, not answered   end
SHUTDOWN, EXIT          baresip ends                            the source is lost
any other event         outgoing call rings, SDP, registration  nothing
"Active calls (0)"      no call, though some were open          ready: they are over
"Active calls (N)"      calls, though none was known            start, of a call without a number
connection lost,        killed, stopped, network cut            the source is lost
no answer in time
======================  ======================================  ===================================

Several calls: each has its own number, made from its id. Hold: baresip 1.1.0 has no event for it. Wrap-up:
baresip knows none; `wrap_up = "always"` in the configuration makes one of every end.

ctrl_tcp listens on every interface unless told otherwise, and takes one connection: a later one replaces it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report
from kesu.agent.options import Options
from kesu.agent.reading.headers import says
from kesu.agent.reading.members import members
from kesu.agent.reading.names import Names, Span, number_at
from kesu.agent.reading.netstring import frame, payload_of
from kesu.agent.reading.parse import Malformed
from kesu.agent.reading.stream import Stream
from kesu.agent.source import CallNumbers, Loss, Send, Source, SourceLost

LONGEST = 16_384
"""Bytes of the longest message taken: an event has some 300, a list of calls 120 for each call."""
ASK_S = 1.0
"""How often the list of calls is asked for."""
SILENT_S = 3.0
"""Without an answer for this long, baresip is taken for dead."""

_ASK = frame(b'{"command":"listcalls"}')
_ACTIVE = b"--- Active calls ("
_LOST = ("SHUTDOWN", "EXIT")
EVENTS: dict[str, Event] = {
    "CALL_INCOMING": Event.RING,
    "CALL_ESTABLISHED": Event.START,
    "CALL_CLOSED": Event.END,
}
_WANTED = (b"event", b"type", b"id", b"response", b"data")


@dataclass(frozen=True, slots=True)
class Said:
    """One message: an event that counts (`event`, `call`), the end of baresip, or how many calls are."""

    event: Event | None = None
    call: int = ANONYMOUS
    leaving: bool = False
    calls: int | None = None


class Reader:
    """Parses ctrl_tcp's messages in place; a call's id becomes a number, nothing else is taken from them."""

    def __init__(self) -> None:
        self._numbers = CallNumbers()
        self._types = Names((*EVENTS, *_LOST))

    def __call__(self, buffer: bytearray, end: int) -> tuple[int, Said | None]:
        """See kesu.agent.reading.parse.Parse."""
        used, payload = payload_of(buffer, end)
        if used == 0:
            return 0, None
        found = members(buffer, payload, _WANTED)
        if says(buffer, found.get(b"event"), b"true"):
            return used, self._event(buffer, found)
        if says(buffer, found.get(b"response"), b"true"):
            return used, Said(calls=_active(buffer, found.get(b"data")))
        raise Malformed("neither an event nor a response")

    def _event(self, buffer: bytearray, found: dict[bytes, Span]) -> Said | None:
        kind = self._types.at(buffer, found.get(b"type"))
        if kind is None:
            return None
        if kind in _LOST:
            return Said(leaving=True)
        span = found.get(b"id")
        if span is None:
            return Said(EVENTS[kind])
        with memoryview(buffer) as view:
            return Said(EVENTS[kind], self._numbers.number(view[span[0] : span[1]]))


def _active(buffer: bytearray, data: Span | None) -> int | None:
    """The sum over all accounts of "Active calls (N)"; None where nothing of the kind is said."""
    total: int | None = None
    if data is None:
        return None
    index, end = data
    while (index := buffer.find(_ACTIVE, index, end)) >= 0:
        index += len(_ACTIVE)
        count = number_at(buffer, (index, buffer.find(b")", index, end)))
        if count is None:
            raise Malformed("a list of calls says how many there are")
        total = (total or 0) + count
    return total


class Baresip:
    """The source: one connection to one baresip."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self.name = name
        self.bounds = Bounds(idle_s=SILENT_S + ASK_S, call_s=SILENT_S + ASK_S)
        self._host = host
        self._port = port

    async def run(self, report: Send) -> None:
        """See kesu.agent.source.Source."""
        stream: Stream[Said] = await Stream.open(Reader(), LONGEST, self._host, self._port)
        try:
            await self._follow(stream, report)
        finally:
            stream.close()

    async def _follow(self, stream: Stream[Said], report: Send) -> None:
        known = Known()
        loop_time = asyncio.get_running_loop().time
        asked_at = loop_time()
        stream.send(_ASK)
        while True:
            said = await stream.next(max(0.0, asked_at + ASK_S - loop_time()))
            if loop_time() - stream.heard_at >= SILENT_S:
                raise SourceLost(Loss.SILENT)
            if said is not None:
                if said.leaving:
                    raise SourceLost(Loss.CLOSED)
                for one in known.take(said):
                    report(one)
            if loop_time() - asked_at >= ASK_S:
                asked_at = loop_time()
                stream.send(_ASK)


class Known:
    """Which calls are open, as far as this connection was told."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._asked = False

    def take(self, said: Said) -> list[Report]:
        """The reports that one message leads to."""
        if said.event is not None:
            if said.event is Event.END:
                if said.call not in self._open and ANONYMOUS in self._open:
                    # It was open before this connection was: the call without a number is this one.
                    self._open.discard(ANONYMOUS)
                    return [Report(Event.END)]
                self._open.discard(said.call)
            else:
                self._open.add(said.call)
            return [Report(said.event, said.call)]
        first, self._asked = not self._asked, True
        if said.calls == 0 and (first or self._open):
            self._open.clear()
            return [Report(Event.READY)]
        if said.calls and not self._open:
            self._open.add(ANONYMOUS)
            return [Report(Event.START)]
        return [Report(Event.ALIVE)]


def build(name: str, options: Options) -> Source:
    """`kind = "baresip"`: host (127.0.0.1), port (4444)."""
    return Baresip(name, options.text("host", "127.0.0.1"), options.port("port", 4444))
