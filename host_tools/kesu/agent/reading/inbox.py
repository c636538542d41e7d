"""inbox: one buffer of fixed size for what arrives; a message is zeroed as soon as it was read.

Messages of phone systems carry callers' numbers. Python never clears the memory of a freed `bytes` or `str`,
so a message must not become one: it is received into this buffer, searched by index, and overwritten.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

Message = TypeVar("Message")

Parse = Callable[[bytearray, int], tuple[int, Message | None]]
"""parse(buffer, end): of the first message in buffer[:end], how many bytes it takes (0: it is not whole yet)
and what is of interest (None: nothing). Raises Malformed. Keeps no slice of the buffer."""


class Malformed(ValueError):
    """What arrived is not the protocol. The text names the rule that was broken, never the bytes."""


class TooLong(ValueError):
    """A message larger than the buffer."""


class Inbox:
    """`room()` is where to receive to, `arrived(n)` says how much came, `messages(parse)` reads."""

    def __init__(self, size: int) -> None:
        """`size`: bytes of the longest message that is taken."""
        self.buffer = bytearray(size)
        self._view = memoryview(self.buffer)
        self._zeros = memoryview(bytes(size))
        self._end = 0

    def room(self) -> memoryview:
        """The free part of the buffer. Raises TooLong when a message fills it and is not whole."""
        if self._end == len(self.buffer):
            raise TooLong("a message is longer than this adapter takes")
        return self._view[self._end :]

    def arrived(self, count: int) -> None:
        """`count` bytes were received into `room()`."""
        self._end += count

    def messages(self, parse: Parse[Message]) -> Iterator[Message]:
        """What is of interest in every whole message, each zeroed before the next is looked at."""
        while self._end:
            used, message = parse(self.buffer, self._end)
            if used == 0:
                return
            self._drop(used)
            if message is not None:
                yield message

    def clear(self) -> None:
        """Zero everything."""
        self._view[:] = self._zeros
        self._end = 0

    def _drop(self, used: int) -> None:
        rest = self._end - used
        # Between two views of one buffer CPython moves the bytes without a copy in between.
        self._view[:rest] = self._view[used : self._end]
        self._view[rest : self._end] = self._zeros[: self._end - rest]
        self._end = rest
