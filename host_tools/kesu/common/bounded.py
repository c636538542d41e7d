"""bounded: limits how many clients a server answers at once, and for how long."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What asyncio calls for each connection."""


def bounded(answer: Client, most: int, wait_s: float) -> Client:
    """Call `answer` for at most `most` clients at once, each for at most `wait_s` seconds, and close the connection
    after it. A client beyond them is turned away, so that one that asks a thousand times does not use up file
    descriptors; one that breaks the protocol (OSError, EOFError, ValueError,
    asyncio.LimitOverrunError) gets no answer."""
    open_now = 0

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        if open_now >= most:
            writer.transport.abort()
            return
        open_now += 1
        try:
            async with asyncio.timeout(wait_s):
                await answer(reader, writer)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            return
        finally:
            open_now -= 1
            writer.transport.abort()

    return client
