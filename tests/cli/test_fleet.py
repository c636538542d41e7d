"""test_fleet: agents' counts on loopback, to a collector and to the relay; and nothing but counts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from agent_runs import WITHIN_S, AgentRun, free_port, running
from click.testing import CliRunner
from kesu.agent import config
from kesu.agent.sources.relay import Relay
from kesu.cli.commands import main
from kesu.common.errors import KesuError
from kesu.fleet.board import board
from kesu.fleet.counts import Counts

TOKEN = "a-token-of-the-metrics-01"


def get(port: int, path: str = "/metrics", method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and body."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
    line.request(method, path, headers=headers)
    answer = line.getresponse()
    return answer.status, answer.read().decode()


def until(found: Callable[[], Any]) -> Any:
    """The first true result. AssertionError if there is none in time."""
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        try:
            if result := found():
                return result
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it does not come")


def value(text: str, name: str) -> int:
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    return int(line.rpartition(" ")[2])


@contextmanager
def collector() -> Iterator[tuple[int, list[tuple[str, dict[str, str], dict[str, Any]]]]]:
    """A stand-in for an OpenTelemetry collector: OTLP/HTTP answers 200 with an empty JSON object."""
    taken: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, dict(self.headers), json.loads(body)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_address[1], taken
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[tuple[AgentRun, int]]:
    """An agent that serves its counts."""
    port = free_port()
    (tmp_path / "secret").write_text(f"{TOKEN}\n")
    (tmp_path / "secret").chmod(0o600)
    fleet = f'[fleet]\nseat = "A12"\nmetrics_port = {port}\nmetrics_token = "{tmp_path}/secret"\n'
    with running(tmp_path, more=fleet) as run:
        yield run, port


def test_counts_on_loopback_need_host_and_token(counted: tuple[AgentRun, int]) -> None:
    run, port = counted
    right = {"Authorization": f"Bearer {TOKEN}"}
    status, text = until(lambda: get(port, **right))
    assert status == 200
    assert 'kesu_pads{seat="A12",line="up"} 1' in text
    assert get(port)[0] == 401
    assert get(port, Authorization="Bearer wrong-token-of-metrics")[0] == 401
    assert get(port, Host="rebound.example", **right)[0] == 403
    assert get(port, "/", **right)[0] == 404
    assert get(port, method="POST", **right)[0] == 405
    assert get(port, method="HEAD", **right) == (200, "")
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 9000)
        line.settimeout(WITHIN_S)
        with suppress(ConnectionResetError):
            assert line.recv(100) == b""
    assert get(port, **right)[0] == 200
    assert run.post("/v1/state/start?call=0312345678") == 204
    assert run.pad.read() == b"T"
    run.pad.unplug()
    until(lambda: value(get(port, **right)[1], "kesu_pads_lost_total") == 1)
    text = get(port, **right)[1]
    assert 'kesu_pads{seat="A12",line="absent"} 1' in text
    for word in ("0312345678", "talk", "desk", "note", str(run.folder)):
        assert word not in text, "no caller, no state of a call, no name, no path"


def test_kesu_fleet_prints_the_same_and_writes_the_board(
    counted: tuple[AgentRun, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run, port = counted
    _, text = until(lambda: get(port, Authorization=f"Bearer {TOKEN}"))
    monkeypatch.setenv("KESU_RUNTIME_DIR", run.environment["KESU_RUNTIME_DIR"])
    shown = CliRunner().invoke(main, ["fleet"]).stdout

    def without_uptime(lines: str) -> list[str]:
        return [line for line in lines.splitlines() if not line.startswith("kesu_agent_uptime")]

    assert without_uptime(shown) == without_uptime(text)
    body = json.loads(CliRunner().invoke(main, ["fleet", "--format", "otlp"]).stdout)
    assert len(body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]) == 12
    target = tmp_path / "board.json"
    assert CliRunner().invoke(main, ["fleet", "--board", str(target)]).exit_code == 0
    assert json.loads(target.read_text()) == board()


def test_without_an_agent_kesu_fleet_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KESU_RUNTIME_DIR", str(tmp_path / "run"))
    assert CliRunner().invoke(main, ["fleet"]).exit_code == 69


@pytest.mark.slow
def test_counts_reach_a_collector(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{TOKEN}\n")
    (tmp_path / "secret").chmod(0o600)
    with collector() as (port, taken):
        fleet = (
            f'[fleet]\nseat = "A12"\nevery_s = 10\notlp = "http://127.0.0.1:{port}/v1/metrics"\n'
            f'otlp_token = "{tmp_path}/secret"\n'
        )
        with running(tmp_path, more=fleet):
            until(lambda: taken)
    path, headers, body = taken[0]
    assert path == "/v1/metrics"
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    (scope,) = body["resourceMetrics"][0]["scopeMetrics"]
    assert {"kesu_pads", "kesu_wipes"} <= {one["name"] for one in scope["metrics"]}


def test_an_absent_collector_or_a_taken_port_does_not_disturb_the_pad(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        fleet = (
            f'[fleet]\nseat = "A12"\nevery_s = 10\nmetrics_port = {port}\n'
            f'otlp = "http://127.0.0.1:{free_port()}/"\n'
        )
        with running(tmp_path, more=fleet) as run:
            assert run.post("/v1/state/start?call=1") == 204
            assert run.pad.read() == b"T"
            assert run.post("/v1/state/end?call=1") == 204
            assert run.pad.read() == b"E"


FILES = {"relay": "token-of-seat-a-0001", "short": "short"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('relay = "hook"', "names no source"),
        ('relay = "calls"\nseat = "B1"', "differs from the seat"),
        ('otlp = "http://collector.example/"', "https"),
        ('otlp = "ftp://collector.example/"', "must be like"),
        ('otlp = "https://user:word@collector.example/"', "must be like"),
        ('otlp = "https://collector.example:99999/"', "no port"),
        ('otlp = "https://collector.example/"', "`seat` is missing"),
        ('seat = "two words"', "letters, digits"),
        ('metrics_token = "{folder}/short"', "16 to 256"),
        ("metrics_port = 0", "port"),
        ("every_s = 1", "from 10"),
        ('address = "0.0.0.0"', "address"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, table: str, said: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    path = tmp_path / "agent.toml"
    before = (
        "[pads.desk]\n[sources.hook]\nkind = 'hook'\n[sources.calls]\nkind = 'relay'\nhost = '127.0.0.1'\n"
        f"seat = 'A12'\ntls = false\ntoken_file = '{tmp_path}/relay'\n[fleet]\n"
    )
    path.write_text(before + table.format(folder=tmp_path) + "\n")
    with pytest.raises(KesuError) as error:
        config.load(path)
    assert said in error.value.message
    path.write_text(before + 'relay = "calls"\n')
    found = config.load(path)
    assert (found.fleet.seat, found.fleet.relay) == ("A12", "calls")
    assert isinstance(found.sources[1].source, Relay)


def test_counts_have_no_place_for_a_call_or_a_note() -> None:
    for name in Counts.__dataclass_fields__:
        assert not any(word in name for word in ("call", "talk", "note", "number", "ring", "name"))
