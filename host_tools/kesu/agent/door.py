"""door: limits the connections to a listener on this PC: number, rate and duration.

Any program of the PC may connect to a loopback port. A refused connection could have carried an `end`.
Therefore a refusal is reported: the source is lost, the pads are wiped, and the listener opens again after a
pause.

==========================================  ===============================================
a connection                                then
==========================================  ===============================================
comes while `most` are open                 aborted; `flooded`
comes as more than `per_second` on average  aborted; `flooded`
is not done within REQUEST_S                aborted: it never sent a complete message
==========================================  ===============================================
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kesu.agent.source import Loss, SourceLost
from kesu.agent.wire import Parser, Wire

REQUEST_S = 3.0
"""Time limit of a message, from the connection on."""
MOST = 64
PER_SECOND = 500.0
"""Connections. So many take a tenth of what the loop can accept: at this rate the system's own queue of
connections, which drops silently, is empty."""


class Bucket:
    """A token bucket: `per_second` on average, twice that at once."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._left = 2 * per_second
        self._at = clock()

    def take(self) -> bool:
        """Whether one more is within the rate."""
        now = self._clock()
        self._left = min(2 * self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Door:
    """The connections of one listener."""

    def __init__(self, most: int = MOST, per_second: float = PER_SECOND) -> None:
        loop = asyncio.get_running_loop()
        self._most = most
        self._rate = Bucket(per_second, loop.time)
        self._open: set[Wire] = set()
        self._flooded: asyncio.Future[None] = loop.create_future()

    def wire(self, parser: Parser, size: int) -> Wire:
        """The protocol of a connection that has just been accepted."""
        wire = Wire(parser, size)
        if len(self._open) >= self._most or not self._rate.take():
            wire.close(Loss.FLOODED)  # aborted as soon as asyncio hands the connection over
            if not self._flooded.done():
                self._flooded.set_result(None)
            return wire
        self._open.add(wire)
        limit = asyncio.get_running_loop().call_later(REQUEST_S, wire.close)

        def done(_: object) -> None:
            limit.cancel()
            self._open.discard(wire)

        wire.closed.add_done_callback(done)
        return wire

    async def flooded(self) -> None:
        """Wait until a connection is refused; then raise SourceLost."""
        await asyncio.shield(self._flooded)
        raise SourceLost(Loss.FLOODED)

    def close(self) -> None:
        """Abort every connection."""
        for wire in tuple(self._open):
            wire.close()
