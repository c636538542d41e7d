"""hook: the source behind `kesu hook`. Datagrams, one word each."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from kesu.agent import place
from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report
from kesu.agent.hook import PREFIX, WORDS
from kesu.agent.options import Options
from kesu.agent.secret import write_private
from kesu.agent.source import Loss, Send, SourceLost

LONGEST_CALL_S = 2 * 3600.0
LOOK_S = 10.0  # how often the meeting place is looked at: cleaners of /tmp exist
AT_ONCE = 64  # datagrams read in one turn of the loop
SIZE = 256
AHEAD_NS = 10**9  # of this process's clock, which is the hook's

_EVENTS = {word.encode(): Event(word) for word in WORDS}


class HookSource:
    """Listens in the user's runtime folder. It is lost only by a call that never ends."""

    def __init__(self, name: str, bounds: Bounds, loopback: bool) -> None:
        self.name = name
        self.bounds = bounds
        self._loopback = loopback
        self._token = b""
        self._buffer = bytearray(SIZE)

    async def run(self, report: Send) -> None:
        """Bind, report ALIVE, then what comes; SourceLost when the meeting place is gone."""
        folder = Path(place.folder())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not place.is_private(str(folder)):
            raise SourceLost(Loss.LOCAL)
        loop = asyncio.get_running_loop()
        with self._bound(folder) as (channel, mark):
            channel.setblocking(False)
            loop.add_reader(channel, self._receive, channel, report)
            try:
                report(Report(Event.ALIVE))
                made = mark.stat()
                while True:
                    await asyncio.sleep(LOOK_S)
                    if not mark.exists() or mark.stat().st_ino != made.st_ino:
                        raise SourceLost(Loss.LOCAL)
            finally:
                loop.remove_reader(channel)

    @contextlib.contextmanager
    def _bound(self, folder: Path) -> Iterator[tuple[socket.socket, Path]]:
        if self._loopback:
            mark = folder / place.HOOK_PORT
            channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        else:
            mark = folder / place.HOOK_SOCKET
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        mark.unlink(missing_ok=True)
        with channel:
            try:
                if self._loopback:
                    channel.bind(("127.0.0.1", 0))
                    self._token = secrets.token_hex(16).encode()
                    write_private(mark, b"%d %s\n" % (channel.getsockname()[1], self._token))
                else:
                    mask = os.umask(0o177)
                    try:
                        channel.bind(str(mark))
                    finally:
                        os.umask(mask)
                yield channel, mark
            finally:
                mark.unlink(missing_ok=True)

    def _receive(self, channel: socket.socket, report: Send) -> None:
        for _ in range(AT_ONCE):
            try:
                count = channel.recv_into(self._buffer)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # Windows reports an unreachable sender, or a datagram that is too long, here
            found = parse(memoryview(self._buffer)[:count], self._token, time.monotonic_ns() + AHEAD_NS)
            self._buffer[:] = bytes(SIZE)
            if found is not None:
                report(found)


def parse(datagram: memoryview, token: bytes, newest: int) -> Report | None:
    """`kesu1 WORD STAMP [TOKEN]` as a report of the anonymous call; None for anything else.

    A stamp beyond `newest` is refused: it would make every later one look late. A datagram with more parts,
    or longer parts than these can have, is refused before a copy is made of them.
    """
    if len(datagram) > 80 + len(token) or bytes(datagram[:6]) != PREFIX + b" ":
        return None
    ends = [place for place, byte in enumerate(datagram) if byte == 0x20] + [len(datagram)]
    if len(ends) != (4 if token else 3):
        return None
    word = next((word for word in _EVENTS if datagram[ends[0] + 1 : ends[1]] == word), None)
    stamp = 0
    if word is None or not 1 <= ends[2] - ends[1] - 1 <= 20:
        return None
    for byte in datagram[ends[1] + 1 : ends[2]]:
        if not 0x30 <= byte <= 0x39:
            return None
        stamp = stamp * 10 + byte - 0x30
    if stamp > newest:
        return None
    if token and not hmac.compare_digest(datagram[ends[2] + 1 :], token):
        return None
    return Report(_EVENTS[word], ANONYMOUS, stamp)


def build(name: str, options: Options) -> HookSource:
    """`kind = "hook"`."""
    call_s = options.number("longest_call_s", LONGEST_CALL_S, least=60, most=86400)
    wrap_up_s = options.number("longest_wrap_up_s", 300, least=0, most=3600)
    loopback = options.flag("loopback", os.name == "nt")
    return HookSource(name, Bounds(None, call_s, wrap_up_s), loopback)
