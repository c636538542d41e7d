"""stream: one TCP (or TLS) connection, received straight into an inbox."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Generic

from kesu.agent.reading.inbox import Inbox, Malformed, Message, Parse, TooLong
from kesu.agent.source import Loss, SourceLost

_FULL = 256
"""Messages of interest that may wait; then the other end has to."""
CONNECT_S = 5.0


class Stream(asyncio.BufferedProtocol, Generic[Message]):
    """What arrives is parsed and zeroed in the event loop's callback; `next` hands out what was of interest.

    asyncio receives into the inbox itself (BufferedProtocol), so no copy of a message is ever made; with TLS
    the library that decrypts keeps what it decrypted last for as long as the connection lives.
    """

    def __init__(self, parse: Parse[Message], longest: int) -> None:
        self._parse = parse
        self._inbox = Inbox(longest)
        self._waiting: deque[Message] = deque()
        self._loss: Loss | None = None
        self._wake = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self.heard_at = asyncio.get_running_loop().time()

    @classmethod
    async def open(
        cls,
        parse: Parse[Message],
        longest: int,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        name: str | None = None,
    ) -> Stream[Message]:
        """Connect within CONNECT_S. `tls` with `name`: the name that the certificate must carry.

        Raises OSError or TimeoutError; SourceLost(LOGIN) when the certificate is not accepted."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, stream = await loop.create_connection(
                    lambda: cls(parse, longest), host, port, ssl=tls, server_hostname=name if tls else None
                )
        except ssl.SSLCertVerificationError:
            raise SourceLost(Loss.LOGIN) from None
        except ssl.SSLError:
            raise SourceLost(Loss.PROTOCOL) from None
        return stream

    async def next(self, patience_s: float) -> Message | None:
        """The next message of interest; None when none came within `patience_s`: the line may be alive.

        Raises SourceLost when the connection has ended and everything before has been handed out.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not self._waiting:
                    if self._loss is not None:
                        raise SourceLost(self._loss)
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return None
        message = self._waiting.popleft()
        if self._transport is not None and len(self._waiting) == _FULL // 2:
            self._transport.resume_reading()
        return message

    def send(self, data: bytes) -> None:
        """Send; a connection that has ended takes it silently, `next` tells."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    @property
    def unsent(self) -> int:
        """Bytes the other end has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def close(self) -> None:
        """End the connection at once and forget what was received."""
        self._inbox.clear()
        self._waiting.clear()
        if self._transport is not None:
            self._transport.abort()

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._inbox.room()

    def buffer_updated(self, nbytes: int) -> None:
        self._inbox.arrived(nbytes)
        self.heard_at = asyncio.get_running_loop().time()
        if self._loss is not None:
            self._inbox.clear()
            return
        try:
            self._waiting.extend(self._inbox.messages(self._parse))
            self._inbox.room()
        except Malformed:
            self._fail(Loss.PROTOCOL)
        except TooLong:
            self._fail(Loss.TOO_LONG)
        if len(self._waiting) >= _FULL and self._transport is not None:
            self._transport.pause_reading()
        self._wake.set()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, _exc: Exception | None) -> None:
        self._inbox.clear()
        self._loss = self._loss or Loss.CLOSED
        self._wake.set()

    def _fail(self, loss: Loss) -> None:
        self._loss = loss
        self._inbox.clear()
        if self._transport is not None:
            self._transport.abort()
