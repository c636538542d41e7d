"""proxy: a loopback connection that can be cut: data stops, but nothing is closed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import socket
import threading

LOOPBACK = "127.0.0.1"


class Proxy:
    """Passes one connection at a time on to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._cut = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Stop forwarding data."""
        self._cut.set()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((LOOPBACK, self._target))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if self._cut.is_set():
                    continue
                sink.sendall(data)
            if not self._cut.is_set():
                sink.shutdown(socket.SHUT_WR)
