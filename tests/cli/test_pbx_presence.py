"""test_pbx_presence: a seat is present while the PBX lists it, and the PBX is alive while it answers."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import certificates
import pytest
import replay
from click.testing import CliRunner
from kesu.agent.calls import Event, Report
from kesu.agent.source import Loss, SourceLost, loss_of
from kesu.common.errors import KesuError
from kesu.relay import config, pbx
from kesu.relay.asterisk import Asterisk
from kesu.relay.command import command
from kesu.relay.freeswitch import FreeSwitch
from kesu.relay.pbx import PbxSource, Place
from live_pbx import LiveAsterisk, LivePbx, LiveSwitch, Stuff, device
from replay import block, callcenter, channel, member
from test_relay import CREDENTIALS_TOML, RELAY_TOML, write

PATIENCE_S = 60.0  # this time passes only when something is broken
A, B = "PJSIP/1001", "PJSIP/1002"
AGENT = "1001@example.com"


class Following:
    """A running source, and its reports without ALIVE."""

    def __init__(self, source: PbxSource[Any]) -> None:
        self.source = source
        self.reports: list[tuple[str, str]] = []
        self._task = asyncio.create_task(source.run(self._heard))

    def _heard(self, report: Report) -> None:
        if report.event is not Event.ALIVE:
            self.reports.append((report.seat, report.event.value))

    def of(self, seat: str) -> list[str]:
        return [word for name, word in self.reports if name == seat]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                assert not self._task.done(), self._task
                await asyncio.sleep(0.01)

    async def loss(self) -> Loss:
        async with asyncio.timeout(PATIENCE_S):
            try:
                await self._task
            except Exception as error:
                return loss_of(error)
        raise AssertionError("the source has ended without being stopped")

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask often. A PBX that does not answer is lost after PATIENCE_S, or after a call of `bear_no_silence`."""
    for name in ("ASK_S", "COUNT_S"):
        monkeypatch.setattr(pbx, name, getattr(pbx, name) / 20)
    monkeypatch.setattr(pbx, "SILENT_S", PATIENCE_S)


def bear_no_silence(source: PbxSource[object]) -> None:
    """From now on, a PBX that does not answer for 0.6 s is lost."""
    source._alive._silent_s, source._count._silent_s = 0.6, 1.1


def asterisk(server: LivePbx, channels: bool = False) -> Asterisk:
    return Asterisk("pbx", Place("127.0.0.1", server.port, "kesu", "x"), {A: "a", B: "b"}, channels=channels)


def freeswitch(server: LivePbx, channels: bool = False) -> FreeSwitch:
    return FreeSwitch("pbx", Place("127.0.0.1", server.port, "", "x"), {AGENT: "a"}, channels=channels)


def follow(
    server: LivePbx, source: PbxSource[Any], story: Callable[[Following], Awaitable[None]]
) -> Following:
    async def run() -> Following:
        following = Following(source)
        try:
            await story(following)
        finally:
            await following.end()
        return following

    return asyncio.run(run())


def test_only_a_seat_in_a_queue_is_reported(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: server.lists >= 3)
        assert following.source.is_counted
        assert following.source.unseen == {"b": "not in the PBX's list"}
        server.members[B] = {"support": (1, False)}
        await following.until(lambda: following.of("b") == ["ready"])

    with LiveAsterisk({A: {"support": (1, False)}, "PJSIP/1010": {"support": (2, False)}}) as server:
        found = follow(server, asterisk(server), story)
    assert found.reports == [("a", "ready"), ("b", "ready")]


def test_a_seat_removed_in_a_call_is_lost_by_event_or_by_list(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.of("a") == following.of("b") == ["ready", "start"])
        server.tell(member(A, 2, "QueueMemberRemoved", Queue="sales"))
        server.members[A].pop("sales")
        server.members.pop(B)  # without an event
        await following.until(lambda: following.of("b")[-1] == "lost")
        assert following.of("a") == ["ready", "start"], "another queue has it"
        server.members.pop(A)
        server.tell(member(A, 2, "QueueMemberRemoved"))
        await following.until(lambda: following.of("a")[-1] == "lost")

    with LiveAsterisk(
        {A: {"support": (2, False), "sales": (2, False)}, B: {"support": (2, False)}}
    ) as server:
        follow(server, asterisk(server), story)


@pytest.mark.slow
def test_a_member_paused_in_one_of_two_queues_is_not_away(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.of("a")[-1:] == ["ready"] and server.lists >= 2)
        following.reports.clear()
        for status in (6, 2, 1):
            for queue, paused in (("sales", 1), ("support", 0)):
                server.tell(member(A, status, Queue=queue, Paused=paused))
        await following.until(lambda: following.of("a")[-1:] == ["end"])
        before = server.lists
        server.members[A] = {"sales": (1, True), "support": (1, False)}
        await following.until(lambda: server.lists >= before + 3)
        assert following.of("a") == ["ring", "start", "end"]
        server.members[A]["support"] = (1, True)
        await following.until(lambda: following.of("a")[-1] == "away")
        server.members[A]["sales"] = (1, False)
        await following.until(lambda: following.of("a")[-1] == "ready")

    with LiveAsterisk({A: {"sales": (1, True), "support": (1, False)}}) as server:
        follow(server, asterisk(server), story)


@pytest.mark.slow
def test_only_existing_usable_devices_are_watched(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.of("a") == ["ready"] and server.lists >= 3)
        assert following.source.unseen == {"b": "not in the PBX's list"}
        server.tell(channel("Newstate", f"{A}-0000002a", "1.1", 6))
        await following.until(lambda: following.of("a")[-1] == "start")
        server.devices[A] = 5
        server.tell(device(A, 5))
        await following.until(lambda: following.of("a")[-1] == "lost")
        server.tell(channel("Hangup", f"{A}-0000002a", "1.1"))
        server.devices[B] = 1
        await following.until(lambda: following.of("b") == ["ready"])
        assert following.of("a")[-1] == "lost"
        server.devices.pop(B)  # the endpoint is taken out of the configuration
        await following.until(lambda: following.of("b")[-1] == "lost")

    with LiveAsterisk(devices={A: 1, "PJSIP/1010": 1}) as server:
        follow(server, asterisk(server, channels=True), story)


def test_an_asterisk_that_may_not_list_devices_is_refused_with_its_reason() -> None:
    async def story(following: Following) -> None:
        assert await following.loss() is Loss.RIGHTS

    with LiveAsterisk(devices={A: 1}, rights=False) as server:
        assert follow(server, asterisk(server, channels=True), story).reports == []


def test_freeswitch_agents_that_do_not_exist_or_are_deleted_are_lost(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.source.is_counted)
        assert following.source.unseen == {"a": "no such agent"}
        server.agents[AGENT] = "Available"
        await following.until(lambda: following.of("a") == ["ready"])
        server.tell(callcenter("bridge-agent-start", AGENT))
        await following.until(lambda: following.of("a")[-1] == "start")
        server.agents.clear()
        await following.until(lambda: following.of("a")[-1] == "lost")
        server.agents[AGENT] = "On Break"
        await following.until(lambda: following.of("a")[-2:] == ["ready", "away"])

    with LiveSwitch(agents={"1010@example.com": "Available"}) as server:
        follow(server, freeswitch(server), story)


def test_freeswitch_phones_that_are_not_registered_are_lost(quick: None) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.of("a") == ["ready"])
        server.phones.clear()
        await following.until(lambda: following.of("a")[-1] == "lost")
        assert following.source.unseen == {"a": "no phone is registered"}

    with LiveSwitch(phones={AGENT: "sofia/internal/sip:1001@192.0.2.7"}) as server:
        follow(server, freeswitch(server, channels=True), story)


def one_byte(client: socket.socket) -> None:
    client.sendall(b"E")
    time.sleep(0.02)


def whole_events(client: socket.socket) -> None:
    client.sendall(block(Event="VarSet", Channel="PJSIP/9-1", Variable="x", Value="y") * 20)
    client.sendall(member("PJSIP/9999", 2))
    time.sleep(0.002)


def own_events(client: socket.socket) -> None:
    client.sendall(member(A, 2))
    time.sleep(0.005)


def stray_pongs(client: socket.socket) -> None:
    client.sendall(block(Response="Success", ActionID=77, Ping="Pong"))
    time.sleep(0.005)


def switch_events(client: socket.socket) -> None:
    client.sendall(callcenter("agent-status-change", AGENT, CC_Agent_Status="Available"))
    time.sleep(0.005)


STREAMS = [
    (LiveAsterisk, asterisk, None),
    (LiveAsterisk, asterisk, one_byte),
    (LiveAsterisk, asterisk, whole_events),
    (LiveAsterisk, asterisk, own_events),
    (LiveAsterisk, asterisk, stray_pongs),
    (LiveSwitch, freeswitch, None),
    (LiveSwitch, freeswitch, one_byte),
    (LiveSwitch, freeswitch, switch_events),
]


@pytest.mark.parametrize(("kind", "build", "stream"), STREAMS)
def test_a_pbx_that_answers_no_request_is_lost_despite_events(
    kind: type[LivePbx], build: Callable[[LivePbx], PbxSource[Any]], stream: Stuff | None, quick: None
) -> None:
    async def story(following: Following) -> None:
        await following.until(lambda: following.source.is_counted)
        server.stop_answering(stream)
        bear_no_silence(following.source)
        assert await following.loss() is Loss.SILENT

    with kind() as server:
        follow(server, build(server), story)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "build"), [(LiveAsterisk, asterisk), (LiveSwitch, freeswitch)])
def test_a_pbx_that_answers_is_kept_for_longer_than_any_bound(
    kind: type[LivePbx],
    build: Callable[[LivePbx], PbxSource[object]],
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pbx, "SILENT_S", 6.0)

    async def story(following: Following) -> None:
        await following.until(lambda: following.source.is_counted)
        await asyncio.sleep(pbx.COUNT_S + pbx.SILENT_S + 1.0)
        await following.until(lambda: True)

    with kind() as server:
        follow(server, build(server), story)


def test_a_pbx_that_stops_listing_its_seats_is_lost(quick: None) -> None:
    class NoList(LiveAsterisk):
        def answer(self, asked: str) -> bytes:
            return b"" if "QueueStatus" in asked and self.lists else super().answer(asked)

    async def story(following: Following) -> None:
        await following.until(lambda: following.of("a") == ["ready"])
        bear_no_silence(following.source)
        assert await following.loss() is Loss.SILENT

    with NoList({A: {"support": (1, False)}}) as server:
        found = follow(server, asterisk(server), story)
    assert found.of("a") == ["ready"]


def greets_forever(client: socket.socket) -> None:
    client.sendall(block(Response="Success", ActionID=99))
    time.sleep(0.002)


@pytest.mark.parametrize("stream", [None, greets_forever])
def test_a_login_that_never_ends_times_out(stream: Stuff | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pbx, "LOGIN_S", 0.3)

    async def story(following: Following) -> None:
        await asyncio.sleep(0.1)
        if stream is not None:
            server.stop_answering(stream)
        assert await following.loss() is Loss.SILENT

    with LiveAsterisk() as server:
        server.answers = False
        assert follow(server, asterisk(server), story).reports == []


def test_a_tls_handshake_that_never_ends_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kesu.agent.reading import stream

    monkeypatch.setattr(stream, "CONNECT_S", 0.3)
    with replay.Replay([replay.sends(b"")]) as server:
        source = (
            config.load(remote(tmp_path, f"port = {server.port}\ntls = true", "127.0.0.1")).pbxs[0].source
        )
        with pytest.raises((SourceLost, TimeoutError)):
            asyncio.run(asyncio.wait_for(source.run(lambda report: None), PATIENCE_S))


def remote(folder: Path, more: str, host: str = "pbx.example", kind: str = "asterisk") -> Path:
    """Settings with one PBX there."""
    lines = RELAY_TOML.replace("port = {port}\n", f'host = "{host}"\n{more}\n', 1)
    credentials = CREDENTIALS_TOML
    if kind == "freeswitch":
        lines = lines.replace('kind = "asterisk"', 'kind = "freeswitch"')
        credentials = credentials.replace('username = "kesu"\n', "")
    return write(folder, relay=lines, credentials=credentials)


def test_a_remote_pbx_needs_tls_unless_configured_otherwise(tmp_path: Path) -> None:
    def tls(*arguments: str) -> bool:
        found = config.load(remote(tmp_path, *arguments)).pbxs[0]
        assert found.in_the_clear is (found.source._place.tls is None and arguments[1:2] != ("127.0.0.9",))
        return found.source._place.tls is not None

    assert tls("")
    assert config.load(remote(tmp_path, "")).pbxs[0].source._place.port == 5039
    assert not tls("plain_text = true")
    assert not tls("", "127.0.0.9")
    assert not tls("plain_text = true", "pbx.example", "freeswitch")
    assert tls("tls = true", "pbx.example", "freeswitch")
    for more, kind, says in (
        ("tls = false", "asterisk", "plain_text"),
        ("tls = true\nplain_text = true", "asterisk", "exclude each other"),
        ("", "freeswitch", "has no TLS"),
        ("tls = false", "freeswitch", "has no TLS"),
    ):
        with pytest.raises(KesuError) as caught:
            config.load(remote(tmp_path, more, "192.0.2.9", kind))
        assert says in caught.value.message
        assert caught.value.code == 78


def test_check_names_seats_that_the_pbx_does_not_list(tmp_path: Path) -> None:
    def check(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(command, ["--check", "--config", str(path), *more])
        return done.exit_code, done.stdout

    with LiveAsterisk({A: {"support": (1, False)}, "PJSIP/1020": {"support": (1, False)}}) as server:
        path = write(tmp_path, server.port)
        assert check() == (3, "main: answers (seats a)\n  seat b: NOT SEEN, not in the PBX's list\n")
        status, text = check("--json")
        assert status == 3
        (found,) = json.loads(text)["pbxs"]
        assert found["answers"] is True
        assert {one["name"]: one["proven"] for one in found["seats"]} == {"a": True, "b": False}
        server.members[B] = {"support": (5, False)}
        assert check() == (3, "main: answers (seats a)\n  seat b: NOT SEEN, device state 5\n")
        server.members[B] = {"support": (1, False)}
        assert check() == (0, "main: answers (seats a, b)\n")
    assert check()[0] == 1


def test_the_relay_warns_of_unencrypted_connections(tmp_path: Path) -> None:
    certificates.make(tmp_path)
    path = remote(tmp_path, "port = 1\nplain_text = true", "192.0.2.9")
    settings = config.load(path)
    assert settings.pbxs[0].in_the_clear

    # The address is reserved for documentation: nothing answers, and the warning comes first.
    class Stopped(Exception):
        """Replaces the connection."""

    def stop(_: object) -> None:
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kesu.relay.command._check", stop)
        done = CliRunner().invoke(command, ["--check", "--config", str(path)])
    assert done.stderr.startswith("WARNING: main")
