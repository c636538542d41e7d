"""headers: "Key: value" lines of one block, found by key."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.reading.names import Span


def value_of(buffer: bytearray, block: Span, key: bytes) -> Span | None:
    """The span of the value of the first line with that key in a block of lines (ended by LF or CR LF), without
    surrounding spaces; None without such a line. `key` is spelled as in the protocol."""
    start, end = block
    while start < end:
        stop = buffer.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        after = start + len(key)
        if after < stop and buffer[after] == 0x3A and buffer.startswith(key, start):
            return _stripped(buffer, after + 1, stop)
        start = stop + 1
    return None


def says(buffer: bytearray, span: Span | None, text: bytes) -> bool:
    """Whether the span holds exactly `text`."""
    return span is not None and span[1] - span[0] == len(text) and buffer.startswith(text, span[0])


def _stripped(buffer: bytearray, start: int, stop: int) -> Span:
    while start < stop and buffer[start] in b" \t":
        start += 1
    while stop > start and buffer[stop - 1] in b" \t\r":
        stop -= 1
    return start, stop
