"""console_bridge: the virtual pad's USB serial line as a TCP port on loopback, for programs that open socket://
addresses.

While a client is connected, DTR is high, as with an open port. Emulated time runs freely while data is being
transferred, and no faster than real time otherwise.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType

from kesu.emulator.board.pad import VirtualPad

_SLICE_MS = 1.0
_IDLE_S = 0.002
_CHUNK = 4096


class ConsoleServer:
    """Serves one client at a time from its own thread. Only that thread may run the pad meanwhile.

    Use as a context manager. The pad must be enumerated. `error`: the exception that ended the thread, or None.
    """

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self._client: socket.socket | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.error: Exception | None = None

    @property
    def address(self) -> str:
        """The URL that pyserial opens."""
        return f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> ConsoleServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()
        if self.error is not None and kind is None:
            raise self.error

    def _serve(self) -> None:
        try:
            while not self._over.is_set():
                busy = self._from_client()
                self._pad.run_for(_SLICE_MS)
                busy |= self._to_client()
                if not busy:
                    time.sleep(_IDLE_S)
        except Exception as error:  # raised by __exit__, in the caller's thread
            self.error = error
        finally:
            self._drop()

    def _from_client(self) -> bool:
        host = self._pad.host
        if self._client is None:
            try:
                self._client, _ = self._listener.accept()
            except BlockingIOError:
                return False
            self._client.setblocking(False)
            host.received.clear()
            if host.enumerated:
                host.set_dtr(True)
            return True
        try:
            data = self._client.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._drop()
        elif host.enumerated and host.configuration.bulk_out is not None:
            host.write(data)
        return bool(data)

    def _to_client(self) -> bool:
        received = self._pad.host.received
        if not received or self._client is None:
            return False
        data = bytes(received)
        received.clear()
        self._client.setblocking(True)
        try:
            self._client.sendall(data)
        except OSError:
            self._drop()
            return True
        self._client.setblocking(False)
        return True

    def _drop(self) -> None:
        if self._client is None:
            return
        self._client.close()
        self._client = None
        if self._pad.host.enumerated:
            self._pad.host.set_dtr(False)
