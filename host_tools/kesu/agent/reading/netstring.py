"""netstring: LENGTH:BYTES, as baresip's ctrl_tcp frames its JSON (D. J. Bernstein, "Netstrings", 1997)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.reading.names import Span
from kesu.agent.reading.parse import Malformed

_DIGITS = 7


def frame(payload: bytes) -> bytes:
    """One netstring."""
    return b"%d:%s," % (len(payload), payload)


def payload_of(buffer: bytearray, end: int) -> tuple[int, Span]:
    """(length of the first netstring, span of its payload); (0, (0, 0)) while it is incomplete.

    Raises Malformed for anything else, including a length with leading zeros.
    """
    length = index = 0
    while index < end and buffer[index] != 0x3A:
        digit = buffer[index] - 0x30
        if not 0 <= digit <= 9 or index >= _DIGITS:
            raise Malformed("a netstring begins with its length")
        length = 10 * length + digit
        index += 1
    if index == end:
        return 0, (0, 0)
    if index == 0 or (buffer[0] == 0x30 and index > 1):
        raise Malformed("a netstring's length is a plain number")
    start = index + 1
    if end < start + length + 1:
        return 0, (0, 0)
    if buffer[start + length] != 0x2C:
        raise Malformed("a netstring ends with a comma")
    return start + length + 1, (start, start + length)
