"""test_bounded: a server answers so many clients at once, each for so long, and stays usable."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio

from kesu.common.bounded import bounded

MOST = 3


async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    line = await reader.readline()
    if line == b"broken\n":
        raise ValueError("not this protocol")
    writer.write(b"hello " + line)


async def _asked(port: int, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(line)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def _talk(wait_s: float) -> list[bytes]:
    server = await asyncio.start_server(bounded(hello, MOST, wait_s), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST)]
        await asyncio.sleep(0.05)
        beyond = await _asked(port, b"one more\n")
        for _, writer in silent[1:]:
            writer.close()
        left = await silent[0][0].read() if wait_s < 1.0 else b"not waited for"
        await asyncio.sleep(0.05)
        found = [beyond, left, await _asked(port, b"broken\n"), await _asked(port, b"again\n")]
        silent[0][1].close()
        return found


def test_clients_beyond_the_limit_are_turned_away_and_others_are_answered_later() -> None:
    assert asyncio.run(_talk(30.0)) == [b"", b"not waited for", b"", b"hello again\n"]


def test_a_silent_client_is_dropped_in_time() -> None:
    assert asyncio.run(_talk(0.3)) == [b"", b"", b"", b"hello again\n"]
