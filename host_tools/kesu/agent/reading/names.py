"""names: finds which of the known names is in a buffer, without copying it out."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

Span = tuple[int, int]
"""(index of the first byte, index after the last byte)."""

_DIGEST_BYTES = 8
_HEX = {byte: value for value, byte in enumerate(b"0123456789abcdef")} | {
    byte: value for value, byte in enumerate(b"ABCDEF", start=10)
}


class Names:
    """A set of names (seats, states ...), looked up by spans of a buffer."""

    def __init__(self, names: Iterable[str]) -> None:
        self._key = secrets.token_bytes(32)
        self._known = {self._digest(memoryview(name.encode())): name for name in names}
        self._longest = max((len(name.encode()) for name in self._known.values()), default=0)

    def at(self, buffer: bytearray, span: Span | None) -> str | None:
        """The known name in the span; None for any other text."""
        if span is None or span[1] - span[0] > self._longest:
            return None
        with memoryview(buffer) as view:
            return self._known.get(self._digest(view[span[0] : span[1]]))

    def escaped_at(self, buffer: bytearray, span: Span | None) -> str | None:
        """The same for a percent-encoded text."""
        if span is None or span[1] - span[0] > 3 * self._longest:
            return None
        scratch = bytearray(span[1] - span[0])
        index, length = span[0], 0
        while index < span[1]:
            byte = buffer[index]
            if byte == 0x25 and index + 2 < span[1]:
                high, low = _HEX.get(buffer[index + 1]), _HEX.get(buffer[index + 2])
                if high is not None and low is not None:
                    byte = high << 4 | low
                    index += 2
            scratch[length] = byte
            length += 1
            index += 1
        found = self.at(scratch, (0, length))
        scratch[:] = bytes(len(scratch))
        return found

    def _digest(self, text: memoryview) -> bytes:
        return hashlib.blake2b(text, digest_size=_DIGEST_BYTES, key=self._key).digest()


def number_at(buffer: bytearray, span: Span | None, most: int = 1_000_000) -> int | None:
    """The decimal number in the span; None for anything else and for more than `most`."""
    if span is None or not 0 < span[1] - span[0] <= 7:
        return None
    value = 0
    for index in range(*span):
        digit = buffer[index] - 0x30
        if not 0 <= digit <= 9:
            return None
        value = 10 * value + digit
    return value if value <= most else None
