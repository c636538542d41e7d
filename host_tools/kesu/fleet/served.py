"""served: a small read-only HTTP server: GET, one answer, then the connection is closed.

==========================================  ========================================
a request                                   answer
==========================================  ========================================
on loopback with a Host that is not         403: a web page reached it by a name that
127.0.0.1 or localhost with the port        now points to this machine (DNS rebinding)
without the secret, where there is one      401
another method, another path                405, 404
over LONGEST, or later than REQUEST_S       closed
while MOST are open                         closed
==========================================  ========================================

No answer allows another origin to read it, and none may be framed or cached.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from kesu.common.bounded import bounded

LONGEST = 8192
REQUEST_S = 5.0
MOST = 32
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Request:
    """A GET. query: the first value of each name. languages: the header Accept-Language."""

    path: str
    query: Mapping[str, str]
    languages: str


@dataclass(frozen=True)
class Answer:
    """What to send. policy: Content-Security-Policy."""

    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    status: str = "200 OK"
    policy: str = NOTHING
    more: tuple[str, ...] = field(default=())


NOT_FOUND = Answer(b"Not found.\n", status="404 Not Found")
_METHOD = Answer(b"Only GET.\n", status="405 Method Not Allowed", more=("Allow: GET, HEAD",))
_HOST = Answer(b"Wrong host.\n", status="403 Forbidden")
_SECRET = Answer(
    b"The secret is missing or wrong.\n",
    status="401 Unauthorized",
    more=('WWW-Authenticate: Basic realm="kesu", charset="UTF-8"',),
)
Handler = Callable[[Request], Answer]


@dataclass(frozen=True)
class Address:
    """Where to listen. secret: what a reader must show as a Bearer token or as the password of Basic; "" for none.

    loopback: whether the address is this machine's own; then the Host header is checked."""

    host: str
    port: int
    loopback: bool
    secret: str = ""
    tls: ssl.SSLContext | None = None


@contextlib.asynccontextmanager
async def serving(address: Address, handler: Handler) -> AsyncIterator[int]:
    """Serve; yields the port. OSError if the address cannot be bound."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(_bytes(*_answered(head, address, port, handler)))

    server = await asyncio.start_server(
        bounded(answer, MOST, REQUEST_S),
        address.host,
        address.port,
        limit=LONGEST,
        ssl=address.tls,
        backlog=MOST,
    )
    port = int(server.sockets[0].getsockname()[1])
    async with server:
        yield port


def _answered(head: bytes, address: Address, port: int, handler: Handler) -> tuple[Answer, bool]:
    """The answer, and whether its body is sent. ValueError for what is no request."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError("not HTTP/1")
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon or name.lower() in headers:
            raise ValueError("a header without a name, or twice")
        headers[name.lower()] = value.strip()
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    if address.loopback and headers.get("host", "").lower() not in hosts:
        return _HOST, method != "HEAD"
    if address.secret and not _is_right(headers.get("authorization", ""), address.secret):
        return _SECRET, method != "HEAD"
    if method not in ("GET", "HEAD"):
        return _METHOD, True
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query, max_num_fields=16).items()}
    return handler(Request(parts.path, query, headers.get("accept-language", ""))), method == "GET"


def _is_right(header: str, secret: str) -> bool:
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), secret.encode())


def _bytes(answer: Answer, with_body: bool) -> bytes:
    head = [
        f"HTTP/1.1 {answer.status}",
        f"Content-Type: {answer.kind}",
        f"Content-Length: {len(answer.body)}",
        "Connection: close",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
        "Cross-Origin-Resource-Policy: same-origin",
        f"Content-Security-Policy: {answer.policy}",
        *answer.more,
    ]
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + (answer.body if with_body else b"")
