"""http: the source behind `POST /v1/state/NAME` on loopback, for bridges in a browser and the like.

Proof: a request with the token. A bridge sends `alive` when it has nothing else to report. A browser that blocks
the request, a page that was never opened and a tab that crashed all look like silence. On silence the line is
down: from the start, after `silent_s` between calls, after `silent_in_call_s` in a call.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.door import MOST, PER_SECOND, Bucket, Door
from kesu.agent.options import Options
from kesu.agent.secret import token
from kesu.agent.source import CallNumbers, Loss, Send, SourceLost
from kesu.agent.sources.http_request import LONGEST_BODY, LONGEST_HEAD, Answer, Rules, parse
from kesu.agent.wire import Wire
from kesu.common.errors import KesuError

PORT = 7413
SILENT_S = 90.0
"""A browser runs a hidden page's timers only once a minute; this is 1.5 times that."""
CONNECTIONS_PER_REQUEST = 5  # requests that the rate allows: a browser opens some in advance, and preflights

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


class HttpSource:
    """Listens on 127.0.0.1. Without a configured origin no web page can reach it. `seats`: the seats that a
    request may name; with seats, `alive` must name one."""

    def __init__(
        self,
        name: str,
        bounds: Bounds,
        *,
        port: int,
        origin: str,
        token_file: Path,
        per_second: float,
        seats: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.bounds = bounds
        self._port = port
        self._origin = origin.encode()
        self._per_second = per_second
        self._token_file = token_file
        self._seats = seats
        self._numbers = CallNumbers()

    async def run(self, report: Send) -> None:
        """Listen, and report requests that have the token. SourceLost on too many connections."""
        loop = asyncio.get_running_loop()
        try:
            secret = token(self._token_file)
        except KesuError:
            raise SourceLost(Loss.LOCAL) from None
        rules = Rules(
            hosts=tuple(f"{host}:{self._port}".encode() for host in ("127.0.0.1", "localhost")),
            origin=self._origin,
            token=secret,
            seats=tuple(seat.encode() for seat in self._seats),
            number=self._numbers.number,
        )
        bucket = Bucket(self._per_second, loop.time)
        door = Door(per_second=max(PER_SECOND, CONNECTIONS_PER_REQUEST * self._per_second))
        server = await loop.create_server(
            lambda: self._connection(door, rules, bucket, report), "127.0.0.1", self._port, backlog=MOST
        )
        async with server:
            try:
                await door.flooded()
            finally:
                door.close()

    def _connection(self, door: Door, rules: Rules, bucket: Bucket, report: Send) -> Wire:
        def received(buffer: bytearray, end: int) -> int:
            request = parse(buffer, end, rules)
            if request is None:
                return 0
            answer, report_made = request.answer, request.report
            # The rate counts rejected requests, too: it limits guessing of tokens.
            if not bucket.take():
                if report_made is not None:
                    # A client with the token exceeds the rate. A dropped request could be an end: the source is lost.
                    report(Report(Event.LOST))
                answer, report_made = Answer.TOO_MANY, None
            if report_made is not None:
                report(report_made)
            wire.send(_answer(answer, self._origin if request.from_origin else b"", request.preflight))
            wire.finish()
            return end

        wire = door.wire(received, LONGEST_HEAD + LONGEST_BODY + 4)
        return wire


def _answer(answer: Answer, origin: bytes, preflight: bool) -> bytes:
    lines = [
        b"HTTP/1.1 " + answer.value.encode(),
        b"Connection: close",
        b"Cache-Control: no-store",
        b"X-Content-Type-Options: nosniff",
        b"Vary: Origin",
    ]
    if answer is not Answer.NO_CONTENT:
        lines.append(b"Content-Length: 0")
    if answer is Answer.METHOD:
        lines.append(b"Allow: POST, OPTIONS")
    if answer is Answer.UNAUTHORIZED:
        lines.append(b"WWW-Authenticate: Bearer")
    if origin:
        lines.append(b"Access-Control-Allow-Origin: " + origin)
    if preflight:
        lines += [
            b"Access-Control-Allow-Methods: POST",
            b"Access-Control-Allow-Headers: Authorization",
            b"Access-Control-Allow-Private-Network: true",
            b"Access-Control-Max-Age: 600",
        ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def build(name: str, options: Options) -> HttpSource:
    """`kind = "http"`."""
    from kesu.agent.config import default_token

    origin = options.text("origin", "none")
    if origin != "none" and not _ORIGIN.fullmatch(origin):
        raise options.error("origin", 'must be like "https://example.my.connect.aws", without a path')
    silent_s = options.number("silent_s", SILENT_S, least=5, most=3600)
    silent_in_call_s = options.number("silent_in_call_s", SILENT_S, least=5, most=86400)
    wrap_up_s = options.number("longest_wrap_up_s", 300, least=0, most=3600)
    return HttpSource(
        name,
        Bounds(silent_s, silent_in_call_s, wrap_up_s),
        port=options.port("port", PORT),
        origin="" if origin == "none" else origin,
        token_file=options.path("token", default_token()),
        per_second=options.number("per_second", 20, least=1, most=1000),
        seats=tuple(options.names("seats", ())) if options.has("seats") else (),
    )
