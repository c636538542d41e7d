"""test_agent_metrics: what the agent counts, for Prometheus on loopback: counts, and nothing of a call or a note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import re
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from agent_runs import AgentRun, free_port, running
from kesu.agent.calls import State
from kesu.agent.config import parse
from kesu.agent.metrics import COUNTED, PORT, Counts, answer, text
from kesu.agent.serial_link import Happening
from kesu.common.errors import KesuError
from line_bench import WITHIN_S, LineBench

NUMBER = "09012345678"
SAMPLE = re.compile(r"([a-z_]+)(?:\{([^{}]*)\})? (\S+)")
LABEL = re.compile(r'([a-z_]+)="([^"\\\n]*)"')


def samples(page: str) -> dict[str, float]:
    """The samples of a page by name and labels. AssertionError for what Prometheus would not read."""
    found: dict[str, float] = {}
    kind = ""
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            kind, what = line.split(" ")[2:4]
            assert what in ("gauge", "counter")
            assert (what == "counter") == kind.endswith("_total"), line
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample[1] == kind, "each sample stands below its type"
            labels = LABEL.findall(sample[2] or "")
            assert ",".join(f'{name}="{value}"' for name, value in labels) == (sample[2] or ""), line
            found[line.rpartition(" ")[0]] = float(sample[3])
    return found


def read(port: int, path: str = "/metrics", host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as reply:
            return int(reply.status), reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def settled(run: AgentRun, bench: LineBench, port: int, name: str, value: float) -> dict[str, float]:
    """Wait until a sample has the value."""
    found: dict[str, float] = {}

    def true() -> bool:
        found.clear()
        found.update(samples(read(port)[1]))
        return found.get(name) == value

    bench.until(true)
    return found


def test_wipes_and_losses_are_counted(tmp_path: Path) -> None:
    port = free_port()
    more = f"silent_in_call_s = 5\n[metrics]\nport = {port}\n"
    with LineBench() as bench, running(tmp_path, more=more, line=bench.url) as run:
        wiped = 'kesu_wipes_confirmed_total{pad="desk"}'
        before = settled(run, bench, port, 'kesu_line_up{pad="desk"}', 1)
        assert before['kesu_pad_connected{pad="desk"}'] == 1
        assert before['kesu_source_sees_seat{source="web",kind="http"}'] == 1
        bench.until(lambda: samples(read(port)[1])[wiped] >= 1)
        count = samples(read(port)[1])[wiped]
        assert run.hook("start", NUMBER) == 0
        bench.until(lambda: "T" in bench.happened)
        bench.pad.ink()
        in_call = read(port)[1]
        assert run.hook("end", NUMBER) == 0
        after = settled(run, bench, port, wiped, count + 1)
        assert after['kesu_wipes_unconfirmed_total{pad="desk"}'] == 0
        # The second source is silent in a call: the line goes down, and the reason is counted.
        assert run.post("/v1/state/start?call=a") == 204
        lost = settled(
            run, bench, port, 'kesu_source_lost_total{source="web",kind="http",reason="silent"}', 1
        )
        assert lost['kesu_line_up{pad="desk"}'] == 0
    for word in (NUMBER, "note", *(state.name.lower() for state in State if state is not State.LOST)):
        assert re.search(rf"\b{word}\b", in_call) is None, f"{word} is a state of a call or a note"


def test_pages_and_methods_that_are_refused(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, more=f"[metrics]\nport = {port}\n"):
        assert read(port)[0] == 200
        assert read(port, "/")[0] == 404
        assert read(port, host=f"evil.example:{port}")[0] == 403
        assert read(port, host=f"localhost:{port}")[0] == 200
        with socket.create_connection(("127.0.0.1", port), WITHIN_S) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\n" + b"X: " + b"x" * 5000)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) == b""
        assert read(port)[0] == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:7414", b"200"),
        (b"GET /metrics HTTP/1.1\r\nhost:localhost:7414", b"200"),
        (b"POST /metrics HTTP/1.1\r\nHost: 127.0.0.1:7414", b"405"),
        (b"GET /metrics HTTP/1.1", b"403"),
        (b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:1\r\nHost: localhost:1", b"403"),
        (b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example:7414", b"403"),
        (b"GET\r\nHost: 127.0.0.1:7414", b"405"),
        (b"\xff\r\nHost: 127.0.0.1:7414", b"405"),
    ],
)
def test_requests(request_: bytes, status: bytes) -> None:
    found, body = answer(request_, lambda: "page")
    assert found[:3] == status
    assert body == (b"page" if status == b"200" else b"")


def test_every_count_is_on_the_page() -> None:
    counts = Counts()
    for number, happening in enumerate(COUNTED, 1):
        counts.happened["desk", happening] = number
    counts.losses["phone", "silent"] = 123_456_789
    pad: dict[str, Any] = {"name": "desk", "connected": True, "dtr": False, "fault": None}
    source = {"name": "phone", "kind": "hook", "here": False}
    described = {"uptime_s": 1.5, "pads": [pad], "sources": [source], "log": {"failing": False}}
    found = samples(text(described, counts))
    assert [found[f'{name}{{pad="desk"}}'] for name, _ in COUNTED.values()] == list(
        range(1, len(COUNTED) + 1)
    )
    assert found['kesu_source_lost_total{source="phone",kind="hook",reason="silent"}'] == 123_456_789
    assert (found["kesu_uptime_seconds"], found['kesu_pad_fault{pad="desk"}']) == (1.5, 0)
    assert set(COUNTED) == set(Happening) - {Happening.OPENED}, "which also follows an unconfirmed wipe"


def test_the_setting() -> None:
    table: dict[str, Any] = {"pads": {"desk": {}}, "sources": {"phone": {"kind": "hook"}}}
    assert parse(table, "x").metrics_port is None
    assert parse(table | {"metrics": {}}, "x").metrics_port == PORT
    with pytest.raises(KesuError, match="`port` must be a port"):
        parse(table | {"metrics": {"port": 0}}, "x")
    with pytest.raises(KesuError, match="`prt` is not a setting"):
        parse(table | {"metrics": {"prt": 1}}, "x")


def test_a_port_in_use_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, more=f"[metrics]\nport = {port}\n", ready=False) as run:
            assert run.process.wait(WITHIN_S) == 75
