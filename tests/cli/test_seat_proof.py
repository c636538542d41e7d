"""test_seat_proof: DTR is high only while every source has proved that it sees the seat."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import replay
from agent_runs import AgentRun, free_port, running
from fast_part import fast
from kesu.agent import place
from kesu.common.errors import Exit
from line_bench import LineBench
from live_pbx import LiveAsterisk
from replay import Replay, member, netstring

LET_PASS_S = 1.0  # ten turns of the agent's clockwork, as _QUICK sets it


@contextlib.contextmanager
def unproven(folder: Path, more: str = "") -> Iterator[tuple[LineBench, AgentRun]]:
    """An agent with hook and HTTP source that have received nothing."""
    with LineBench() as bench, running(folder, _QUICK, more, bench.url, ready=False) as run:
        run.wait_for_check(lambda found: found["pads"][0]["connected"])
        yield bench, run


_QUICK = """
import kesu.agent.service
kesu.agent.service.TURN_S = 0.1
"""


def said(bench: LineBench) -> list[str]:
    """Changes of the pad's line since it was opened, with DTR low."""
    return bench.happened[bench.happened[:1] == ["DTR off"] :]


def source(run: AgentRun, name: str) -> dict[str, object]:
    (found,) = [one for one in run.check()[1]["sources"] if one["name"] == name]
    return dict(found)


@pytest.mark.slow
def test_dtr_stays_low_until_every_source_has_reported(tmp_path: Path) -> None:
    with unproven(tmp_path) as (bench, run):
        time.sleep(LET_PASS_S)
        assert said(bench) == []
        status, found = run.check()
        assert status == Exit.NOT_PROVEN
        assert found["pads"][0]["dtr"] is False
        assert [one["unproven_pads"] for one in found["sources"]] == [["desk"], ["desk"]]
        text = subprocess.run(
            [sys.executable, "-m", "kesu", "agent", "--check"],
            env=run.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert text.returncode == Exit.NOT_PROVEN
        assert "source web (http): NOT PROVEN that it sees desk, never heard" in text.stdout
        assert run.hook("ready") == 0
        time.sleep(LET_PASS_S)
        assert said(bench) == [], "one of two sources"
        assert run.post("/v1/state/alive", headers={"Authorization": "Bearer wrong"}) == 401
        assert run.post("/v1/state/alive", headers={"Origin": "https://page.example"}) == 403
        time.sleep(1)
        assert said(bench) == [], "a request that was refused proves nothing"
        assert run.post("/v1/state/alive") == 204
        bench.until(lambda: said(bench) == ["DTR on", "E"])
        assert run.check()[0] == 0


@pytest.mark.slow
def test_a_bridge_silent_between_calls_drops_dtr(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url, preload=_IMPATIENT) as run:
        bench.until(lambda: said(bench) == ["DTR on", "E"])
        for _ in range(14):
            time.sleep(0.5)
            assert run.post("/v1/state/alive") == 204
        assert said(bench) == ["DTR on", "E"], "presence: a bridge that keeps reporting"
        bench.until(lambda: bench.happened[-1:] == ["DTR off"])
        assert run.check()[0] == Exit.NOT_PROVEN
        assert (source(run, "web")["here"], source(run, "web")["loss"]) == (False, "silent")
        assert "source lost" in run.events()
        assert run.post("/v1/state/ring") == 204
        bench.until(lambda: bench.happened[-2:] == ["DTR on", "R"])
        assert source(run, "web")["here"] is True


_IMPATIENT = """
import kesu.agent.sources.http as http
from kesu.agent.calls import Bounds
def build(name, options, real=http.build):
    source = real(name, options)
    source.bounds = Bounds(5.0, 5.0)
    return source
http.build = build
"""


@pytest.mark.slow
def test_a_hook_event_proves_the_hook_for_a_limited_time(tmp_path: Path) -> None:
    preload = _QUICK + _IMPATIENT.replace("http", "hook").replace("5.0, 5.0", "2.0, 7200")
    with LineBench() as bench, running(tmp_path, line=bench.url, preload=preload) as run:
        bench.until(lambda: said(bench)[:2] == ["DTR on", "E"])
        assert run.hook("start") == 0
        bench.until(lambda: bench.happened[-1:] == ["T"])
        time.sleep(2.0 + LET_PASS_S)
        assert bench.happened[-1:] == ["T"], "in a call the bound is the call's"
        assert run.hook("end") == 0
        bench.until(lambda: bench.happened[-2:] == ["E", "DTR off"])
        assert run.check()[0] == Exit.NOT_PROVEN
        assert run.hook("ring") == 0
        bench.until(lambda: bench.happened[-2:] == ["DTR on", "R"])


def test_dtr_drops_when_the_phone_program_ends(tmp_path: Path) -> None:
    phone = tmp_path / "softphone"
    phone.symlink_to("/bin/sleep")
    process = subprocess.Popen([phone, "600"])
    try:
        preload = _PROGRAM + "hook.LOOK_S = 0.3\n"
        with LineBench() as bench, running(tmp_path, line=bench.url, preload=preload) as run:
            assert run.hook("start") == 0
            bench.until(lambda: bench.happened[-1:] == ["T"])
            process.kill()
            process.wait()
            bench.until(lambda: bench.happened[-1:] == ["DTR off"])
            assert source(run, "hook")["loss"] == "closed"
    finally:
        process.kill()


_PROGRAM = """
import kesu.agent.sources.hook as hook
def build(name, options, real=hook.build):
    source = real(name, options)
    source._program = "Softphone"
    return source
hook.build = build
"""


@pytest.mark.slow
def test_a_bridge_proves_only_the_seats_that_it_names(tmp_path: Path) -> None:
    more = 'seats = ["desk", "other"]\n[pads.other]\nport = "{}"\nsources = ["web"]\n'
    with LineBench() as theirs, unproven(tmp_path, more.format(theirs.url)) as (bench, run):
        assert run.hook("ready") == 0
        assert run.post("/v1/state/alive?seat=other") == 204
        assert run.post("/v1/state/alive") == 400
        theirs.until(lambda: said(theirs) == ["DTR on", "E"])
        time.sleep(LET_PASS_S)
        assert said(bench) == []
        assert source(run, "web")["unproven_pads"] == ["desk"]
        assert run.check()[0] == Exit.NOT_PROVEN
        assert run.post("/v1/state/alive?seat=desk") == 204
        bench.until(lambda: said(bench) == ["DTR on", "E"])
        assert run.check()[0] == 0


def baresip_says(*messages: bytes) -> replay.Act:
    """A ctrl_tcp that answers every query and sends this once."""

    def script(talk: replay.Talk) -> None:
        talk.until(b",")
        talk.send(b"".join(messages) + replay.call_list(0))
        for _ in range(1000):
            talk.until(b",")
            talk.send(replay.call_list(0))

    return script


def no_account(talk: replay.Talk) -> None:
    for _ in range(1000):
        talk.until(b",")
        talk.send(netstring('{"response":true,"ok":true,"data":""}'))


FAILED = netstring('{"event":true,"type":"REGISTER_FAIL","class":"register","accountaor":"sip:a@b"}')
AGAIN = netstring('{"event":true,"type":"REGISTER_OK","class":"register","accountaor":"sip:a@b"}')
OTHER = AGAIN.replace(b"sip:a@b", b"sip:c@d")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "proves"),
    [
        (baresip_says(), True),
        (no_account, False),
        pytest.param(baresip_says(FAILED), False, marks=pytest.mark.slow),
        pytest.param(baresip_says(FAILED, OTHER), False, marks=pytest.mark.slow),
        pytest.param(baresip_says(FAILED, AGAIN), True, marks=pytest.mark.slow),
    ],
)
def test_a_baresip_without_a_registered_account_proves_nothing(
    tmp_path: Path, script: replay.Act, proves: bool
) -> None:
    with Replay([script]) as server:
        more = f'[sources.phone]\nkind = "baresip"\nport = {server.port}\n'
        with unproven(tmp_path, more) as (bench, run):
            run.prove()
            if proves:
                bench.until(lambda: said(bench) == ["DTR on", "E"])
            else:
                time.sleep(LET_PASS_S)
                assert said(bench) == []
            assert source(run, "phone")["here"] is proves


CROWD = """
import socket, sys, time
kept = []
for _ in range(int(sys.argv[2])):
    try:
        kept.append(socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5))
        if len(sys.argv) > 3:
            kept[-1].sendall(sys.argv[3].encode())
    except OSError:
        pass
print("there", flush=True)
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("sent", fast(["", "POST /v1/state/end HTTP/1.1\r\nHost: "], ""))
def test_an_unauthenticated_flood_wipes_and_hides_no_end(tmp_path: Path, sent: str) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as run:
        run.wait_for_event("pad blank")  # ink before that makes the agent wipe again
        assert run.post("/v1/state/start?call=a") == 204
        bench.until(lambda: bench.happened[-1:] == ["T"])
        bench.pad.ink()
        crowd = subprocess.Popen(
            [sys.executable, "-c", CROWD, str(run.port), "1187", *([sent] if sent else [])],
            stdout=subprocess.PIPE,
        )
        try:
            bench.until(lambda: bench.happened[-1:] == ["DTR off"])
            assert not bench.pad.serial_state.dcd
            assert source(run, "web")["loss"] == "flooded"
            assert crowd.stdout is not None
            crowd.stdout.readline()
            # None of them is kept, and the source recovers without help.
            run.prove()
            bench.until(lambda: bench.happened[-1:] == ["E"])
            ends = Path(f"/proc/{run.process.pid}/net/tcp").read_text().splitlines()
            held = [
                line for line in ends if f":{run.port:04X} " in line.split()[1] and line.split()[3] == "01"
            ]
            assert len(held) < 70
        finally:
            crowd.kill()
            crowd.wait()


@pytest.mark.slow
def test_slow_connections_are_closed_and_delay_no_end(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url) as run:
        assert run.post("/v1/state/start?call=a") == 204
        slow = [socket.create_connection(("127.0.0.1", run.port)) for _ in range(40)]
        for one in slow:
            one.sendall(b"POST /v1/state/end HTTP/1.1\r\nX: ")
        assert run.post("/v1/state/end?call=a") == 204
        bench.until(lambda: bench.happened[-1:] == ["E"])
        for one in slow:  # single bytes do not extend the time limit
            one.settimeout(30)
            with contextlib.suppress(OSError):
                while True:
                    time.sleep(0.05)
                    one.sendall(b"y")
            one.close()
        assert "DTR off" not in said(bench)


@pytest.mark.slow
@pytest.mark.parametrize("loopback", [False, True])
def test_a_hook_learns_whether_its_event_was_accepted(tmp_path: Path, loopback: bool) -> None:
    preload = _LOOPBACK if loopback else ""
    with LineBench() as bench, running(tmp_path, line=bench.url, preload=preload) as run:
        assert run.hook("start") == 0
        bench.until(lambda: bench.happened[-1:] == ["T"])
        assert run.hook("end") == 0
        bench.until(lambda: bench.happened[-1:] == ["E"])
        assert run.hook("nonsense") == Exit.USAGE
    assert run.hook("end", whole_s=1.0) == Exit.TRY_AGAIN


_LOOPBACK = """
import kesu.agent.sources.hook as hook
def build(name, options, real=hook.build):
    source = real(name, options)
    source._loopback = True
    return source
hook.build = build
"""


@pytest.mark.slow
def test_a_flood_of_the_hooks_port_wipes_and_hides_no_end(tmp_path: Path) -> None:
    with LineBench() as bench, running(tmp_path, line=bench.url, preload=_LOOPBACK) as run:
        assert run.hook("start") == 0
        bench.until(lambda: bench.happened[-1:] == ["T"])
        port, _ = place.read_port(str(tmp_path / "run" / place.HOOK_PORT))
        crowd = subprocess.Popen([sys.executable, "-c", CROWD, str(port), "500"], stdout=subprocess.PIPE)
        try:
            bench.until(lambda: bench.happened[-1:] == ["DTR off"])
            assert source(run, "hook")["loss"] == "flooded"
        finally:
            crowd.kill()
            crowd.wait()


@pytest.mark.slow
def test_check_shows_what_the_agent_waits_for(tmp_path: Path) -> None:
    environment = {"KESU_RUNTIME_DIR": str(tmp_path / "run"), "XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "kesu", "agent"],
        env={**replay_environment(), **environment, "XDG_STATE_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(4)]
        assert "built-in settings" in lines[0]
        assert any("pad desk: not connected (auto)" in line for line in lines)
        assert any("hook" in line and "has not shown that it sees this seat" in line for line in lines)
    finally:
        process.terminate()
        process.wait()
    done = subprocess.run(
        [sys.executable, "-m", "kesu", "agent", "--check"],
        env={**replay_environment(), **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == Exit.NOT_PROVEN
    assert "built-in settings (there is no " in done.stdout
    assert "configured: pad desk, port auto: no pad, or more than one" in done.stdout


def replay_environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if name != "XDG_SESSION_ID"}


@pytest.mark.slow
def test_dtr_drops_when_the_pbx_removes_the_seat(tmp_path: Path) -> None:
    """From the queue's member to the pad's line, through a real relay and agent."""
    port = free_port()
    for name, text in (("credentials.toml", CREDENTIALS), ("seat.token", "token-of-seat-a-0001\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    more = (
        f'[sources.pbx]\nkind = "relay"\nhost = "127.0.0.1"\nport = {port}\nseat = "a"\n'
        f'token_file = "{tmp_path}/seat.token"\ntls = false\n'
    )
    other = {"PJSIP/1010": {"support": (1, False)}}
    with LiveAsterisk(other) as pbx, unproven(tmp_path, more) as (bench, run):
        (tmp_path / "relay.toml").write_text(RELAY.format(folder=tmp_path, port=port, pbx=pbx.port))
        relay = subprocess.Popen(
            [sys.executable, "-m", "kesu", "relay", "--config", str(tmp_path / "relay.toml")],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            run.prove()
            assert relay.stderr is not None
            lines = [relay.stderr.readline() for _ in range(3)]
            assert lines[-1] == "one: seat a is not seen (not in the PBX's list)\n"
            time.sleep(LET_PASS_S)
            assert said(bench) == []
            assert source(run, "pbx")["unproven_pads"] == ["desk"]
            pbx.members["PJSIP/1001"] = {"support": (2, False)}
            bench.until(lambda: said(bench)[:1] == ["DTR on"] and said(bench)[-1] == "T")
            assert run.check()[0] == 0
            pbx.tell(member("PJSIP/1001", 2, "QueueMemberRemoved"))
            pbx.members.clear()
            bench.until(lambda: bench.happened[-1:] == ["DTR off"])
            run.wait_for_event("source lost")
            assert source(run, "pbx")["loss"] == "no seat"
        finally:
            relay.terminate()
            relay.wait()


RELAY = """
credentials = "{folder}/credentials.toml"
port = {port}
[pbx.one]
kind = "asterisk"
port = {pbx}
seats = {{ a = "PJSIP/1001" }}
"""
CREDENTIALS = """
[pbx.one]
username = "kesu"
secret = "s3cret"
[seats]
a = "token-of-seat-a-0001"
"""
