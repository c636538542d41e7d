"""test_agent_numbers: callers' numbers through every input of the agent; none in its memory, log, wire, status.

Each input has its own number, so that a hit names the input. The same search finds the number when a parser
keeps it (presence), for each input that reaches the agent.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
import socket
import sys
import time
from pathlib import Path

import pytest
from agent_runs import WITHIN_S, AgentRun, running
from process_memory import found_in_memory, numbers_in_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/PID/mem")

HTTP_WAYS = (
    "POST /v1/state/start?call={0} HTTP/1.1",
    "POST /v1/state/start?call=a&number={0} HTTP/1.1",
    "POST /v1/state/{0} HTTP/1.1",
    "GET /{0} HTTP/1.1",
    "POST /v1/state/start?seat={0} HTTP/1.1",
    "POST /v1/state/start HTTP/1.1\r\nX-Caller: {0}",
    "POST /v1/state/start HTTP/1.1\r\n{0}: x",
    "POST /v1/state/start HTTP/1.1\r\nOrigin: {0}",
    "POST /v1/state/start HTTP/1.1\r\nContent-Length: {0}",
    "{0} {0} {0}",
)


def numbers(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [f"070{rng.randrange(10**8):08}" for _ in range(count)]


def feed(run: AgentRun, ways: list[str]) -> None:
    """Send one number through each input."""
    token = (run.folder / "token").read_text().strip()
    head = f"Host: 127.0.0.1:{run.port}\r\nAuthorization: Bearer {token}\r\n"
    for way, number in zip(HTTP_WAYS, ways[: len(HTTP_WAYS)], strict=True):
        _send(run, f"{way.format(number)}\r\n{head}\r\n")
    body, torn, host, datagram, word, appended = ways[len(HTTP_WAYS) :]
    json = f'{{"caller": "{body}"}}'
    _send(run, f"POST /v1/state/start HTTP/1.1\r\n{head}Content-Length: {len(json)}\r\n\r\n{json}")
    _send(run, f"POST /v1/state/start?caller={torn}")  # and hang up
    _send(run, f"POST /v1/state/start HTTP/1.1\r\nHost: {host}\r\n\r\n")
    for message in (f"kesu1 start {datagram}9999999999999", f"kesu1 {word} 1", f"kesu1 start 1 {word}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(WITHIN_S)
            channel.connect(str(run.folder / "run" / "hook.sock"))
            channel.sendall(message.encode() + b"\n")
            assert channel.recv(3) == b"no\n"
    run.hook("start", appended)
    run.post("/v1/state/ready")
    time.sleep(0.3)


def _send(run: AgentRun, text: str) -> None:
    with socket.create_connection(("127.0.0.1", run.port)) as channel:
        channel.sendall(text.encode())
        channel.shutdown(socket.SHUT_WR)
        channel.settimeout(WITHIN_S)
        try:
            while channel.recv(4096):
                pass
        except ConnectionResetError:
            return


@pytest.mark.slow
def test_no_number_stays_in_the_agent(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        ways = numbers(len(HTTP_WAYS) + 6, 1)
        feed(run, ways)
        assert found_in_memory(run.process.pid, ways) == set()
        run.hook("end")
        while not run.pad.is_silent():
            run.pad.read()
        status = str(run.check()[1])
        for number in ways:
            assert number not in run.log.read_text() + status
            assert number.encode() not in run.pad.received
        # The memory is really read: the agent keeps the token, and the search finds it.
        assert found_in_memory(run.process.pid, [(tmp_path / "token").read_text().strip()])


KEEPING = """
import kesu.agent.wire
kept = []
def buffer_updated(self, nbytes, real=kesu.agent.wire.Wire.buffer_updated):
    kept.append(bytes(self._buffer[:self._end + nbytes]))
    real(self, nbytes)
kesu.agent.wire.Wire.buffer_updated = buffer_updated
"""


@pytest.mark.slow
def test_a_parser_that_keeps_numbers_is_found(tmp_path: Path) -> None:
    with running(tmp_path, preload=KEEPING) as run:
        ways = numbers(len(HTTP_WAYS) + 6, 2)
        feed(run, ways)
        # The hook drops what the phone appends, so that number never reaches the agent.
        assert found_in_memory(run.process.pid, ways) == set(ways[:-1])
        assert numbers_in_memory(run.process.pid, ways) == set(ways[:-1])
