"""serial_bridge: a serial port for a browser without one: HTTP on loopback in front of a pyserial port.

The stand-in for Web Serial (host_tools/web/test/line_stand_in.ts) asks here. An open port is one request that is
answered until either end closes it, because a browser ends the requests of a closed tab or a killed worker, as it
closes their ports. Opening raises DTR, as Linux does (cdc-acm); an open port is refused to others. Also serves the
site's files.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import serial

TURN_S = 0.02
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class Bridge:
    """One pad's port. `allowed`: whether the page may use it; taking it away closes an open port."""

    def __init__(self, url: str, site: Path) -> None:
        self.url = url
        self.site = site
        self.allowed = True
        self.opened: Any = None
        self.busy = threading.Lock()
        self.requests: list[str] = []

    def modem_bits(self) -> list[bool]:
        """DCD, DSR, RI; false while the other end has not reported them."""
        found = []
        for name in ("cd", "dsr", "ri"):
            try:
                found.append(bool(getattr(self.opened, name)))
            except serial.SerialException:
                found.append(False)
        return found


class _Handler(BaseHTTPRequestHandler):
    bridge: Bridge

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """A file of the site, or the list of ports."""
        path = self.path.partition("?")[0]
        self.bridge.requests.append(path)
        if path == "/port/list":
            self._answer(200, json.dumps(self.bridge.allowed).encode(), "application/json")
            return
        file = self.bridge.site / (path.lstrip("/") or "index.html")
        if file.is_file():
            self._answer(200, file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
        else:
            self._answer(404, b"", "text/plain")

    def do_POST(self) -> None:
        """Open the port, set DTR, write."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bridge = self.bridge
        if self.path == "/port/open":
            self._hold()
            return
        try:
            if bridge.opened is None:
                raise OSError("closed")
            if self.path == "/port/dtr":
                bridge.opened.dtr = content == b"1"
            else:
                bridge.opened.write(content)
        except OSError:
            self._answer(410, b"", "text/plain")
        else:
            self._answer(200, b"", "text/plain")

    def _hold(self) -> None:
        bridge = self.bridge
        if not bridge.allowed or not bridge.busy.acquire(blocking=False):
            self._answer(409, b"", "text/plain")
            return
        try:
            bridge.opened = serial.serial_for_url(bridge.url, timeout=0)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()
            self._tell_until_closed()
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError):
                if bridge.opened is not None:
                    bridge.opened.close()
            bridge.opened = None
            bridge.busy.release()

    def _tell_until_closed(self) -> None:
        said: list[bool] | None = None
        while self.bridge.allowed:
            bits = self.bridge.modem_bits()
            if bits != said:
                said = bits
                self.wfile.write(json.dumps(bits).encode() + b"\n")
                self.wfile.flush()
            if select.select([self.connection], [], [], TURN_S)[0]:
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return
                time.sleep(TURN_S)

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)


@contextlib.contextmanager
def serving(bridge: Bridge) -> Iterator[str]:
    """Serve on a free port of loopback; gives the address, a secure context for Chromium."""
    handler = type("Handler", (_Handler,), {"bridge": bridge})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            bridge.allowed = False
            server.shutdown()
            thread.join()
