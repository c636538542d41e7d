"""relay: calls of one seat, from the site's `kesu relay`. The agent connects; the PC opens no port.

The protocol is kesu.agent.reading.relayed. While the relay's PBX is lost or does not see the seat, the relay
reports it, and the seat is lost, too.

Proof: the relay's pulse for this seat, `alive` every ALIVE_S. Nothing else counts: without a pulse for
SILENT_S the relay is lost, even if other data arrives.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.options import Options
from kesu.agent.place import is_loopback
from kesu.agent.private import read_private
from kesu.agent.reading.relayed import LONGEST, NAME, SILENT_S, TOKEN, hello, parse
from kesu.agent.reading.stream import CONNECT_S, Stream
from kesu.agent.source import Loss, Send, Source, SourceLost

PORT = 7443
ALIVE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class RelayPlace:
    """Where the relay is, and how this seat shows itself there. tls None: in the clear, on this PC only."""

    host: str
    port: int
    seat: str
    token: str
    tls: ssl.SSLContext | None


class Relay:
    """The source: one connection to the relay, for one seat."""

    def __init__(
        self, name: str, host: str, port: int, seat: str, token: str, tls: ssl.SSLContext | None
    ) -> None:
        self.name = name
        self.bounds = Bounds(idle_s=SILENT_S + ALIVE_EVERY_S, call_s=SILENT_S + ALIVE_EVERY_S)
        self.place = RelayPlace(host, port, seat, token, tls)

    async def run(self, report: Send) -> None:
        """See kesu.agent.source.Source."""
        place = self.place
        stream: Stream[Report | bool] = await Stream.open(parse, LONGEST, place.host, place.port, place.tls)
        try:
            stream.send(hello(place.seat, place.token))
            answer = await stream.next(CONNECT_S)
            if answer is not True:
                raise SourceLost(Loss.SILENT if answer is None else Loss.LOGIN)
            await _follow(stream, report)
        finally:
            stream.close()


async def _follow(stream: Stream[Report | bool], report: Send) -> None:
    clock = asyncio.get_running_loop().time
    pulse_at = clock()
    while True:
        said = await stream.next(ALIVE_EVERY_S)
        if isinstance(said, bool):
            raise SourceLost(Loss.PROTOCOL)
        if said is not None and said.event in (Event.ALIVE, Event.LOST):
            pulse_at = clock()
        elif clock() - pulse_at >= SILENT_S:
            raise SourceLost(Loss.SILENT)
        if said is not None:
            report(said)


def build(name: str, options: Options) -> Source:
    """`kind = "relay"`: host, port (7443), seat, token_file, tls (true), ca (a PEM file; default: the PC's
    own).

    `tls = false` is accepted only for a relay on this PC."""
    host, port = options.text("host"), options.port("port", PORT)
    seat = options.text("seat")
    if not NAME.fullmatch(seat):
        raise options.error("seat", "must be letters, digits, dots, dashes and underscores, at most 48")
    token = read_private(options.path("token_file")).decode("ascii", "replace").strip()
    if not TOKEN.fullmatch(token):
        raise options.error("token_file", "must name a file with one token of 16 to 86 letters and digits")
    secure = options.flag("tls", True)
    if not secure and not is_loopback(host):
        raise options.error("tls", "must be true for a relay on another machine")
    authority = options.path("ca", Path())
    return Relay(name, host, port, seat, token, _context(options, authority) if secure else None)


def _context(options: Options, authority: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if authority == Path() else str(authority))
    except (OSError, ssl.SSLError):
        raise options.error("ca", "must name a PEM file of certificates") from None
