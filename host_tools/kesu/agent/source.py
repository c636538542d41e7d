"""source: the adapter interface, and the loop that keeps an adapter running.

An adapter is a module of `kesu.agent.sources` with a function `build(name, options) -> Source`, and one line
in `kesu.agent.sources.KINDS`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Protocol

from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0  # a connection that lasted this long resets the pause to FIRST_PAUSE_S

Send = Callable[[Report], None]
Note = Callable[[str, "Loss"], None]


class Loss(Enum):
    """Why a source was lost. Fixed words: the text of an exception may hold a number or an address."""

    REFUSED = "refused"  # no program listens there, or the name is unknown
    CLOSED = "closed"  # the other end closed the connection
    SILENT = "silent"  # no answer in time
    LOGIN = "login"  # the credentials were not accepted
    PROTOCOL = "protocol"  # the data violates the protocol
    TOO_LONG = "too long"  # a message larger than the adapter takes
    LOCAL = "local"  # files, permissions, memory of this PC
    TLS = "no TLS"  # the connection ended in the TLS handshake: the other end may not speak TLS
    RIGHTS = "rights"  # the PBX refuses to list its seats
    FLOODED = "flooded"  # more connections than we take: an event among them may have been dropped
    NO_SEAT = "no seat"  # the phone or relay answers, and does not see the seat
    BROKEN = "broken"  # a fault of the adapter


class SourceLost(Exception):
    """The source is gone. Only `loss` is shown or logged."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.value)
        self.loss = loss


class Source(Protocol):
    """One connection to a system that knows the state of calls.

    `run` connects, calls `report` with Event.ALIVE or Event.READY and with the open calls, keeps reporting, and
    never returns normally: it ends with SourceLost (or OSError, EOFError, TimeoutError) when the connection ends,
    or is cancelled. It is called again after a pause. Its first report proves that it sees its seat: an open
    port, a connection or a login is no proof, and the pad's line is down until the proof. The proof is repeated
    within `bounds.idle_s`, by Event.ALIVE if there is nothing else to report; the docstring of each source says
    what its proof is. `report` is cheap, does not block and must be called from the event loop. A caller's number is
    never kept in an attribute, a report, a log line or an exception: `kesu.agent.reading` receives into a
    buffer that is zeroed after parsing.
    """

    name: str
    bounds: Bounds

    async def run(self, report: Send) -> None:
        """Connect and report; see the class."""
        ...


class CallNumbers:
    """Numbers for a protocol's call identifiers: a keyed hash; the identifiers are not kept.

    The key lives as long as the object; identifiers that differ get different numbers (64 bits).
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def number(self, identifier: bytes | memoryview) -> int:
        """The number of a call, never ANONYMOUS."""
        digest = hashlib.blake2b(identifier, digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") or ANONYMOUS + 1


def loss_of(error: BaseException) -> Loss:
    """The reason to show for an exception out of `Source.run`."""
    if isinstance(error, SourceLost):
        return error.loss
    if isinstance(error, TimeoutError):
        return Loss.SILENT
    if isinstance(error, ConnectionRefusedError):
        return Loss.REFUSED
    if isinstance(error, (ConnectionError, EOFError)):
        return Loss.CLOSED
    if isinstance(error, OSError):
        return Loss.LOCAL
    return Loss.BROKEN


async def keep_running(
    source: Source,
    report: Send,
    note: Note,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `source` for ever: after every end report LOST, call `note(name, loss)`, wait, run it again.

    The wait doubles from FIRST_PAUSE_S to LONGEST_PAUSE_S, times 0.5 to 1 at random, so that the seats of a
    site do not reconnect all at once. Cancelling reports LOST, too.
    """
    clock = asyncio.get_running_loop().time
    wait_s = FIRST_PAUSE_S
    while True:
        began = clock()
        try:
            await source.run(report)
            loss = Loss.CLOSED
        except Exception as error:  # a fault of an adapter must end in a wiped pad, not in a dead agent
            loss = loss_of(error)
        finally:
            report(Report(Event.LOST))
        note(source.name, loss)
        if clock() - began >= STEADY_S:
            wait_s = FIRST_PAUSE_S
        await pause(wait_s * random.uniform(0.5, 1.0))
        wait_s = min(2 * wait_s, LONGEST_PAUSE_S)
