"""serve: serves the static folder on loopback, for one local user."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import errno
import re
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kesu.common.errors import Exit, KesuError

LOOPBACK = "127.0.0.1"
NAMES = {LOOPBACK, "localhost"}

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
BYTES = "application/octet-stream"

_POLICY = re.compile(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"')


def policy_of(index: Path) -> str:
    """The page's own Content-Security-Policy, extended by the directives that only a header can set.

    Raises KesuError if the page has none: then it was not built by `kesu pad`.
    """
    found = _POLICY.search(index.read_text(encoding="utf-8"))
    if found is None:
        raise KesuError(
            f"{index} has no Content-Security-Policy.",
            hint="Build the page again: `kesu pad`.",
            code=Exit.DATA,
        )
    return f"{found.group(1)}; frame-ancestors 'none'"


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files below one folder; nothing is logged, listed or written."""

    protocol_version = "HTTP/1.1"
    server_version = "kesu"
    sys_version = ""
    timeout = 30

    def __init__(self, *args: object, root: Path, policy: str) -> None:
        self._root = root
        self._policy = policy
        super().__init__(*args)  # type: ignore[arg-type]  # what socketserver passes on

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing: do not print a line for each file."""

    def _answer(self, with_body: bool) -> None:
        status, kind, body = self._look_up()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self._policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _look_up(self) -> tuple[HTTPStatus, str, bytes]:
        # Prevents DNS rebinding: another name that resolves to loopback is not this page's origin.
        if self.headers.get("Host", "").rsplit(":", 1)[0] not in NAMES:
            return HTTPStatus.MISDIRECTED_REQUEST, TYPES[".html"], b"this pad answers to 127.0.0.1 only\n"
        path = unquote(urlsplit(self.path).path).lstrip("/") or "index.html"
        try:
            wanted = (self._root / path).resolve()
            if wanted.is_relative_to(self._root) and wanted.is_file():
                return HTTPStatus.OK, TYPES.get(wanted.suffix, BYTES), wanted.read_bytes()
        except (OSError, ValueError):  # a name too long, a null byte
            pass
        return HTTPStatus.NOT_FOUND, TYPES[".html"], b"not here\n"


class PageServer(ThreadingHTTPServer):
    """Listens from the start; `serve(folder)` answers until `shutdown()` or Ctrl-C.

    port: 0 takes any free one. Raises KesuError if the port cannot be opened.
    """

    daemon_threads = True
    most_at_once = 64

    def __init__(self, port: int) -> None:
        try:
            super().__init__((LOOPBACK, port), BaseHTTPRequestHandler)
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else "cannot be opened"
            raise KesuError(
                f"Port {port} {reason}.",
                hint="Choose another with --port, or --port 0 for any free one.",
                code=Exit.TRY_AGAIN,
            ) from error

        self._room = threading.BoundedSemaphore(self.most_at_once)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for each connection up to the limit; close further ones at once."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle one connection in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    @property
    def address(self) -> str:
        """URL of the page."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def serve(self, folder: Path) -> None:
        """Answer requests for the files of `folder`."""
        root = folder.resolve()
        policy = policy_of(root / "index.html")
        self.RequestHandlerClass = partial(_Handler, root=root, policy=policy)
        self.serve_forever()
