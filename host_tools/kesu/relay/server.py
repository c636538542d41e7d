"""server: accepts the seats' agents, authenticates them, and sends each the reports of its seat only.

Any host of the network may connect. At most STRANGERS connections may be unauthenticated at once, each for
HELLO_S including the TLS handshake; further ones are closed at once. An attacker can therefore keep agents
from connecting, which leaves pads without a line, but cannot affect an authenticated connection.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import socket
import ssl
from collections.abc import Mapping

from kesu.agent.calls import Report
from kesu.agent.reading.relayed import ALIVE_S, COUNTS, NO, OK, line_of, seat_and_token
from kesu.fleet.counts import LONGEST, Counts, parse
from kesu.relay.desk import Desk

HELLO_S = 5.0
"""Time limit for the TLS handshake and authentication."""
BEHIND_BYTES = 4_096
"""An agent with this much unread data is disconnected: its pad is wiped, and it may reconnect."""
STRANGERS = 64
"""Limit of connections that are not authenticated yet."""
COUNTS_EVERY_S = 1.0
"""Reports of counts of one seat that come faster end their connection; so does one that is not a report."""
GOODBYE_S = 1.0
"""Time limit for the other end to close TLS."""
BACKLOG = 128
FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
FULL_PAUSE_S = 0.5


class Listening:
    """The listening sockets and the tasks that accept from them."""

    def __init__(self, server: Server, sockets: list[socket.socket], tls: ssl.SSLContext | None) -> None:
        self.sockets = sockets
        self._tasks = [asyncio.create_task(server.accept(one, tls)) for one in sockets]

    def close(self) -> None:
        """Take no more connections."""
        for task in self._tasks:
            task.cancel()
        for one in self.sockets:
            one.close()

    async def __aenter__(self) -> Listening:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Server:
    """Holds a desk and at most one agent for each seat. `report` is what the PBX clients call."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """`tokens`: seat -> token."""
        self._tokens = dict(tokens)
        self.desks = {seat: Desk() for seat in tokens}
        self._agents: dict[str, asyncio.StreamWriter] = {}
        self._strangers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.counts: dict[str, tuple[Counts, float]] = {}
        """Seat -> its last report of counts, and when it came, by the loop's clock."""
        self._counting: dict[str, asyncio.StreamWriter] = {}
        self.refused = 0
        self.turned_away = 0

    async def serve(self, host: str, port: int, tls: ssl.SSLContext | None) -> Listening:
        """Listen. Raises OSError when the address cannot be bound."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        sockets: list[socket.socket] = []
        try:
            for family, _, _, _, address in dict.fromkeys(found):
                one = socket.create_server(address, family=family, backlog=BACKLOG)
                one.setblocking(False)
                sockets.append(one)
                port = one.getsockname()[1]  # port 0: the first free one, for every address
                if address[1] == 0:
                    break
        except OSError:
            for one in sockets:
                one.close()
            raise
        return Listening(self, sockets, tls)

    async def accept(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Accept connections, for ever; close those beyond STRANGERS before a byte is read."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listener)
            except OSError as error:
                if error.errno in FULL:
                    await asyncio.sleep(FULL_PAUSE_S)
                continue
            if self._strangers >= STRANGERS:
                client.close()
                self.turned_away += 1
                await asyncio.sleep(0)  # a flood must not delay the other tasks
                continue
            self._strangers += 1
            task = asyncio.create_task(self._connected(client, tls))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def connected(self) -> list[str]:
        """Seats whose agent is connected."""
        return sorted(self._agents)

    def report(self, seats: frozenset[str], report: Report) -> None:
        """A report of a PBX that serves `seats`; one without a seat is for all of them."""
        chosen = seats if report.seat == "" else seats & {report.seat}
        for seat in chosen:
            if self.desks[seat].take(report):
                self._tell(seat, [report])

    async def pulse(self) -> None:
        """Send the pulse to every agent, for ever."""
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

    async def _connected(self, client: socket.socket, tls: ssl.SSLContext | None) -> None:
        writer: asyncio.StreamWriter | None = None
        seat = None
        try:
            try:
                async with asyncio.timeout(HELLO_S):
                    reader, writer = await _streams(client, tls)
                    seat, what = await self._welcome(reader, writer)
            finally:
                self._strangers -= 1
            if seat is not None and what == COUNTS:
                await self._follow_counts(seat, reader)
            elif seat is not None:
                # The agent sends nothing more: any further data, or its end, closes the connection.
                await reader.read(1)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            if writer is None:
                client.close()
            elif seat is not None:
                for known in (self._agents, self._counting):
                    if known.get(seat) is writer:
                        del known[seat]
            if writer is not None:
                with contextlib.suppress(OSError):
                    writer.close() if seat is None else writer.transport.abort()

    async def _follow_counts(self, seat: str, reader: asyncio.StreamReader) -> None:
        """Keep the last report of a seat. ValueError for a line that is none, or that comes too early."""
        clock = asyncio.get_running_loop().time
        came_at = clock() - COUNTS_EVERY_S
        while True:
            counts = parse(await reader.readuntil(b"\n"))
            if clock() - came_at < COUNTS_EVERY_S:
                return
            came_at = clock()
            self.counts[seat] = counts, came_at

    async def _welcome(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[str | None, str]:
        """(seat, what the connection is for); no seat if it was refused."""
        asked = seat_and_token(await reader.readuntil(b"\n"))
        seat, token, what = asked or ("", "", "")
        # Constant time: the comparison takes as long for a seat that does not exist.
        right = hmac.compare_digest(self._tokens.get(seat, "-" * len(token)).encode(), token.encode())
        if not right or seat not in self._tokens:
            self.refused += 1
            writer.write(NO)
            await writer.drain()
            return None, what
        known = self._counting if what == COUNTS else self._agents
        before = known.pop(seat, None)
        if before is not None:
            before.transport.abort()
        known[seat] = writer
        writer.write(OK)
        if what != COUNTS:
            self._tell(seat, self.desks[seat].so_far())
        return seat, what


async def _streams(
    client: socket.socket, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Reader and writer of an accepted connection, after its handshake."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol,
        client,
        ssl=tls,
        ssl_handshake_timeout=None if tls is None else HELLO_S,
        ssl_shutdown_timeout=None if tls is None else GOODBYE_S,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
