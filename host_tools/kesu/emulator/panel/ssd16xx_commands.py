"""ssd16xx_commands: reports each command that a controller receives, with what follows it, to those who listen."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

SHORT = 256
"""Longer data is reported by length and CRC only: that of a plane."""


@dataclass(frozen=True)
class Command:
    """One command. time_ns: of its byte; length: bytes of data that followed, or were read; data: they, if they are
    short; crc: CRC-32 of them."""

    time_ns: int
    op: int
    length: int
    data: bytes
    crc: int


class Commands:
    """The command that is being received. began: called with time and op of each command as it begins; ended: with the
    whole command, once the next one begins or a reset ends it."""

    def __init__(self) -> None:
        self.began: list[Callable[[int, int], None]] = []
        self.ended: list[Callable[[Command], None]] = []
        self._op: int | None = None
        self._time_ns = self._length = self._crc = 0
        self._data = bytearray()

    def begin(self, time_ns: int, op: int) -> None:
        """A command byte."""
        self.end()
        self._time_ns, self._op = time_ns, op
        for listener in self.began:
            listener(time_ns, op)

    def take(self, data: bytes | bytearray) -> None:
        """Bytes of data, or as many zeros as were read."""
        self._length += len(data)
        self._crc = zlib.crc32(data, self._crc)
        self._data += data[: SHORT - len(self._data)]

    def end(self) -> None:
        """Nothing belongs to the present command any more."""
        if self._op is not None and self.ended:
            short = bytes(self._data) if self._length <= SHORT else b""
            command = Command(self._time_ns, self._op, self._length, short, self._crc)
            for listener in self.ended:
                listener(command)
        self._op = None
        self._length = self._crc = 0
        self._data.clear()
