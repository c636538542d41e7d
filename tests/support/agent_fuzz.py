"""agent_fuzz: hostile messages to a real `kesu agent`: HTTP, the hook's socket, the configuration.

    python tests/support/agent_fuzz.py --messages 60000 --seed 1

First, messages that must change nothing (no token, broken, random): the pad must receive nothing. Then messages
with the token, some damaged, in any order: the agent must keep running, and after `ready` the pad must be READY.
No number from the messages may be in the agent's memory or log.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import socket
import sys
import tempfile
import time
from pathlib import Path

from agent_runs import WITHIN_S, AgentRun, running
from kesu.agent import config
from kesu.agent.door import PER_SECOND
from kesu.agent.sources import hook
from kesu.common.errors import KesuError
from kesu.spec.call_line import KNOWN
from process_memory import numbers_in_memory

PARALLEL = 8
WORDS = (
    "ring",
    "start",
    "hold",
    "end",
    "busy",
    "wrapup",
    "away",
    "mute",
    "unmute",
    "pay",
    "paid",
    "alive",
    "ready",
)
CONFIGURATION = """
[agent]
calls = "last"
[pads.a]
port = "usb:1-2"
[sources.web]
kind = "http"
port = 7413
origin = "https://a.example"
[sources.hook]
kind = "hook"
"""


class Hostile:
    """Makes messages, each with its own number."""

    def __init__(self, seed: int, port: int, token: str) -> None:
        self._rng = random.Random(seed)
        self._port = port
        self._token = token
        self.numbers: list[str] = []

    def http(self, with_token: bool) -> bytes:
        """A request: damaged, truncated, too large, or valid."""
        rng = self._rng
        token = self._token if with_token else "x" * rng.choice((0, 1, len(self._token)))
        number = self._number()
        call, stamp = len(self.numbers) // 60 + rng.randrange(3), len(self.numbers)
        target = rng.choice(
            (
                f"/v1/state/{rng.choice(WORDS)}",
                f"/v1/state/{rng.choice(WORDS)}?call={number}",
                f"/v1/state/{rng.choice(WORDS)}?call={call}&stamp={stamp}",
                f"/v1/state/{number}",
                f"/{number}",
                "/v1/state/" + "a" * rng.randrange(9000),
            )
        )
        text = (
            f"{rng.choice((*['POST'] * 7, 'GET', 'OPTIONS', number))} {target} HTTP/1.1\r\n"
            f"Host: {rng.choice((*['127.0.0.1'] * 5, 'evil.example'))}:{self._port}\r\n"
            f"Authorization: Bearer {token}\r\nX-Caller: {number}\r\n"
            f"Content-Length: {rng.choice((0, len(number), 0, len(number), 10**9))}\r\n\r\n{number}"
        )
        return self._damaged(text.encode(), keep=not with_token)

    def datagram(self, harmless: bool) -> bytes:
        """A datagram for the hook's socket. harmless: one that is not an event."""
        rng = self._rng
        while True:
            stamp = time.monotonic_ns() + rng.choice((0, 0, rng.randrange(-(10**9), 10**9)))
            text = rng.choice((f"kesu1 {rng.choice(WORDS)} {stamp}", f"kesu1 {self._number()} {stamp}"))
            data = self._damaged(text.encode(), keep=False)
            if not harmless or hook.parse(memoryview(data)[: _line(data)], b"", 10**20) is None:
                return data

    def configuration(self) -> bytes:
        """A damaged file."""
        return self._damaged(CONFIGURATION.encode(), keep=False)

    def _number(self) -> str:
        number = f"080{self._rng.randrange(10**8):08}"
        self.numbers.append(number)
        return number

    def _damaged(self, data: bytes, keep: bool) -> bytes:
        rng = self._rng
        chance = rng.random()
        if chance < 0.4:
            return data
        if chance < 0.5:
            return data[: rng.randrange(len(data))]
        if chance < 0.6 and not keep:
            return rng.randbytes(rng.randrange(1, 200))
        spoilt = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(spoilt))
            spoilt[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        return bytes(spoilt)


def _line(data: bytes) -> int:
    return len(data.partition(b"\n")[0])


async def send_http(port: int, messages: list[bytes], seed: int) -> None:
    """Send each on its own connection, some in two pieces, some closed at once."""
    rng = random.Random(seed)
    queue = list(messages)

    async def sender() -> None:
        while queue:
            data = queue.pop()
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                cut = rng.randrange(len(data) + 1)
                writer.write(data[:cut])
                await asyncio.sleep(0)
                writer.write(data[cut:])
                writer.write_eof()
                if rng.random() < 0.8:
                    async with asyncio.timeout(10):
                        await reader.read()
                writer.close()

    await asyncio.gather(*(sender() for _ in range(PARALLEL)))


def send_lines(path: Path, messages: list[bytes]) -> None:
    """Send each on its own connection, below the rate that the agent treats as a flood."""
    for data in messages:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(WITHIN_S)
            channel.connect(str(path))
            with contextlib.suppress(OSError):  # the agent closes the connection when a line is too long
                channel.sendall(data + b"\n")
                channel.recv(16)
        time.sleep(1.2 / PER_SECOND)


def try_configurations(hostile: Hostile, count: int) -> int:
    """How many damaged files were refused; any other exception than KesuError is raised."""
    refused = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.toml"
        for _ in range(count):
            path.write_bytes(hostile.configuration())
            try:
                config.load(path)
            except KesuError:
                refused += 1
    return refused


def attack(run: AgentRun, messages: int, seed: int) -> dict[str, object]:
    """The whole run against one agent; the figures. AssertionError if the agent fails."""
    token = (run.folder / "token").read_text().strip()
    hostile = Hostile(seed, run.port, token)
    http, datagrams, files = int(messages * 0.35), int(messages * 0.6), int(messages * 0.05)
    socket_path = run.folder / "run" / "hook.sock"

    asyncio.run(send_http(run.port, [hostile.http(False) for _ in range(http // 2)], seed))
    send_lines(socket_path, [hostile.datagram(True) for _ in range(datagrams // 2)])
    assert run.pad.is_silent(1.0), "a message without token, or without meaning, changed the state"

    heard = bytearray()
    sent = 0
    while sent < http + datagrams - http // 2 - datagrams // 2:
        asyncio.run(send_http(run.port, [hostile.http(True) for _ in range(100)], seed + sent))
        send_lines(socket_path, [hostile.datagram(False) for _ in range(170)])
        sent += 270
        while not run.pad.is_silent(0.05):
            heard += run.pad.read()
    assert set(heard) <= set(KNOWN)
    assert len(set(heard)) > 5, f"only {bytes(heard)!r} arrived of the valid messages"

    refused = try_configurations(hostile, files)
    time.sleep(1.1)  # the rate limit of HTTP
    for stamp, word in enumerate(("alive", "end", "ready"), start=10**17):
        assert run.post(f"/v1/state/{word}?stamp={stamp}") == 204
    for word in ("end", "ready"):
        assert run.hook(word) == 0
    for _ in range(20):
        state = run.check()[1]["pads"][0]["state"]
        if state == "ready":
            break
        time.sleep(0.5)
    while not run.pad.is_silent(0.5):
        heard += run.pad.read()
    assert state == "ready", state
    assert heard.rstrip(b"mp")[-1:] == b"E"
    assert run.process.poll() is None
    assert not numbers_in_memory(run.process.pid, hostile.numbers), "a number stayed in memory"
    log = run.log.read_text()
    assert not any(number in log for number in hostile.numbers)
    return {
        "http": http + sent * 100 // 270 - (http - http // 2),
        "datagrams": datagrams + sent * 170 // 270 - (datagrams - datagrams // 2),
        "configurations": files,
        "configurations_refused": refused,
        "bytes_to_the_pad": len(heard),
        "numbers_searched": len(hostile.numbers),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as run:
        print(json.dumps(attack(run, options.messages, options.seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
