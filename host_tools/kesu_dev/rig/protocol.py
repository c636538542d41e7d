"""protocol: lines to the rig and its answers (docs/hil/rig.md): no transport, no time.

A request is one line. Its answer ends with a line "ok ..." or "error NUMBER TEXT"; before it there may be one block: a
line "block LENGTH", that many bytes, a line end, a line "crc CRC32".
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

from kesu.common.errors import Exit, KesuError

PROTOCOL = 1
PRODUCT_WORD = "kesu-rig"
LARGEST_BLOCK = 1 << 23
_LONGEST_LINE = 512
_BLOCK = re.compile(rb"block (\d{1,8})$")
_CRC = re.compile(rb"crc ([0-9a-f]{8})$")
_ERROR = re.compile(rb"error (\d{1,3}) (.*)$")
_NOTE = struct.Struct("<II")


class Failure(IntEnum):
    """Numbers of errors, as firmware/rig/request.h has them."""

    VERB = 1
    WORDS = 2
    VALUE = 3
    STATE = 4
    FULL = 5
    ANSWER = 6
    LINE = 7


class Kind(IntEnum):
    """Kinds of notes in the log, as firmware/rig/notes.h has them."""

    PANEL_RST = 1
    PANEL_BUSY = 2
    PANEL_COMMAND = 3
    TOUCH_RST = 4
    TOUCH_INT = 5
    TOUCH_PORT = 6
    CONTACT = 7
    POWER = 8
    SUPPLY = 9
    OUTPUTS = 10
    HALT = 11
    LATE = 12
    STRIKE = 13
    CONNECT = 14
    LOST = 15


class RigError(KesuError):
    """The rig refused a request, or what came is no answer. number: of the rig's error; 0: no answer."""

    def __init__(self, message: str, *, number: int = 0, hint: str = "", code: Exit = Exit.IO) -> None:
        super().__init__(message, hint=hint, code=code)
        self.number = number


@dataclass(frozen=True)
class Answer:
    """text: what follows "ok". block: bytes that came before it."""

    text: str
    block: bytes = b""

    def values(self) -> dict[str, int]:
        """The pairs NAME=NUMBER of the text; others are left out."""
        pairs = (word.partition("=") for word in self.text.split())
        return {name: int(value) for name, _, value in pairs if value.isdigit()}


@dataclass(frozen=True)
class Note:
    """One line of the log. us: low 32 bits of the rig's clock."""

    us: int
    kind: int
    value: int


def notes(block: bytes) -> list[Note]:
    """The log, oldest first. Raises RigError."""
    if len(block) % _NOTE.size:
        raise RigError(f"The rig's log has {len(block)} bytes, no multiple of {_NOTE.size}.")
    return [Note(us, what >> 24, what & 0xFFFFFF) for us, what in _NOTE.iter_unpack(block)]


class Reader:
    """Takes bytes from the rig apart. `add` them; `answer` gives the first whole answer."""

    def __init__(self) -> None:
        self._raw = bytearray()

    def add(self, data: bytes) -> None:
        """Bytes that came."""
        self._raw += data

    def clear(self) -> None:
        """Forget what came, after a failure."""
        self._raw.clear()

    def answer(self, request: str) -> Answer | None:
        """The answer to a request, or None until it is whole. Raises RigError."""
        found = self._line(0)
        if found is None:
            return None
        line, end = found
        block = b""
        if size := _BLOCK.match(line):
            length = int(size[1])
            if length > LARGEST_BLOCK:
                raise RigError(f"The rig announces a block of {length:,} bytes.")
            if len(self._raw) < end + length + 1:
                return None
            block = bytes(self._raw[end : end + length])
            checked = self._line(end + length + 1)
            last = self._line(checked[1]) if checked else None
            if checked is None or last is None:
                return None
            crc = _CRC.match(checked[0])
            if crc is None or int(crc[1], 16) != zlib.crc32(block):
                raise RigError("A block from the rig has another checksum than announced.")
            line, end = last
        del self._raw[:end]
        return _judged(request, line, block)

    def _line(self, start: int) -> tuple[bytes, int] | None:
        end = self._raw.find(b"\n", start)
        if end < 0:
            if len(self._raw) - start > _LONGEST_LINE:
                raise RigError("The rig sends no lines: is it a rig?", code=Exit.UNAVAILABLE)
            return None
        return bytes(self._raw[start:end]), end + 1


def _judged(request: str, line: bytes, block: bytes) -> Answer:
    text = line.decode("ascii", "replace")
    if text == "ok" or text.startswith("ok "):
        return Answer(text[3:], block)
    if refused := _ERROR.match(line):
        words = refused[2].decode("ascii", "replace")
        raise RigError(f"The rig refused '{request}': {words}.", number=int(refused[1]))
    raise RigError(f"The rig's answer to '{request}' is none: {text[:60]!r}.")
