"""test_relay_page: counts of seats at the relay, its page in both languages, and who may read it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fleet_text import drawn, read
from kesu.agent.calls import Event, Report
from kesu.agent.reading.relayed import CALLS, COUNTS, hello, seat_and_token
from kesu.common.errors import KesuError
from kesu.fleet.counts import NUMBERS, Counts
from kesu.fleet.served import Address, Request, serving
from kesu.relay import config, page
from kesu.relay.page_words import LANGUAGES
from kesu.relay.seats import Condition, Row, rows
from kesu.relay.server import Server
from test_relay import CREDENTIALS_TOML, PATIENCE_S, RELAY_TOML, TOKENS, until, write

PASSWORD = "a-password-of-the-page-1"


@asynccontextmanager
async def relay() -> AsyncIterator[tuple[Server, int]]:
    """A relay without a PBX, in the clear."""
    server = Server(TOKENS)
    listening = await server.serve("127.0.0.1", 0, None)
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield server, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def said(port: int, *lines: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(lines))
    return reader, writer


def test_counts_come_on_a_connection_of_their_own() -> None:
    async def scenario() -> None:
        async with relay() as (server, port):
            calls, keep = await said(port, hello("a", TOKENS["a"]))
            assert await calls.readline() == b"ok\n"
            reader, writer = await said(port, hello("a", TOKENS["a"], COUNTS), drawn(1).line())
            assert await reader.readline() == b"ok\n"
            await until(lambda: "a" in server.counts)
            assert server.counts["a"][0] == drawn(1)
            assert server.connected == ["a"], "the connection for calls is as it was"
            # A wrong report ends the connection for counts, and only that one.
            writer.write(b"kesu 1 2 3\n")
            assert await reader.read() == b""
            assert server.connected == ["a"]
            assert server.counts["a"][0] == drawn(1)
            server.report(frozenset("a"), Report(Event.READY, seat="a"))
            assert (await calls.readline()).startswith(b"lost")
            assert (await calls.readline()).startswith(b"ready")
            keep.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("token", ["token-of-seat-b-0002", "token-of-seat-a-000"])
def test_counts_need_the_token_of_the_seat(token: str) -> None:
    async def scenario() -> None:
        async with relay() as (server, port):
            reader, _ = await said(port, hello("a", token, COUNTS), drawn(1).line())
            assert await reader.read() == b"no\n"
            assert (server.counts, server.refused) == ({}, 1)

    asyncio.run(scenario())


def test_counts_that_come_too_fast_end_the_connection() -> None:
    async def scenario() -> None:
        async with relay() as (server, port):
            lines = [drawn(number).line() for number in range(50)]
            reader, _ = await said(port, hello("a", TOKENS["a"], COUNTS), *lines)
            assert await reader.read() == b"ok\n"
            assert server.counts["a"][0] == drawn(0)

    asyncio.run(scenario())


def test_an_agents_line_says_what_the_connection_is_for() -> None:
    assert seat_and_token(hello("a", TOKENS["a"])) == ("a", TOKENS["a"], CALLS)
    assert seat_and_token(hello("a", TOKENS["a"], COUNTS)) == ("a", TOKENS["a"], COUNTS)
    assert seat_and_token(hello("a", TOKENS["a"], "kesu-other")) is None
    assert seat_and_token(hello("a", "t" * 86) + b" " * 160) is None


class Whole(HTMLParser):
    """Reads a page, and fails for tags that do not fit together. `tags`: all; `cells`: texts by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1][-1] += data


EVIL = '<script>alert("1")</script>&amp;'


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_is_whole_escaped_and_without_scripts(code: str) -> None:
    words = LANGUAGES[code]
    found = [
        Row(EVIL, True, True, drawn(1), 5),
        Row("a", True, True, Counts("0.1.0", pads_up=1, wipes_confirmed=7), 200),
        Row("b", False, False, None, 0),
    ]
    text = page.html(found, words)
    read_page = Whole(text)
    assert "<script" not in text
    assert read_page.cells[1][0] == EVIL
    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in read_page.tags}
    assert not any(name.startswith("on") or name == "style" for _, more in read_page.tags for name in more)
    assert [len(row) for row in read_page.cells] == [len(words.head)] * 4
    assert read_page.cells[2][:5] == ["a", words.conditions[Condition.UP], words.yes, words.yes, "7"]
    assert read_page.cells[3][4:] == [""] * 7


def test_both_languages_have_words_for_everything() -> None:
    for words in LANGUAGES.values():
        assert set(words.conditions) == set(Condition)
        assert len(words.head) == len(LANGUAGES["en"].head)
        assert [words.age(seconds) for seconds in (5, 119, 120, 7199, 7200)] == [
            form.format(number)
            for form, number in zip(
                words.ages[:1] * 2 + words.ages[1:2] * 2 + words.ages[2:], (5, 119, 2, 119, 2), strict=True
            )
        ]


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        ("", "ja,en;q=0.9", "ja"),
        ("", "en-GB,ja;q=0.5", "en"),
        ("", "de", "en"),
        ("", "de,ja;q=0.2", "ja"),
        ("ja", "en", "ja"),
        ("xx", "ja", "ja"),
    ],
)
def test_the_language_is_asked_for_or_the_browsers(asked: str, accepted: str, code: str) -> None:
    async def scenario() -> str:
        return page.answer(Server(TOKENS), Request("/", {"lang": asked}, accepted)).body.decode()

    assert f'<html lang="{code}">' in asyncio.run(scenario())


def condition(**counts: int) -> Condition:
    return Row("a", True, True, Counts("1", **counts), 0).condition


def test_the_most_urgent_condition_is_shown_and_comes_first() -> None:
    assert condition(pads_up=1) is Condition.UP
    assert condition(pads_up=1, pads_down=1) is Condition.DOWN
    assert condition(pads_down=1, pads_absent=1) is Condition.NO_PAD
    assert condition(pads_up=1, pads_spoke=1) is Condition.SPOKE
    assert condition(pads_up=1, pads_faulty=1, pads_spoke=1) is Condition.FAULT
    assert Row("a", True, False, Counts("1"), 0).condition is Condition.UNSEEN
    assert Row("a", True, True, None, 0).condition is Condition.UNKNOWN
    assert Row("a", False, True, Counts("1", pads_up=1), 0).condition is Condition.NO_AGENT
    server = Server(TOKENS)
    server.desks["b"].take(Report(Event.READY))
    assert [row.seat for row in rows(server, 0.0)] == ["a", "b"]


def test_metrics_of_the_site_have_each_seat_and_no_old_counts() -> None:
    async def scenario() -> str:
        async with relay() as (server, port):
            reader, _ = await said(port, hello("a", TOKENS["a"], COUNTS), drawn(1).line())
            calls, keep = await said(port, hello("a", TOKENS["a"]))
            assert await calls.readline() == b"ok\n"
            server.counts["b"] = drawn(2), 0.0  # its agent is no longer connected
            await until(lambda: "a" in server.counts)
            text = page.answer(server, Request("/metrics", {}, "")).body.decode()
            keep.close()
            assert await reader.readline() == b"ok\n"
            return text

    found = read(asyncio.run(scenario()))
    assert found["kesu_seat_connected", 'seat="a"'] == 1
    assert found["kesu_seat_connected", 'seat="b"'] == 0
    assert found["kesu_pads_lost_total", 'seat="a"'] == drawn(1).pads_lost
    assert ("kesu_pads_lost_total", 'seat="b"') not in found
    assert len(found) == 3 + 2 * 2 + 1 + 1 + len(NUMBERS)


async def asked(port: int, *, tls: ssl.SSLContext | None = None, **headers: str) -> tuple[int, str]:
    """Status and head of GET /."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
    text = (await reader.read()).decode()
    writer.close()
    return int(text.split(" ")[1]), text.partition("\r\n\r\n")[0]


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"it:{password}".encode()).decode()


def test_loopback_takes_only_its_own_names_and_the_password_if_there_is_one() -> None:
    async def scenario() -> None:
        server = Server(TOKENS)
        async with serving(Address("127.0.0.1", 0, True), partial(page.answer, server)) as port:
            status, head = await asked(port, Host=f"127.0.0.1:{port}")
            assert status == 200
            assert "Content-Security-Policy: default-src 'none'" in head
            assert "script-src" not in head
            assert "Access-Control" not in head
            assert (await asked(port, Host=f"localhost:{port}"))[0] == 200
            assert (await asked(port, Host=f"seats.example:{port}"))[0] == 403
            assert (await asked(port))[0] == 403
        async with serving(Address("127.0.0.1", 0, True, PASSWORD), partial(page.answer, server)) as port:
            host = f"127.0.0.1:{port}"
            assert (await asked(port, Host=host))[0] == 401
            assert (await asked(port, Host=host, Authorization=basic("another-password-1")))[0] == 401
            assert (await asked(port, Host=host, Authorization="Basic ///"))[0] == 401
            assert (await asked(port, Host=host, Authorization=basic(PASSWORD)))[0] == 200
            assert (await asked(port, Host=host, Authorization=f"Bearer {PASSWORD}"))[0] == 200

    asyncio.run(scenario())


def test_the_style_is_allowed_by_its_hash() -> None:
    import hashlib

    style = re.search(r"<style>(.*?)</style>", page.html([], LANGUAGES["en"]), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.POLICY


@pytest.mark.parametrize(
    ("table", "secret", "said_why"),
    [
        ("", "", ""),
        ('listen = "::1"', "", ""),
        ('listen = "0.0.0.0"', "", "needs `certificate`, and a `password`"),
        ('listen = "0.0.0.0"', f'[page]\npassword = "{PASSWORD}"\n', ""),
        ('listen = "127.0.0.1"', '[page]\npassword = "short"\n', "16 to 256"),
        ("open = true", "", "open"),
    ],
)
def test_settings_of_the_page(tmp_path: Path, table: str, secret: str, said_why: str) -> None:
    settings = RELAY_TOML.replace("[pbx.main]\n", f"[page]\n{table}\n[pbx.main]\n", 1)
    path = write(tmp_path, relay=settings, credentials=CREDENTIALS_TOML + secret)
    if said_why:
        with pytest.raises(KesuError) as error:
            config.load(path)
        assert said_why in error.value.message
        assert PASSWORD not in error.value.message
        return
    found = config.load(path).page
    assert found is not None
    assert found.loopback == ("0.0.0.0" not in table)
    assert (found.tls is not None) == (not found.loopback)


def test_without_the_table_there_is_no_page_and_without_tls_none_for_others(tmp_path: Path) -> None:
    assert config.load(write(tmp_path)).page is None
    lines = [line for line in RELAY_TOML.splitlines() if not line.startswith(("certificate", "key"))]
    plain = "\n".join(lines).replace("[pbx.main]\n", '[page]\nlisten = "0.0.0.0"\n[pbx.main]\n', 1)
    secret = f'[page]\npassword = "{PASSWORD}"\n'
    with pytest.raises(KesuError, match="certificate"):
        config.load(write(tmp_path, relay=plain, credentials=CREDENTIALS_TOML + secret))
