"""The server of the page: loopback, strict headers, the folder's files and nothing else."""

# SPDX-License-Identifier: MIT
import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kesu.common.errors import Exit, KesuError
from kesu.demo.page.serve import PageServer, policy_of

META = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'">"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text(f"<!doctype html>{META}", encoding="utf-8")
    (site / "page.js").write_text("1", encoding="utf-8")
    (tmp_path / "beside.txt").write_text("not the page's", encoding="utf-8")
    with PageServer(0) as server:
        thread = threading.Thread(target=server.serve, args=(site,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(
    port: int, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_files_come_with_the_pages_own_policy(port: int) -> None:
    status, headers, body = ask(port, "/?panel=2in9")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert META.encode() in body
    assert ask(port, "/page.js")[1]["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/../beside.txt", "/%2e%2e/beside.txt", "/nowhere", "/%00", "/" + "a" * 5000]
)
def test_files_outside_the_folder_are_not_served(port: int, path: str) -> None:
    status, headers, body = ask(port, path)
    assert status == 404
    assert b"not the page's" not in body
    assert "content-security-policy" in headers


def test_other_methods_and_host_names_are_refused(port: int) -> None:
    assert ask(port, "/page.js", method="HEAD")[0::2] == (200, b"")
    assert ask(port, "/page.js", method="POST")[0] == 501
    assert ask(port, "/page.js", host="pad.example:80")[0] == 421
    assert ask(port, "/page.js", host="localhost")[0] == 200


def test_only_loopback_listens(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=5):  # noqa: PT011
        pass


def test_a_port_in_use_is_reported(port: int) -> None:
    with pytest.raises(KesuError, match=f"Port {port} is in use") as caught:
        PageServer(port)
    assert caught.value.code == Exit.TRY_AGAIN
    assert "--port" in caught.value.hint


def test_a_page_without_a_policy_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    with pytest.raises(KesuError, match="no Content-Security-Policy"):
        policy_of(tmp_path / "index.html")


@pytest.mark.slow
def test_the_number_of_threads_is_bounded(port: int) -> None:
    before = threading.active_count()
    crowd = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(150)]
    try:
        closed = 0
        for one in crowd[PageServer.most_at_once :]:
            closed += one.recv(1) == b""
        assert closed == len(crowd) - PageServer.most_at_once
        assert threading.active_count() - before <= PageServer.most_at_once
    finally:
        for one in crowd:
            one.close()
    for _ in range(3000):
        try:
            if ask(port, "/")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.02)
    raise AssertionError("no client is served after the flood has ended")
