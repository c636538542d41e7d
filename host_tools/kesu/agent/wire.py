"""wire: receives bytes from a peer into one buffer that is zeroed as it is read.

asyncio's StreamReader leaves what it read in freed memory, and with it the caller's number that some phones
put into every message. `Wire` receives into one bytearray, hands it to a parser, and zeroes what the parser
has taken before the next byte is received. A parser looks into the buffer (`bytearray.find` with bounds) and
copies out the few values it needs, none of which is a number.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from kesu.agent.source import Loss, SourceLost

# Called with the buffer and the count of bytes in it. Returns how many bytes it has consumed: 0 while the
# message is incomplete. Raises SourceLost(PROTOCOL) for a malformed message.
Parser = Callable[[bytearray, int], int]

_ZEROES = bytes(4096)


class Wire(asyncio.BufferedProtocol):
    """One connection. `closed` is a future with the reason why it ended, always a Loss."""

    def __init__(self, parser: Parser, size: int = 16384) -> None:
        self._parser = parser
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        self._end = 0
        self._transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[Loss] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this); one that was closed before is aborted now."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.closed.done():
            transport.abort()

    def get_buffer(self, _sizehint: int) -> memoryview:
        """The free part of the buffer. Never empty: a full buffer closes the connection."""
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        """Pass received messages to the parser one by one; zero what it consumed."""
        self._end += nbytes
        try:
            while self._end and (taken := self._parser(self._buffer, self._end)):
                self._drop(min(taken, self._end))
        except SourceLost as lost:
            self.close(lost.loss)
        except Exception:  # a parser that fails on a message must not leave it in a traceback
            self.close(Loss.BROKEN)
        if self._end == len(self._buffer):
            self.close(Loss.TOO_LONG)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The peer is gone (asyncio calls this)."""
        self.close(Loss.CLOSED)

    def send(self, data: bytes) -> None:
        """Send `data`. asyncio keeps it: it must hold no number, and no secret but the login."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self, loss: Loss = Loss.CLOSED) -> None:
        """Zero the buffer and close the connection at once. The first reason given is kept."""
        self._drop(self._end)
        if not self.closed.done():
            self.closed.set_result(loss)
        if self._transport is not None:
            self._transport.abort()

    def finish(self) -> None:
        """Close the connection once everything is sent."""
        self._drop(self._end)
        if self._transport is not None:
            self._transport.close()

    def _drop(self, count: int) -> None:
        """Move what follows the first `count` bytes to the start and zero the rest."""
        rest = self._end - count
        self._view[:rest] = self._view[count : self._end]
        for start in range(rest, self._end, len(_ZEROES)):
            stop = min(start + len(_ZEROES), self._end)
            self._view[start:stop] = _ZEROES[: stop - start]
        self._end = rest


async def connect(
    host: str,
    port: int,
    parser: Parser,
    *,
    size: int = 16384,
    timeout_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
) -> Wire:
    """A connection to `host`:`port`. OSError or TimeoutError if it cannot be made.

    With TLS, OpenSSL's own buffers hold what came until it overwrites them.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, wire = await loop.create_connection(lambda: Wire(parser, size), host, port, ssl=tls)
    return wire
