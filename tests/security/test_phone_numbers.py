"""test_phone_numbers: softphone and PBXs name the caller in every message; agent and relay keep no number.

Real processes; their memory is searched as a debugger would. The same search finds the number when the
receiver keeps it (presence).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import replay
from agent_runs import free_port, running
from process_memory import found_in_memory
from replay import NUMBER, Replay, Talk, call_event, callcenter, channel, complete, member, switch_channel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/PID/mem")

PATIENCE_S = 60.0
AGENT = "1001@example.com"
KEEPING = """
import kesu.agent.wire
kept = []
def buffer_updated(self, nbytes, real=kesu.agent.wire.Wire.buffer_updated):
    kept.append(bytes(self._buffer[:self._end + nbytes]))
    real(self, nbytes)
kesu.agent.wire.Wire.buffer_updated = buffer_updated
"""
RELAY = """
credentials = "{folder}/credentials.toml"
port = {port}
[pbx.one]
kind = "asterisk"
port = {asterisk}
watch = "{watch}"
seats = {{ a = "PJSIP/1001" }}
[pbx.two]
kind = "freeswitch"
port = {freeswitch}
watch = "{watch}"
seats = {{ b = "1001@example.com" }}
"""
CREDENTIALS = """
[pbx.one]
username = "kesu"
secret = "s3cret"
[pbx.two]
secret = "s3cret"
[seats]
a = "token-of-seat-a-0001"
b = "token-of-seat-b-0002"
"""
QUEUES = (
    (member("PJSIP/1001", 6), member("PJSIP/1001", 2), complete("PJSIP/1001"), member("PJSIP/1001", 1)),
    (callcenter("agent-offering", AGENT), callcenter("bridge-agent-end", AGENT)),
)
CHANNELS = (
    (channel("Newstate", "PJSIP/1001-0000002a", "1.1"), channel("Hangup", "PJSIP/trunk-0000002b", "1.2")),
    (switch_channel("CHANNEL_ANSWER", AGENT, "u1"), switch_channel("CHANNEL_HANGUP", "x@y", "u2")),
)


class Sent(threading.Semaphore):
    """Counts the sessions that have sent everything."""

    def __init__(self) -> None:
        super().__init__(0)

    def __call__(self, talk: Talk) -> None:
        self.release()
        replay.stay(talk)

    def all(self, count: int) -> None:
        for _ in range(count):
            assert self.acquire(timeout=PATIENCE_S)


def taken_in(process: int, expected: set[str]) -> set[str]:
    """What is found in a process once it has had time to process the messages: waits until what is expected
    is found."""
    end = time.monotonic() + (PATIENCE_S if expected else 0.5)
    while (found := found_in_memory(process, [NUMBER])) == set() and time.monotonic() < end:
        time.sleep(0.1)
    return found


@contextmanager
def relay(folder: Path, preload: str, watch: str, asterisk: int, freeswitch: int) -> Iterator[int]:
    """A running `kesu relay`; its process id."""
    text = RELAY.format(
        folder=folder, port=free_port(), watch=watch, asterisk=asterisk, freeswitch=freeswitch
    )
    (folder / "relay.toml").write_text(text)
    (folder / "credentials.toml").write_text(CREDENTIALS)
    (folder / "credentials.toml").chmod(0o600)
    code = f"{preload}\nimport sys\nfrom kesu.cli.commands import main\nmain(sys.argv[1:], prog_name='kesu')"
    process = subprocess.Popen([sys.executable, "-c", code, "relay", "--config", str(folder / "relay.toml")])
    try:
        yield process.pid
    finally:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preload", "expected"), [("", set()), (KEEPING, {NUMBER})], ids=["ours", "one that keeps"]
)
def test_the_agent_and_baresip(tmp_path: Path, preload: str, expected: set[str]) -> None:
    sent, is_pad_notified = Sent(), threading.Event()

    def session() -> Iterator[bytes]:
        # If a call came before the pad is plugged in, R would be its first byte.
        assert is_pad_notified.wait(PATIENCE_S)
        yield from (call_event("CALL_INCOMING"), call_event("CALL_ESTABLISHED"))

    with Replay([replay.baresip(session(), answers=(0, 1), then=sent)]) as server:
        more = f'[sources.phone]\nkind = "baresip"\nport = {server.port}\n'
        with running(tmp_path, preload, more) as run:
            is_pad_notified.set()
            sent.all(1)
            assert run.pad.read(2) == b"RT"
            assert taken_in(run.process.pid, expected) == expected
            assert NUMBER not in run.log.read_text() + str(run.check()[1])


@pytest.mark.slow
@pytest.mark.parametrize("watch", ["queues", "channels"])
@pytest.mark.parametrize(
    ("preload", "expected"), [("", set()), (KEEPING, {NUMBER})], ids=["ours", "one that keeps"]
)
def test_the_relay_and_its_pbxs(tmp_path: Path, preload: str, expected: set[str], watch: str) -> None:
    sent = Sent()
    asterisk, freeswitch = QUEUES if watch == "queues" else CHANNELS
    with (
        Replay([replay.asterisk(asterisk, then=sent)]) as one,
        Replay([replay.freeswitch(freeswitch, then=sent)]) as two,
        relay(tmp_path, preload, watch, one.port, two.port) as process,
    ):
        sent.all(2)
        assert taken_in(process, expected) == expected
        assert found_in_memory(process, ["token-of-seat-a-0001"]), "the search really reads the memory"
