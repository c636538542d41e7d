"""gdb_remote: reads memory through a gdb remote (OpenOCD's port 3333, a probe's own, the emulator's).

Protocol: GDB manual, appendix E: `$payload#checksum`, acknowledged by `+`; `m address,length` reads memory.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import socket

SECONDS = 5.0
CHUNK = 1_024
"""Bytes of one read: its hexadecimal digits fit every server's packet."""


class RemoteError(OSError):
    """The remote does not answer, or rejects the request."""


class GdbRemote:
    """One connection. address: host:port, of this machine or of a bench's. Raises RemoteError."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        try:
            self._socket = socket.create_connection((host, int(port)), SECONDS)
        except (OSError, ValueError) as error:
            raise RemoteError(f"no gdb remote answers at {address}: {error}") from error
        self._raw = bytearray()
        self._ask("?")

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes at an address. The target may stop for it: `go` resumes it."""
        content = bytearray()
        while len(content) < size:
            length = min(CHUNK, size - len(content))
            answer = self._ask(f"m{address + len(content):x},{length:x}")
            part = b"" if answer.startswith("E") else bytes.fromhex(answer)
            if len(part) != length:
                raise RemoteError(
                    f"0x{address + len(content):08x} cannot be read: the remote says {answer[:12]!r}"
                )
            content += part
        return bytes(content)

    def go(self) -> None:
        """Resume the target; there is no answer until it stops."""
        self._send("c")

    def close(self) -> None:
        """Close the connection; the target keeps its state."""
        self._socket.close()

    def _ask(self, text: str) -> str:
        self._send(text)
        return self._packet()

    def _send(self, text: str) -> None:
        payload = text.encode()
        try:
            self._socket.sendall(b"$%s#%02x" % (payload, sum(payload) & 0xFF))
        except OSError as error:
            raise RemoteError(f"the connection to the gdb remote was lost: {error}") from error

    def _packet(self) -> str:
        while True:
            start = self._raw.find(b"$")
            end = self._raw.find(b"#", start + 1) if start >= 0 else -1
            if end >= 0 and len(self._raw) >= end + 3:
                payload, checksum = bytes(self._raw[start + 1 : end]), bytes(self._raw[end + 1 : end + 3])
                del self._raw[: end + 3]
                if int(checksum, 16) != sum(payload) & 0xFF:
                    self._socket.sendall(b"-")
                    continue
                self._socket.sendall(b"+")
                return payload.decode("ascii")
            self._raw += self._received()

    def _received(self) -> bytes:
        try:
            part = self._socket.recv(4_096)
        except OSError as error:
            raise RemoteError(f"the gdb remote does not answer: {error}") from error
        if not part:
            raise RemoteError("the gdb remote closed the connection")
        return part
