"""test_relay: `kesu relay` between a replayed PBX and the agents' relay source, over TLS."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import certificates
import pytest
from click.testing import CliRunner
from kesu.agent.calls import Event, Report
from kesu.agent.hints import hint
from kesu.agent.options import Options
from kesu.agent.reading import relayed
from kesu.agent.source import Loss, SourceLost, keep_running
from kesu.agent.sources import relay as relay_source
from kesu.common.errors import KesuError
from kesu.relay import config
from kesu.relay.command import command
from kesu.relay.desk import Desk
from kesu.relay.server import BEHIND_BYTES, STRANGERS, Server
from live_pbx import LiveAsterisk
from replay import member

TOKENS = {"a": "token-of-seat-a-0001", "b": "token-of-seat-b-0002"}
PATIENCE_S = 60.0
RELAY_TOML = """
credentials = "{folder}/credentials.toml"
port = 7443
certificate = "{folder}/relay.pem"
key = "{folder}/relay.key"
[pbx.main]
kind = "asterisk"
port = {port}
[pbx.main.seats]
a = "PJSIP/1001"
b = "PJSIP/1002"
"""
CREDENTIALS_TOML = """
[pbx.main]
username = "kesu"
secret = "s3cret"
[seats]
a = "token-of-seat-a-0001"
b = "token-of-seat-b-0002"
"""


def write(
    folder: Path, port: int = 5038, relay: str = RELAY_TOML, credentials: str = CREDENTIALS_TOML
) -> Path:
    """Write settings, credentials and a certificate; return the path of the settings."""
    certificates.make(folder)
    (folder / "relay.toml").write_text(relay.format(folder=folder, port=port), encoding="utf-8")
    (folder / "credentials.toml").write_text(credentials, encoding="utf-8")
    (folder / "credentials.toml").chmod(0o600)
    return folder / "relay.toml"


@asynccontextmanager
async def running(settings: config.Config) -> AsyncIterator[tuple[Server, int]]:
    """The relay on a free port, following its PBXs."""
    server = Server(settings.tokens)
    listening = await server.serve("127.0.0.1", 0, settings.tls)
    tasks = [asyncio.create_task(server.pulse())]
    for pbx in settings.pbxs:
        tasks.append(
            asyncio.create_task(keep_running(pbx.source, partial(server.report, pbx.seats), lambda *_: None))
        )
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield server, listening.sockets[0].getsockname()[1]
    finally:
        for task in tasks:
            task.cancel()
        listening.close()


def seat(folder: Path, port: int, name: str, token: str | None = None) -> relay_source.Relay:
    """The agent's source for one seat, built from its configuration."""
    path = folder / f"{name}.token"
    path.write_text(f"{token or TOKENS[name]}\n")
    path.chmod(0o600)
    table = {
        "host": "127.0.0.1",
        "port": port,
        "seat": name,
        "token_file": str(path),
        "ca": str(folder / "relay.pem"),
    }
    source = relay_source.build(name, Options(table, "test"))
    assert isinstance(source, relay_source.Relay)
    return source


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def words(reports: list[Report]) -> list[str]:
    return [one.event.value for one in reports if one.event is not Event.ALIVE]


def test_each_seat_gets_its_own_calls_and_the_pbx_state(tmp_path: Path) -> None:
    async def run(port: int) -> tuple[list[Report], list[Report], list[Report]]:
        a: list[Report] = []
        b: list[Report] = []
        late: list[Report] = []
        async with running(config.load(write(tmp_path, port))) as (server, number):
            tasks = [
                asyncio.create_task(seat(tmp_path, number, "a").run(a.append)),
                asyncio.create_task(seat(tmp_path, number, "b").run(b.append)),
            ]
            await until(lambda: words(a)[-1:] == words(b)[-1:] == ["ready"])
            pbx.tell(member("PJSIP/1001", 6), member("PJSIP/1001", 2), member("PJSIP/1002", 6))
            pbx.members |= {"PJSIP/1001": {"support": (2, False)}, "PJSIP/1002": {"support": (6, False)}}
            await until(lambda: words(a)[-2:] == ["ring", "start"] and words(b)[-1:] == ["ring"])
            # Another connection for the same seat replaces it and gets the current state.
            tasks.append(asyncio.create_task(seat(tmp_path, number, "a").run(late.append)))
            await until(lambda: words(late) == ["ready", "start"])
            with pytest.raises(SourceLost):
                await tasks[0]
            assert server.connected == ["a", "b"]
            server.report(frozenset("ab"), Report(Event.LOST))
            await until(lambda: words(late)[-1] == words(b)[-1] == "lost")
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks[1:], return_exceptions=True)
        return a, b, late

    with LiveAsterisk({f"PJSIP/{number}": {"support": (1, False)} for number in (1001, 1002)}) as pbx:
        a, b, late = asyncio.run(run(pbx.port))
    assert a[-1].call == late[-2].call != 0, "a call keeps its number"
    assert "start" not in words(b)


def test_wrong_tokens_seats_and_certificates_are_refused(tmp_path: Path) -> None:
    async def loss(source: relay_source.Relay) -> Loss:
        with pytest.raises(SourceLost) as lost:
            await source.run(lambda report: None)
        return lost.value.loss

    async def run() -> tuple[list[Loss], int]:
        settings = config.load(write(tmp_path))
        async with running(settings) as (server, number):
            found = [
                await loss(seat(tmp_path, number, "a", "token-of-seat-b-0002")),
                await loss(seat(tmp_path, number, "nobody", "token-of-seat-b-0002")),
            ]
            refused = server.refused
            certificates.make(tmp_path)  # another authority of the same name
            found.append(await loss(seat(tmp_path, number, "a")))
            return found, refused

    assert asyncio.run(run()) == ([Loss.LOGIN, Loss.LOGIN, Loss.LOGIN], 2)


@pytest.mark.parametrize(
    "hello", [b"x" * 500, b"kesu 2 a token-of-seat-a-0001\n", b"\xff\xfe\n", b"kesu 1 a\n", b"\n"]
)
def test_hostile_agents_are_disconnected(hello: bytes) -> None:
    async def run() -> bytes:
        server = Server(TOKENS)
        async with await server.serve("127.0.0.1", 0, None) as listening:
            reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
            writer.write(hello)
            async with asyncio.timeout(PATIENCE_S):
                answer = await reader.read()
            writer.close()
            assert server.connected == []
            return answer

    assert asyncio.run(run()) in (b"", b"no\n")


@pytest.mark.slow
def test_an_agent_that_does_not_read_is_disconnected() -> None:
    async def run() -> int:
        server = Server(TOKENS)
        async with await server.serve("127.0.0.1", 0, None) as listening:
            client = socket.create_connection(listening.sockets[0].getsockname())
            client.sendall(b"kesu 1 a token-of-seat-a-0001\n")
            await until(lambda: server.connected == ["a"])
            sent = 0
            while server.connected and sent < 1_000_000:
                for _ in range(2_000):
                    server.report(frozenset("a"), Report(Event.RING, 1))
                sent += 2_000
                await asyncio.sleep(0)
            client.close()
            return sent

    assert BEHIND_BYTES < asyncio.run(run()) * 22 < 22_000_000


def test_a_seat_is_lost_until_its_pbx_is_connected() -> None:
    desk = Desk()
    assert words(desk.so_far()) == ["lost"]
    assert desk.pulse.event is Event.LOST
    desk.take(Report(Event.READY))
    desk.take(Report(Event.AWAY))
    desk.take(Report(Event.START, 7))
    assert [(one.event.value, one.call) for one in desk.so_far()] == [("ready", 0), ("away", 0), ("start", 7)]
    desk.take(Report(Event.LOST))
    assert words(desk.so_far()) == ["lost"]


BAD = [
    ("relay", 'certificate = "{folder}/relay.pem"', 'listen = "0.0.0.0"', "loopback"),
    ("relay", "/relay.pem", "/none.pem", "PEM files"),
    ("relay", 'kind = "asterisk"', 'kind = "avaya"', "must be one of"),
    ("relay", 'a = "PJSIP/1001"', 'a = "PJSIP/1002"', "two seats"),
    ("relay", "[pbx.main.seats]", '[pbx.main.seats]\nc = "PJSIP/3"', "no token for c"),
    ("relay", "kind = ", "[[", "is not TOML"),
    ("relay", "port = 7443", "port = 7443\nprot = 1", "`prot` is not a setting"),
    ("credentials", 'secret = "s3cret"', "", "`secret` is missing"),
    ("credentials", "token-of-seat-a-0001", "short", "tokens of 16"),
    ("credentials", "token-of-seat-a-0001", "token-of-seat-b-0002", "one token to two"),
    ("credentials", "[seats]", '[seats]\nz = "token-of-seat-z-0003"', "no PBX serves"),
    ("credentials", 's3cret"', "s3cret", "is not TOML"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), BAD)
def test_bad_files_give_one_clear_line(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    texts = {"relay": RELAY_TOML, "credentials": CREDENTIALS_TOML}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(KesuError) as error:
        config.load(write(tmp_path, relay=texts["relay"], credentials=texts["credentials"]))
    assert says in error.value.message
    assert "s3cret" not in error.value.message + error.value.hint


def test_credentials_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    config.load(path)
    for mode in (0o640, 0o604, 0o620):
        (tmp_path / "credentials.toml").chmod(mode)
        with pytest.raises(KesuError) as error:
            config.load(path)
        assert error.value.code == 77


def test_check_reports_which_pbx_answers(tmp_path: Path) -> None:
    with LiveAsterisk({f"PJSIP/{number}": {"support": (1, False)} for number in (1001, 1002)}) as server:
        path = write(tmp_path, server.port)
        fine = CliRunner().invoke(command, ["--check", "--config", str(path)])
    gone = CliRunner().invoke(command, ["--check", "--config", str(path)])
    assert (fine.exit_code, fine.output) == (0, "main: answers (seats a, b)\n")
    assert (gone.exit_code, gone.output) == (1, "main: refused (seats a, b)\n")


@pytest.mark.slow
def test_unauthenticated_connections_are_bounded_and_harm_no_agent(tmp_path: Path) -> None:
    """Connections that never finish the TLS handshake, or never send a token."""

    async def run() -> None:
        settings = config.load(write(tmp_path))
        server = Server(settings.tokens)
        async with await server.serve("127.0.0.1", 0, settings.tls) as listening:
            number = listening.sockets[0].getsockname()[1]
            heard: list[Report] = []
            pulse = asyncio.create_task(server.pulse())
            task = asyncio.create_task(seat(tmp_path, number, "a").run(heard.append))
            await until(lambda: server.connected == ["a"])
            before = len(os.listdir("/proc/self/fd"))
            crowd = await asyncio.to_thread(
                lambda: [socket.create_connection(("127.0.0.1", number)) for _ in range(300)]
            )
            await until(lambda: server.turned_away >= 100)
            ours = len(os.listdir("/proc/self/fd")) - before - len(crowd)
            assert ours <= STRANGERS + 5
            server.report(frozenset("a"), Report(Event.READY))
            await until(lambda: words(heard)[-1:] == ["ready"])
            assert not task.done()
            # Those accepted are closed when their time is over, and an agent can connect again.
            late = asyncio.create_task(
                keep_running(seat(tmp_path, number, "b"), heard.append, lambda *_: None)
            )
            await until(lambda: server.connected == ["a", "b"])
            for one in crowd:
                one.close()
            for each in (task, late, pulse):
                each.cancel()
            await asyncio.gather(task, late, pulse, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), PATIENCE_S))


def test_a_relay_without_tls_is_reported_as_such(tmp_path: Path) -> None:
    async def run() -> None:
        write(tmp_path)
        server = Server(TOKENS)
        async with await server.serve("127.0.0.1", 0, None) as listening:
            with pytest.raises(SourceLost) as caught:
                await seat(tmp_path, listening.sockets[0].getsockname()[1], "a").run(lambda report: None)
            assert caught.value.loss is Loss.TLS
            assert "tls = false" in hint("relay", caught.value.loss)

    asyncio.run(asyncio.wait_for(run(), PATIENCE_S))


@pytest.mark.slow
def test_a_relay_with_a_heartbeat_is_kept_for_longer_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_source, "ALIVE_EVERY_S", 0.1)

    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"ok\nready 0000000000000000\n")
            while not reader.at_eof():
                await asyncio.sleep(0.1)
                writer.write(b"alive 0000000000000000\n")
            writer.close()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            task = asyncio.create_task(
                relay_source.Relay("relay", "127.0.0.1", port, "a", TOKENS["a"], None).run(
                    lambda report: None
                )
            )
            await asyncio.sleep(relayed.SILENT_S + 1.0)
            assert not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), PATIENCE_S))


@pytest.mark.parametrize("said", [b"", b"mute 0000000000000000\n", b"a"])
def test_a_relay_without_heartbeat_is_lost_despite_events(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_source, "SILENT_S", 2 * PATIENCE_S)
    monkeypatch.setattr(relay_source, "ALIVE_EVERY_S", 0.1)

    async def run() -> list[str]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"ok\nready 0000000000000000\n")
            for _ in range(20):
                await asyncio.sleep(0.02)
                writer.write(b"alive 0000000000000000\n")
            monkeypatch.setattr(relay_source, "SILENT_S", 0.6)  # from now on, silence counts
            # From Python 3.12 on, a server that closes waits for its connections.
            while not reader.at_eof():
                await asyncio.sleep(0.05)
                writer.write(said)
            writer.close()

        heard: list[Report] = []
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            source = relay_source.Relay("relay", "127.0.0.1", port, "a", TOKENS["a"], None)
            with pytest.raises(SourceLost) as caught:
                await source.run(heard.append)
            assert caught.value.loss in (Loss.SILENT, Loss.TOO_LONG)
        return words(heard)

    assert asyncio.run(asyncio.wait_for(run(), PATIENCE_S))[0] == "ready"
