"""server: the seats' agents connect here, say who they are, and are told of their seat only."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ssl
from collections.abc import Mapping

from kesu.agent.calls import Report
from kesu.agent.reading.relayed import ALIVE_S, LONGEST, NO, OK, line_of, seat_and_token
from kesu.relay.desk import Desk

HELLO_S = 5.0
"""To say who one is."""
BEHIND_BYTES = 4_096
"""An agent that has not taken this much is cut off: its pad is wiped, and it may come back."""
SPARE_CONNECTIONS = 32
"""Connections beyond one for each seat that may be saying who they are."""


class Server:
    """Holds a desk and at most one agent for each seat. `report` is what the PBX clients call."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """`tokens`: seat -> token."""
        self._tokens = dict(tokens)
        self.desks = {seat: Desk() for seat in tokens}
        self._agents: dict[str, asyncio.StreamWriter] = {}
        self._connections = 0
        self.refused = 0

    async def serve(self, host: str, port: int, tls: ssl.SSLContext | None) -> asyncio.Server:
        """Listen. Raises OSError when that address cannot be had."""
        return await asyncio.start_server(self._connected, host, port, ssl=tls, limit=LONGEST)

    @property
    def connected(self) -> list[str]:
        """Seats whose agent is there."""
        return sorted(self._agents)

    def report(self, seats: frozenset[str], report: Report) -> None:
        """A report of a PBX that serves `seats`; one without a seat is for all of them."""
        chosen = seats if report.seat == "" else seats & {report.seat}
        for seat in chosen:
            if self.desks[seat].take(report):
                self._tell(seat, [report])

    async def pulse(self) -> None:
        """Tell every agent that the relay is there, for ever."""
        while True:
            for seat in tuple(self._agents):
                self._tell(seat, [self.desks[seat].pulse])
            await asyncio.sleep(ALIVE_S)

    def _tell(self, seat: str, reports: list[Report]) -> None:
        writer = self._agents.get(seat)
        if writer is None:
            return
        if writer.transport.get_write_buffer_size() > BEHIND_BYTES:
            self._agents.pop(seat)
            writer.transport.abort()
            return
        writer.write(b"".join(line_of(report) for report in reports))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        seat = None
        try:
            if self._connections <= len(self._tokens) + SPARE_CONNECTIONS:
                seat = await self._welcome(reader, writer)
            if seat is not None:
                # An agent has no more to say: whatever comes, its end among it, ends the connection.
                await reader.read(1)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            self._connections -= 1
            if seat is not None and self._agents.get(seat) is writer:
                del self._agents[seat]
            with contextlib.suppress(OSError):
                writer.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
        async with asyncio.timeout(HELLO_S):
            asked = seat_and_token(await reader.readuntil(b"\n"))
        seat, token = asked or ("", "")
        # The comparison takes as long for a seat that does not exist.
        right = hmac.compare_digest(self._tokens.get(seat, "-" * len(token)).encode(), token.encode())
        if not right or seat not in self._tokens:
            self.refused += 1
            writer.write(NO)
            await writer.drain()
            return None
        before = self._agents.pop(seat, None)
        if before is not None:
            before.transport.abort()
        self._agents[seat] = writer
        writer.write(OK)
        self._tell(seat, self.desks[seat].so_far())
        return seat
