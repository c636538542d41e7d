"""stream: the parsed messages of one connection, on request."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Generic

from kesu.agent.reading.parse import Malformed, Message, Parse
from kesu.agent.source import Loss, SourceLost
from kesu.agent.wire import Wire, connect

CONNECT_S = 5.0


class Stream(Generic[Message]):
    """Received data is parsed and zeroed at once (kesu.agent.wire); `next` returns the parsed messages. The
    buffer limits what can wait: `next` does not yield while something waits."""

    def __init__(self, parse: Parse[Message]) -> None:
        self._parse = parse
        self._waiting: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._wire: Wire | None = None

    @classmethod
    async def open(
        cls, parse: Parse[Message], longest: int, host: str, port: int, tls: ssl.SSLContext | None = None
    ) -> Stream[Message]:
        """Connect within CONNECT_S and take messages of up to `longest` bytes.

        Raises OSError or TimeoutError; SourceLost(LOGIN) when the certificate is not accepted, SourceLost
        (TLS) when the other end speaks no TLS or ends the connection in the handshake.
        """
        stream = cls(parse)
        try:
            wire = await connect(host, port, stream.take, size=longest, timeout_s=CONNECT_S, tls=tls)
        except ssl.SSLCertVerificationError:
            raise SourceLost(Loss.LOGIN) from None
        except ssl.SSLError:
            raise SourceLost(Loss.TLS) from None
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError):
            raise SourceLost(Loss.CLOSED if tls is None else Loss.TLS) from None
        stream._wire = wire
        wire.closed.add_done_callback(lambda _: stream._wake.set())
        return stream

    def take(self, buffer: bytearray, end: int) -> int:
        """kesu.agent.wire.Parser. Only complete messages are passed on: bytes alone are no sign of life."""
        try:
            used, message = self._parse(buffer, end)
        except Malformed:
            raise SourceLost(Loss.PROTOCOL) from None
        if message is not None:
            self._waiting.append(message)
            self._wake.set()
        return used

    async def next(self, patience_s: float) -> Message | None:
        """The next message of interest; None when none came within `patience_s`.

        Raises SourceLost when the connection has ended and everything before has been handed out.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not self._waiting:
                    if self._wire is not None and self._wire.closed.done():
                        raise SourceLost(self._wire.closed.result())
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return None
        return self._waiting.popleft()

    def send(self, data: bytes) -> None:
        """Send. No error if the connection has ended; `next` raises it."""
        if self._wire is not None:
            self._wire.send(data)

    def close(self) -> None:
        """End the connection at once and forget what was received."""
        self._waiting.clear()
        if self._wire is not None:
            self._wire.close()
