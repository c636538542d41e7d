"""hook: the source behind `kesu hook`. One line on each connection, answered when it is accepted.

Proof: an event that the phone itself sent. An open socket proves nothing: the phone may not be set up, or
run an old path. A phone says nothing between calls, so the proof is kept for `silent_s` (half an hour by
default); then the line is down until the next event, which raises it again: the pad depends on its keys meanwhile.
With `program`, the source checks every LOOK_S that the phone's process runs, and is lost when it does not.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

from kesu.agent import place
from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report
from kesu.agent.door import MOST, Door
from kesu.agent.hook import PREFIX, TAKEN, WORDS
from kesu.agent.options import Options
from kesu.agent.processes import is_running
from kesu.agent.secret import write_private
from kesu.agent.source import Loss, Send, SourceLost
from kesu.agent.wire import Wire

LONGEST_CALL_S = 2 * 3600.0
SILENT_S = 1800.0
LOOK_S = 5.0  # interval of checking the socket (cleaners of /tmp may remove it) and the phone
SIZE = 256
AHEAD_NS = 10**9  # tolerance of the clock, which this process shares with the hook
NOT_TAKEN = b"no\n"

_EVENTS = {word.encode(): Event(word) for word in WORDS}


class HookSource:
    """Listens in the user's runtime folder."""

    def __init__(self, name: str, bounds: Bounds, loopback: bool, program: str = "") -> None:
        """`program`: name of the phone's process; "" for none."""
        self.name = name
        self.bounds = bounds
        self._loopback = loopback
        self._program = program
        self._token = b""

    async def run(self, report: Send) -> None:
        """Listen, and report what arrives; SourceLost when the socket or the phone is gone, or on too many
        connections."""
        folder = Path(place.folder())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.is_private(str(folder)):
            raise SourceLost(Loss.LOCAL)
        await self._look_for_phone()
        door = Door()
        async with self._listening(folder, door, report) as mark:
            flooded = asyncio.create_task(door.flooded())
            try:
                made = mark.stat()
                while True:
                    await asyncio.wait([flooded], timeout=LOOK_S)
                    if flooded.done():
                        flooded.result()
                    if not mark.exists() or mark.stat().st_ino != made.st_ino:
                        raise SourceLost(Loss.LOCAL)
                    await self._look_for_phone()
            finally:
                flooded.cancel()
                door.close()

    async def _look_for_phone(self) -> None:
        if self._program and not await asyncio.to_thread(is_running, self._program):
            raise SourceLost(Loss.CLOSED)

    @contextlib.asynccontextmanager
    async def _listening(self, folder: Path, door: Door, report: Send) -> AsyncIterator[Path]:
        loop = asyncio.get_running_loop()
        mark = folder / (place.HOOK_PORT if self._loopback else place.HOOK_SOCKET)
        mark.unlink(missing_ok=True)

        def connection() -> Wire:
            return self._connection(door, report)

        try:
            if self._loopback:
                self._token = secrets.token_hex(16).encode()
                server = await loop.create_server(connection, "127.0.0.1", 0, backlog=MOST)
                port = server.sockets[0].getsockname()[1]
                write_private(mark, b"%d %s\n" % (port, self._token))
            else:
                mask = os.umask(0o177)
                try:
                    server = await loop.create_unix_server(connection, str(mark), backlog=MOST)
                finally:
                    os.umask(mask)
            async with server:
                yield mark
        finally:
            mark.unlink(missing_ok=True)

    def _connection(self, door: Door, report: Send) -> Wire:
        def received(buffer: bytearray, end: int) -> int:
            stop = buffer.find(b"\n", 0, end)
            if stop < 0:
                return 0
            with memoryview(buffer) as view:
                found = parse(view[:stop], self._token, time.monotonic_ns() + AHEAD_NS)
            if found is not None:
                report(found)
            wire.send(NOT_TAKEN if found is None else TAKEN)
            wire.finish()
            return end

        wire = door.wire(received, SIZE)
        return wire


def parse(line: memoryview, token: bytes, newest: int) -> Report | None:
    """`kesu1 WORD STAMP [TOKEN]` as a report of the anonymous call; None for anything else.

    A stamp beyond `newest` is rejected: it would make every later one look late. A line with too many or too
    long parts is rejected before any part is copied.
    """
    if len(line) > 80 + len(token) or bytes(line[:6]) != PREFIX + b" ":
        return None
    ends = [place for place, byte in enumerate(line) if byte == 0x20] + [len(line)]
    if len(ends) != (4 if token else 3):
        return None
    word = next((word for word in _EVENTS if line[ends[0] + 1 : ends[1]] == word), None)
    stamp = 0
    if word is None or not 1 <= ends[2] - ends[1] - 1 <= 20:
        return None
    for byte in line[ends[1] + 1 : ends[2]]:
        if not 0x30 <= byte <= 0x39:
            return None
        stamp = stamp * 10 + byte - 0x30
    if stamp > newest:
        return None
    if token and not hmac.compare_digest(line[ends[2] + 1 :], token):
        return None
    return Report(_EVENTS[word], ANONYMOUS, stamp)


def build(name: str, options: Options) -> HookSource:
    """`kind = "hook"`."""
    call_s = options.number("longest_call_s", LONGEST_CALL_S, least=60, most=86400)
    wrap_up_s = options.number("longest_wrap_up_s", 300, least=0, most=3600)
    silent_s = options.number("silent_s", SILENT_S, least=5, most=43200)
    loopback = options.flag("loopback", os.name == "nt")
    program = options.text("program") if options.has("program") else ""
    return HookSource(name, Bounds(silent_s, call_s, wrap_up_s), loopback, program)
