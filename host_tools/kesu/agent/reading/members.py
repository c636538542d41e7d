"""members: the wanted members of one JSON object, found in place (RFC 8259)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Collection

from kesu.agent.reading.names import Span
from kesu.agent.reading.parse import Malformed

_SPACE = b" \t\r\n"
_QUOTE, _ESCAPE = 0x22, 0x5C
_OPENING, _CLOSING = b"{[", b"}]"
_LITERAL_END = b",}] \t\r\n"
_DEEPEST = 32


def members(buffer: bytearray, span: Span, wanted: Collection[bytes]) -> dict[bytes, Span]:
    """The span of the value of each wanted member of the object: a string without its quotes and with escapes
    unresolved, any other value as written.

    Raises Malformed when the span is not one object, or a wanted member occurs twice: two
    parsers could read such an object in different ways.
    """
    found: dict[bytes, Span] = {}
    start, end = span
    index = _skip(buffer, start, end)
    if index >= end or buffer[index] != 0x7B:
        raise Malformed("a message is one JSON object")
    index = _skip(buffer, index + 1, end)
    if index < end and buffer[index] == 0x7D:
        return _only(buffer, index + 1, end, found)
    while True:
        key = _string(buffer, index, end)
        index = _skip(buffer, key[1] + 1, end)
        if index >= end or buffer[index] != 0x3A:
            raise Malformed("a colon follows a member's name")
        value, index = _value(buffer, _skip(buffer, index + 1, end), end)
        name = next((name for name in wanted if _is(buffer, key, name)), None)
        if name in found:
            raise Malformed("a member occurs twice")
        if name is not None:
            found[name] = value
        index = _skip(buffer, index, end)
        if index < end and buffer[index] == 0x2C:
            index = _skip(buffer, index + 1, end)
            continue
        if index < end and buffer[index] == 0x7D:
            return _only(buffer, index + 1, end, found)
        raise Malformed("members are separated by commas")


def _only(buffer: bytearray, index: int, end: int, found: dict[bytes, Span]) -> dict[bytes, Span]:
    if _skip(buffer, index, end) != end:
        raise Malformed("nothing follows the object")
    return found


def _is(buffer: bytearray, span: Span, name: bytes) -> bool:
    return span[1] - span[0] == len(name) and buffer.startswith(name, span[0])


def _skip(buffer: bytearray, index: int, end: int) -> int:
    while index < end and buffer[index] in _SPACE:
        index += 1
    return index


def _string(buffer: bytearray, index: int, end: int) -> Span:
    """The text of the string that begins at `index`, without its quotes."""
    if index >= end or buffer[index] != _QUOTE:
        raise Malformed("a member's name is a string")
    start = index + 1
    index = start
    while True:
        quote = buffer.find(b'"', index, end)
        if quote < 0:
            raise Malformed("a string has no end")
        escape = buffer.find(b"\\", index, quote)
        if escape < 0:
            return start, quote
        index = escape + 2


def _value(buffer: bytearray, index: int, end: int) -> tuple[Span, int]:
    """(span of the value's text, the index behind it)."""
    if index >= end:
        raise Malformed("a member has no value")
    if buffer[index] == _QUOTE:
        text = _string(buffer, index, end)
        return text, text[1] + 1
    start = index
    if buffer[index] in _OPENING:
        return (start, index := _nested(buffer, index, end)), index
    while index < end and buffer[index] not in _LITERAL_END:
        index += 1
    if index == start:
        raise Malformed("a member has no value")
    return (start, index), index


def _nested(buffer: bytearray, index: int, end: int) -> int:
    """The index behind an object or array, whose content is skipped."""
    depth = 0
    while index < end:
        byte = buffer[index]
        if byte == _QUOTE:
            index = _string(buffer, index, end)[1]
        elif byte in _OPENING:
            depth += 1
            if depth > _DEEPEST:
                raise Malformed("too deep")
        elif byte in _CLOSING:
            depth -= 1
            if depth == 0:
                return index + 1
        index += 1
    raise Malformed("an object or array has no end")
