"""test_phone_sources: the sources for Asterisk, FreeSWITCH and baresip against replayed sessions."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import replay
from kesu.agent.calls import Event, Report
from kesu.agent.pulse import Pulse
from kesu.agent.source import Loss, Source, SourceLost
from kesu.agent.sources import baresip as baresip_source
from kesu.agent.sources.baresip import Baresip
from kesu.relay.asterisk import Asterisk
from kesu.relay.freeswitch import FreeSwitch
from kesu.relay.pbx import Place
from replay import Replay, Talk, call_event, callcenter, channel, complete, member, switch_channel

PATIENCE_S = 60.0  # this time passes only when something is broken
A, B = "PJSIP/1001", "PJSIP/1002"
AGENT = "1001@example.com"


def hang_up(talk: Talk) -> None:
    """End the session."""


def heard(source: Source) -> tuple[list[tuple[str, str]], Loss | None, list[Report]]:
    """Run a source until it ends: (seat, event) of its reports without ALIVE, why it ended, all reports."""
    reports: list[Report] = []
    loss = None

    async def run() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await source.run(reports.append)

    try:
        asyncio.run(run())
    except SourceLost as lost:
        loss = lost.loss
    return (
        [(one.seat, one.event.value) for one in reports if one.event is not Event.ALIVE],
        loss,
        reports,
    )


def of_asterisk(server: Replay, **options: Any) -> Asterisk:
    place = Place("127.0.0.1", server.port, "kesu", "s3cret")
    return Asterisk("pbx", place, {A: "a", B: "b"}, wrap_up_reasons=("後作業",), **options)


def of_freeswitch(server: Replay, **options: Any) -> FreeSwitch:
    place = Place("127.0.0.1", server.port, "", "s3cret")
    return FreeSwitch("pbx", place, {AGENT: "a"}, **options)


QUEUE_SESSION = (
    member(A, 1, "QueueMember"),
    member(B, 2, "QueueMember"),
    replay.block(Event="QueueEntry", Queue="support", CallerIDNum=replay.NUMBER),
    replay.block(Event="QueueStatusComplete", ActionID=3),
    member(A, 6),
    member(A, 2),
    member("PJSIP/9999", 6),
    member(A, 7),
    member(A, 8),
    member(A, 2),
    complete(A),
    member(A, 2),  # the device is not free yet
    member(A, 1),
    member(A, 1),  # of another queue
    member(A, 6),
    member(A, 1),  # not answered
    member(B, 1, Wrapuptime=15),
    member(B, 1, "QueueMemberPause", Paused=1, PausedReason="昼休憩"),
    member(B, 1, "QueueMemberPause", Paused=0),
    member(A, 2),
    member(A, 2, "QueueMemberPause", Paused=1, PausedReason="後作業"),
    member(A, 1, Paused=1, PausedReason="後作業"),
    member(A, 1, "QueueMemberPause", Paused=0),
    member(A, 2),
    member(A, 6),  # the next call rings, with no event for the end of the last
    member(A, 5),  # unplugged
    member(A, 1),
)
QUEUE_REPORTS = [
    ("a", "ready"), ("b", "ready"), ("b", "start"),
    ("a", "ring"), ("a", "start"), ("a", "hold"), ("a", "start"), ("a", "end"),
    ("a", "ring"), ("a", "busy"),
    ("b", "wrapup"), ("b", "away"), ("b", "ready"),
    ("a", "start"), ("a", "wrapup"), ("a", "ready"),
    ("a", "start"), ("a", "end"), ("a", "ring"), ("a", "lost"), ("a", "ready"),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [4096, 7])
def test_asterisk_queues(chunk: int) -> None:
    with Replay([replay.asterisk(QUEUE_SESSION, then=hang_up)], chunk=chunk) as server:
        reports, loss, all_reports = heard(of_asterisk(server))
        assert not server.failures
    assert reports == QUEUE_REPORTS
    assert loss is Loss.CLOSED
    calls = [one.call for one in all_reports if one.seat == "a" and one.event is Event.RING]
    assert len(set(calls)) == len(calls), "every call has its own number"


def test_calls_of_another_connection_have_other_numbers() -> None:
    """An agent lives longer than the relay's connection to its PBX, and to it an ended call stays ended."""
    numbers: list[int] = []
    for _ in range(3):
        with Replay([replay.asterisk(QUEUE_SESSION, then=hang_up)]) as server:
            _, _, all_reports = heard(of_asterisk(server))
        numbers += [one.call for one in all_reports if one.event is Event.RING]
    assert len(numbers) >= 9
    assert len(set(numbers)) == len(numbers)


def test_a_slow_session_in_pieces_gives_the_same_reports() -> None:
    few = (member(A, 6), member(A, 2), complete(A), member(A, 1))
    with Replay([replay.asterisk(few, then=hang_up)], chunk=100, pause_s=0.003) as server:
        reports, loss, _ = heard(of_asterisk(server))
    assert reports == [("a", word) for word in ("ready", "ring", "start", "end")]
    assert loss is Loss.CLOSED


def test_asterisk_channels_are_calls() -> None:
    session = (
        channel("Newstate", f"{A}-0000002a", "1.1", 5),
        channel("Newstate", f"{A}-0000002a", "1.1", 6),
        channel("Newstate", "PJSIP/1001x-0000002b", "1.2", 6),
        channel("Hold", f"{A}-0000002a", "1.1"),
        channel("Newstate", f"{A}-0000002c", "1.3", 6),
        channel("Hangup", f"{A}-0000002c", "1.3"),
        channel("Unhold", f"{A}-0000002a", "1.1"),
        channel("Hangup", f"{A}-0000002a", "1.1"),
    )
    with Replay([replay.asterisk(session, then=hang_up)]) as server:
        reports, _, all_reports = heard(of_asterisk(server, channels=True))
    words = ["ready", "ring", "start", "hold", "start", "end", "start", "end"]
    assert reports == [("a", word) for word in words]
    numbers = [one.call for one in all_reports if one.event is not Event.READY]
    assert numbers[0] == numbers[1] == numbers[2] == numbers[5] == numbers[6] != numbers[3] == numbers[4]


@pytest.mark.parametrize("chunk", [4096, 5])
def test_freeswitch_queues(chunk: int) -> None:
    session = (
        callcenter("agent-offering", AGENT),
        callcenter("bridge-agent-start", AGENT),
        callcenter("agent-state-change", AGENT, CC_Agent_State="In a queue call"),
        callcenter("agent-status-change", AGENT, CC_Agent_Status="On Break"),
        callcenter("agent-status-change", AGENT, CC_Agent_Status="Available (On Demand)"),
        callcenter("bridge-agent-start", "1002@example.com"),
        callcenter("bridge-agent-end", AGENT),
        callcenter("agent-offering", AGENT, "other"),
        callcenter("bridge-agent-fail", AGENT, "other"),
        callcenter("agent-status-change", AGENT, CC_Agent_Status="Logged Out"),
        callcenter("agent-status-change", AGENT, CC_Agent_Status="Available"),
        replay.message("text/disconnect-notice", b"Disconnected, goodbye.\n"),
    )
    with Replay([replay.freeswitch(session)], chunk=chunk) as server:
        reports, loss, _ = heard(of_freeswitch(server, wrap_up=True))
        assert not server.failures
    words = ["ready", "ring", "start", "away", "wrapup", "ready", "ring", "busy", "away", "ready"]
    assert reports == [("a", word) for word in words]
    assert loss is Loss.CLOSED


def test_freeswitch_channels_are_calls() -> None:
    names = ("PROGRESS", "ANSWER", "HOLD", "UNHOLD", "HANGUP")
    session = [switch_channel(f"CHANNEL_{name}", AGENT, "u1") for name in names]
    session.insert(2, switch_channel("CHANNEL_ANSWER", "1002@example.com", "u2"))
    with Replay([replay.freeswitch(session, then=hang_up)]) as server:
        reports, _, _ = heard(of_freeswitch(server, channels=True))
    assert reports == [("a", word) for word in ("ready", "ring", "start", "hold", "start", "end")]


@pytest.mark.parametrize("chunk", [4096, 3])
def test_baresip(chunk: int) -> None:
    session = (
        call_event("CALL_RINGING", "out"),
        call_event("CALL_INCOMING"),
        call_event("CALL_ESTABLISHED"),
        replay.netstring('{"event":true,"type":"REGISTER_OK","class":"register"}'),
        call_event("CALL_CLOSED"),
        replay.netstring('{"event":true,"type":"EXIT","class":"application"}'),
    )
    with Replay([replay.baresip(session)], chunk=chunk) as server:
        reports, loss, _ = heard(Baresip("phone", "127.0.0.1", server.port))
        assert not server.failures
    assert [word for _, word in reports] == ["ready", "ring", "start", "end"]
    assert loss is Loss.CLOSED


@pytest.mark.slow
def test_baresip_calls_open_before_and_ends_without_an_event() -> None:
    def wait(talk: Talk) -> None:
        for count in (1, 0):
            talk.until(b",")
            talk.send(replay.call_list(count))

    with Replay([replay.baresip((), answers=(1,), then=wait)]) as server:
        reports, _, _ = heard(Baresip("phone", "127.0.0.1", server.port))
    assert [word for _, word in reports] == ["start", "ready"]


@pytest.mark.slow
def test_a_baresip_that_stops_answering_is_lost() -> None:
    with Replay([replay.sends(b"")]) as server:
        reports, loss, _ = heard(Baresip("phone", "127.0.0.1", server.port))
    assert (reports, loss) == ([], Loss.SILENT)


def caught(monkeypatch: pytest.MonkeyPatch, silent_s: float) -> list[Pulse]:
    """The pulse of each connection of a baresip source; silence is borne for this long."""
    made: list[Pulse] = []

    def make(every_s: float, _: float, now: float) -> Pulse:
        made.append(Pulse(every_s, silent_s, now))
        return made[-1]

    monkeypatch.setattr(baresip_source, "Pulse", make)
    return made


@pytest.mark.slow
def test_a_baresip_that_answers_is_kept_for_longer_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baresip_source, "ASK_S", 0.1)
    caught(monkeypatch, 6.0)

    def script(talk: Talk) -> None:
        until = time.monotonic() + 7.0
        while time.monotonic() < until:
            talk.until(b",")
            talk.send(replay.call_list(0))

    with Replay([script]) as server:
        assert heard(Baresip("phone", "127.0.0.1", server.port))[1] is Loss.CLOSED


@pytest.mark.parametrize(
    "said", [b"", b"1", call_event("CALL_INCOMING"), call_event("CALL_ESTABLISHED", "x")]
)
def test_a_baresip_that_answers_no_query_is_lost_despite_events(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single bytes of a message that never ends, and unsolicited events."""
    monkeypatch.setattr(baresip_source, "ASK_S", 0.1)
    pulses = caught(monkeypatch, 2 * PATIENCE_S)
    answers = 8

    def script(talk: Talk) -> None:
        for _ in range(answers):
            talk.until(b",")
            talk.send(replay.call_list(0))
        pulses[0]._silent_s = 0.4  # from now on, silence counts
        while said:
            time.sleep(0.05)
            talk.send(said)
        replay.stay(talk)

    with Replay([script]) as server:
        reports, loss, everything = heard(Baresip("phone", "127.0.0.1", server.port))
    assert loss is Loss.SILENT
    assert reports[0] == ("", "ready")
    assert [one.event for one in everything].count(Event.ALIVE) >= answers - 2


HOSTILE: list[tuple[Callable[[Replay], Source], bytes, Loss]] = [
    (of_asterisk, b"SSH-2.0-OpenSSH_9.2\r\n", Loss.PROTOCOL),
    (of_asterisk, b"Asterisk Call Manager/" + b"9" * 200, Loss.PROTOCOL),
    (of_asterisk, replay.BANNER + b"Nonsense: 1\r\n\r\n", Loss.PROTOCOL),
    (of_asterisk, replay.BANNER + b"Event: " + b"x" * 40_000, Loss.TOO_LONG),
    (of_asterisk, replay.BANNER + replay.block(Response="Success", ActionID=1, Challenge="a b"), Loss.LOGIN),
    (of_freeswitch, b"Content-Type: text/html\n\n", Loss.PROTOCOL),
    (of_freeswitch, b"Content-Type: auth/request\nContent-Length: 99999999\n\n", Loss.PROTOCOL),
    (of_freeswitch, b"Content-Type: auth/request\nContent-Length: -1\n\n", Loss.PROTOCOL),
    (of_freeswitch, b"x" * 140_000, Loss.TOO_LONG),
    (of_freeswitch, replay.message("text/rude-rejection", b"Access Denied, go away.\n"), Loss.LOGIN),
]


@pytest.mark.parametrize(("build", "data", "loss"), HOSTILE)
def test_hostile_peers_are_disconnected(build: Callable[[Replay], Source], data: bytes, loss: Loss) -> None:
    with Replay([replay.sends(data)]) as server:
        assert heard(build(server))[:2] == ([], loss)


@pytest.mark.parametrize("data", [b'7:{"a":1,,', b"2:[],", b'15:{"event":false},', b"0:,"])
def test_a_hostile_ctrl_tcp_is_disconnected(data: bytes) -> None:
    with Replay([replay.sends(data)]) as server:
        reports, loss, _ = heard(Baresip("phone", "127.0.0.1", server.port))
    assert reports == []
    assert loss in (Loss.PROTOCOL, Loss.TOO_LONG, Loss.SILENT)


def test_refused_logins() -> None:
    with Replay([replay.asterisk((), secret="other")]) as server:
        assert heard(of_asterisk(server))[:2] == ([], Loss.LOGIN)
    with Replay([replay.freeswitch((), secret="other")]) as server:
        assert heard(of_freeswitch(server))[:2] == ([], Loss.LOGIN)
