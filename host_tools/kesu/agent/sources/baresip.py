"""baresip: calls of a baresip softphone, from its module ctrl_tcp (netstrings of JSON).

Events and their names: baresip, src/event.c and modules/ctrl_tcp/ctrl_tcp.c; tried with baresip 1.1.0.

======================  ======================================  ===================================
baresip sends           meaning                                 reported
======================  ======================================  ===================================
CALL_INCOMING           a call rings here                       ring
CALL_ESTABLISHED        answered, by either side                start
CALL_CLOSED             over: hung up, declined, not answered   end
SHUTDOWN, EXIT          baresip ends                            the source is lost
any other event         outgoing call rings, SDP                nothing
"Active calls (0)"      no call, though some were open          ready: they are over
no "Active calls"       baresip has no account at all           the source is lost
REGISTER_FAIL           an account lost its registrar           the seat is lost, until its REGISTER_OK
UNREGISTERING           the same, asked for                     the same
"Active calls (N)"      calls, though none was known            start, of a call without a number
connection lost,        killed, stopped, network cut            the source is lost
no answer in time
======================  ======================================  ===================================

Proof: the answer to the question for the list of calls, asked every ASK_S. Other events and bytes are
no proof: baresip is lost when the last answered question is SILENT_S old. Whether the far end of
a call is still there, baresip itself knows only with `rtp_timeout` in its configuration.

Several calls: each has its own number, made from its id. Hold: baresip 1.1.0 has no event for it. Wrap-up:
baresip knows none; `wrap_up = "always"` in the configuration makes one of every end.

ctrl_tcp listens on every interface unless configured otherwise, and takes one connection: a later one
replaces it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report
from kesu.agent.options import Options
from kesu.agent.place import is_loopback
from kesu.agent.pulse import Pulse
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
"""Interval of asking for the list of calls."""
SILENT_S = 3.0
"""baresip is lost after this long without an answer."""

_ASK = frame(b'{"command":"listcalls"}')
_ACTIVE = b"--- Active calls ("
_LOST = ("SHUTDOWN", "EXIT")
_REGISTERED = {"REGISTER_OK": True, "REGISTER_FAIL": False, "UNREGISTERING": False}
EVENTS: dict[str, Event] = {
    "CALL_INCOMING": Event.RING,
    "CALL_ESTABLISHED": Event.START,
    "CALL_CLOSED": Event.END,
}
_WANTED = (b"event", b"type", b"id", b"response", b"data", b"accountaor")


@dataclass(frozen=True, slots=True)
class Said:
    """One message: an event that counts (`event`, `call`), the end of baresip, whether an account is
    registered, or an answer: how many calls are (None: no account)."""

    event: Event | None = None
    call: int = ANONYMOUS
    leaving: bool = False
    account: int = 0
    registered: bool | None = None
    answered: bool = False
    calls: int | None = None


class Reader:
    """Parses ctrl_tcp's messages in place; a call's id becomes a number, nothing else is taken from them."""

    def __init__(self) -> None:
        self._numbers = CallNumbers()
        self._types = Names((*EVENTS, *_LOST, *_REGISTERED))

    def __call__(self, buffer: bytearray, end: int) -> tuple[int, Said | None]:
        """See kesu.agent.reading.parse.Parse."""
        used, payload = payload_of(buffer, end)
        if used == 0:
            return 0, None
        found = members(buffer, payload, _WANTED)
        if says(buffer, found.get(b"event"), b"true"):
            return used, self._event(buffer, found)
        if says(buffer, found.get(b"response"), b"true"):
            return used, Said(answered=True, calls=_active(buffer, found.get(b"data")))
        raise Malformed("neither an event nor a response")

    def _event(self, buffer: bytearray, found: dict[bytes, Span]) -> Said | None:
        kind = self._types.at(buffer, found.get(b"type"))
        if kind is None:
            return None
        if kind in _LOST:
            return Said(leaving=True)
        if kind in _REGISTERED:
            account = self._number(buffer, found.get(b"accountaor"))
            return Said(account=account, registered=_REGISTERED[kind])
        return Said(EVENTS[kind], self._number(buffer, found.get(b"id")))

    def _number(self, buffer: bytearray, span: Span | None) -> int:
        if span is None:
            return ANONYMOUS
        with memoryview(buffer) as view:
            return self._numbers.number(view[span[0] : span[1]])


def _active(buffer: bytearray, data: Span | None) -> int | None:
    """The sum over all accounts of "Active calls (N)"; None without such a line."""
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
        pulse = Pulse(ASK_S, SILENT_S, loop_time())
        while True:
            if pulse.is_due(loop_time()):
                stream.send(_ASK)
            said = await stream.next(pulse.patience(loop_time()))
            if said is not None and said.answered:
                pulse.answered()
            if pulse.is_lost(loop_time()):
                raise SourceLost(Loss.SILENT)
            if said is not None:
                if said.leaving:
                    raise SourceLost(Loss.CLOSED)
                if said.answered and said.calls is None:
                    raise SourceLost(Loss.NO_SEAT)
                for one in known.take(said):
                    report(one)


class Known:
    """The open calls that this connection knows."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._unregistered: set[int] = set()
        self._asked = False

    def take(self, said: Said) -> list[Report]:
        """The reports that result from one message."""
        if said.registered is not None:
            return self._registration(said.account, said.registered)
        if self._unregistered or (said.answered and said.calls is None):
            return [Report(Event.LOST)]
        if said.event is not None:
            if said.event is Event.END:
                if said.call not in self._open and ANONYMOUS in self._open:
                    # The call was open before this connection: it is the one without a number.
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

    def _registration(self, account: int, registered: bool) -> list[Report]:
        if not registered:
            self._unregistered.add(account)
            self._open.clear()
            self._asked = False  # the next list of calls gives the state
            return [Report(Event.LOST)]
        self._unregistered.discard(account)
        return []


def build(name: str, options: Options) -> Source:
    """`kind = "baresip"`: host (127.0.0.1), port (4444). ctrl_tcp has no TLS and no password: a host that is
    not this PC needs `plain_text = true`."""
    host = options.text("host", "127.0.0.1")
    plain = options.flag("plain_text", False)
    if not is_loopback(host) and not plain:
        raise options.error(
            "host",
            "is another machine, and ctrl_tcp is not encrypted: use a tunnel, or set `plain_text = true`",
        )
    return Baresip(name, host, options.port("port", 4444))
