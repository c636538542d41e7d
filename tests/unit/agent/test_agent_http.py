"""test_agent_http: what the loopback HTTP source accepts, and what it refuses."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest
from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.door import Bucket
from kesu.agent.secret import token
from kesu.agent.source import Loss, SourceLost
from kesu.agent.sources.http import HttpSource
from kesu.agent.sources.http_request import LONGEST_BODY, LONGEST_HEAD, Answer, Request, Rules, parse
from kesu.common.errors import KesuError

TOKEN = "t" * 40
ORIGIN = "https://desk.example"
RULES = Rules(
    hosts=(b"127.0.0.1:7413", b"localhost:7413"),
    origin=ORIGIN.encode(),
    token=TOKEN.encode(),
    seats=(b"desk-1", b"desk-2"),
    number=len,
)
HOST = "Host: 127.0.0.1:7413"
AUTH = f"Authorization: Bearer {TOKEN}"


def ask(line: str, *fields: str, body: bytes = b"", rules: Rules = RULES) -> Request | None:
    data = bytearray("\r\n".join((line, *fields, "", "")).encode() + body)
    return parse(data, len(data), rules)


def answered(line: str, *fields: str, body: bytes = b"", rules: Rules = RULES) -> Answer:
    request = ask(line, *fields, body=body, rules=rules)
    assert request is not None
    assert (request.report is None) or request.answer is Answer.NO_CONTENT
    return request.answer


@pytest.mark.parametrize(
    ("target", "report"),
    [
        ("ring", Report(Event.RING)),
        ("alive?seat=desk-1", Report(Event.ALIVE, seat="desk-1")),
        ("start?call=abc&stamp=17", Report(Event.START, 3, 17)),
        ("end?seat=desk-2&call=x", Report(Event.END, 1, None, "desk-2")),
    ],
)
def test_a_state_becomes_a_report(target: str, report: Report) -> None:
    request = ask(f"POST /v1/state/{target} HTTP/1.1", HOST, AUTH)
    assert request is not None
    assert request.report == report


@pytest.mark.parametrize(
    ("answer", "line", "fields"),
    [
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", (AUTH,)),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", ("Host: evil.example", AUTH)),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", ("Host: evil.example:7413", AUTH)),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", ("Host: 127.0.0.1:80", AUTH)),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "Origin: https://evil.example")),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, f"Origin: {ORIGIN}.evil.example")),
        (Answer.FORBIDDEN, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "Origin: null")),
        (Answer.UNAUTHORIZED, "POST /v1/state/end HTTP/1.1", (HOST,)),
        (Answer.UNAUTHORIZED, "POST /v1/state/end HTTP/1.1", (HOST, AUTH + "t")),
        (Answer.UNAUTHORIZED, "POST /v1/state/end HTTP/1.1", (HOST, AUTH[:-1])),
        (Answer.METHOD, "GET /v1/state/end HTTP/1.1", (HOST, AUTH)),
        (Answer.METHOD, "PUT /v1/state/end HTTP/1.1", (HOST, AUTH)),
        (Answer.METHOD, "OPTIONS /v1/state/end HTTP/1.1", (HOST, AUTH)),
        (Answer.NOT_FOUND, "POST /v1/state/lost HTTP/1.1", (HOST, AUTH)),
        (Answer.NOT_FOUND, "POST /v1/state/unlock HTTP/1.1", (HOST, AUTH)),
        (Answer.NOT_FOUND, "POST /v1/state/end/ HTTP/1.1", (HOST, AUTH)),
        (Answer.NOT_FOUND, "POST / HTTP/1.1", (HOST, AUTH)),
        (Answer.NOT_FOUND, "POST /v1/state/end?seat=desk-3 HTTP/1.1", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end?number=1 HTTP/1.1", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end?stamp=-1 HTTP/1.1", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/alive HTTP/1.1", (HOST, AUTH)),  # no seat named
        (Answer.BAD_REQUEST, "POST /v1/state/end?call= HTTP/1.1", (HOST, AUTH)),
        (Answer.BAD_REQUEST, f"POST /v1/state/end?call={'x' * 129} HTTP/1.1", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/2", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end", (HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, HOST, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, AUTH)),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, " folded: x")),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "no colon")),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "Transfer-Encoding: chunked")),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "Content-Length: +1")),
        (Answer.BAD_REQUEST, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, *["X: y"] * 64)),
        (
            Answer.TOO_LARGE,
            "POST /v1/state/end HTTP/1.1",
            (HOST, AUTH, f"Content-Length: {LONGEST_BODY + 1}"),
        ),
        (Answer.HEAD_TOO_LARGE, "POST /v1/state/end HTTP/1.1", (HOST, AUTH, "X: " + "y" * LONGEST_HEAD)),
    ],
)
def test_bad_requests_are_refused(answer: Answer, line: str, fields: tuple[str, ...]) -> None:
    assert answered(line, *fields) is answer


def test_only_the_configured_origin_is_accepted() -> None:
    line, origin = "POST /v1/state/end HTTP/1.1", f"Origin: {ORIGIN}"
    assert answered(line, HOST, AUTH, origin) is Answer.NO_CONTENT
    assert answered(line, "hOsT: LOCALHOST:7413", AUTH, origin) is Answer.NO_CONTENT
    preflight = ask("OPTIONS /v1/state/end HTTP/1.1", HOST, origin, "Access-Control-Request-Method: POST")
    assert preflight is not None
    assert preflight.preflight
    assert preflight.report is None
    nobody = Rules(RULES.hosts, b"", RULES.token, (), RULES.number)
    assert answered(line, HOST, AUTH, origin, rules=nobody) is Answer.FORBIDDEN
    assert answered(line, HOST, AUTH, "Origin:", rules=nobody) is Answer.FORBIDDEN
    assert answered(line, HOST, AUTH, rules=nobody) is Answer.NO_CONTENT


def test_an_incomplete_request_waits_for_its_rest() -> None:
    whole = f"POST /v1/state/end HTTP/1.1\r\n{HOST}\r\n{AUTH}\r\nContent-Length: 3\r\n\r\nabc".encode()
    for end in range(len(whole)):
        assert parse(bytearray(whole), end, RULES) is None
    found = parse(bytearray(whole + b"more"), len(whole) + 4, RULES)
    assert found is not None
    assert found.length == len(whole)


def test_the_average_rate_is_limited() -> None:
    now = [0.0]
    bucket = Bucket(10, lambda: now[0])
    assert sum(bucket.take() for _ in range(100)) == 20
    now[0] = 1.0
    assert sum(bucket.take() for _ in range(100)) == 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def served(folder: Path, per_second: float, requests: list[bytes]) -> tuple[list[bytes], list[Event]]:
    """Send each request on its own connection; the answers and the reports."""

    async def run() -> tuple[list[bytes], list[Event]]:
        port = free_port()
        events: list[Event] = []
        source = HttpSource(
            "web",
            Bounds(None, None),
            port=port,
            origin=ORIGIN,
            token_file=folder / "token",
            per_second=per_second,
        )
        task = asyncio.create_task(source.run(lambda report: events.append(report.event)))
        while not task.done() and not await is_open(port):
            await asyncio.sleep(0.01)
        if task.done():
            task.result()
        token = (folder / "token").read_bytes().strip()
        answers = []
        for request in requests:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.replace(b"PORT", b"%d" % port).replace(b"TOKEN", token))
            answers.append(await reader.read())
            writer.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return answers, events

    return asyncio.run(run())


END = b"POST /v1/state/end HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\n"


def test_requests_over_a_socket_become_reports(tmp_path: Path) -> None:
    preflight = b"OPTIONS /v1/state/end HTTP/1.1\r\nHost: localhost:PORT\r\nOrigin: " + ORIGIN.encode()
    requests = [END + b"\r\n", preflight + b"\r\n\r\n", END.replace(b"TOKEN", b"x") + b"\r\n"]
    answers, events = served(tmp_path, 20, requests)
    assert [answer.split(b"\r\n")[0] for answer in answers] == [
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 401 Unauthorized",
    ]
    assert b"Access-Control-Allow-Origin" not in answers[0]
    assert b"Access-Control-Allow-Origin: https://desk.example\r\n" in answers[1]
    assert events == [Event.END], "an open port proves nothing"
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


def test_a_source_above_its_rate_is_lost(tmp_path: Path) -> None:
    answers, events = served(tmp_path, 1, [END + b"\r\n"] * 3)
    assert answers[2].startswith(b"HTTP/1.1 429")
    assert events == [Event.END, Event.END, Event.LOST]
    _, events = served(tmp_path, 1, [END.replace(b"TOKEN", b"x") + b"\r\n"] * 3)
    assert events == []  # requests without the token do not make the source lost


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize(("content", "mode"), [("t" * 40, 0o644), ("short", 0o600), ("t" * 20 + " x", 0o600)])
def test_a_token_open_to_others_or_short_is_refused(tmp_path: Path, content: str, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(KesuError):
        token(path)
    with pytest.raises(SourceLost) as lost:
        served(tmp_path, 1, [])
    assert lost.value.loss is Loss.LOCAL
