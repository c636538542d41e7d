"""rfc2217: serves one RFC 2217 client at a time, with pyserial's protocol implementation.

A connection is an open port: the client sets DTR itself. Any end of the connection drops it, as the kernel does
when it closes the port of a killed process.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
from typing import Any, cast

from serial import rfc2217

from kesu.common.errors import Exit, KesuError
from kesu.virtual_port.port import PortGone, VirtualPort

LOOPBACK = "127.0.0.1"
_CHUNK = 1024
_LONGEST_SUBOPTION = 64
"""Bytes between SB and SE; RFC 2217 needs 6, and a signature some tens."""
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, struct.error)
"""Exceptions of PortManager on subnegotiations that are too short or have an unknown value."""


class Rfc2217Link:
    """Listens on loopback. `poll()` is called between two slices of emulated time."""

    def __init__(self, port: VirtualPort, tcp_port: int, selector: selectors.BaseSelector) -> None:
        """Listen on `tcp_port` of 127.0.0.1 (0: any free one). Raises KesuError when it is taken."""
        self._port = port
        self._selector = selector
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((LOOPBACK, tcp_port))
        except OSError as error:
            self._listener.close()
            raise KesuError(
                f"cannot listen on port {tcp_port} of {LOOPBACK}: {error.strerror}",
                hint="name another one, or 0 for any free one",
                code=Exit.TRY_AGAIN,
            ) from None
        self._listener.listen(1)
        self._listener.setblocking(False)
        selector.register(self._listener, selectors.EVENT_READ, self.accept)
        self._client: socket.socket | None = None
        self._manager: Any = None

    @property
    def url(self) -> str:
        """What pyserial opens."""
        return f"rfc2217://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def accept(self) -> None:
        """Accept a client; close a second one, or any while no pad is on the bus."""
        client, _ = self._listener.accept()
        if self._client is not None or not self._port.present:
            client.close()
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
        self._client = client
        self._selector.register(client, selectors.EVENT_READ, self.receive)
        self._manager = rfc2217.PortManager(cast(Any, self._port), cast(Any, self))

    def receive(self) -> None:
        """Process received data. Anything but valid RFC 2217 ends the connection."""
        client = self._client
        if client is None:
            return
        try:
            data = client.recv(_CHUNK)
            if not data:
                self.hang_up()
                return
            payload = b"".join(self._manager.filter(data))
            if len(self._manager.suboption or b"") > _LONGEST_SUBOPTION:
                raise ValueError("a subnegotiation without an end")
            if payload:
                self._port.write(payload)
        except BlockingIOError:
            return
        except (*_MALFORMED, OSError, PortGone):
            self.hang_up()

    def poll(self) -> None:
        """Notify the client of changed modem bits, and close the connection when the pad leaves the bus."""
        if self._client is None:
            return
        if not self._port.present:
            self.hang_up()
            return
        self._manager.check_modem_lines()

    def write(self, data: bytes) -> None:
        """For PortManager: send to the client. A client that does not read is disconnected."""
        client = self._client
        if client is None:
            return
        try:
            sent = client.send(data)
        except OSError:
            sent = 0
        if sent != len(data):
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection and, with it, DTR."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client)
        client.close()
        self._port.close()

    def close(self) -> None:
        """Stop listening."""
        self.hang_up()
        self._selector.unregister(self._listener)
        self._listener.close()
