"""parse: the interface of a message parser, and the exception it raises."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Message = TypeVar("Message")

Parse = Callable[[bytearray, int], tuple[int, Message | None]]
"""parse(buffer, end): the length of the first message in buffer[:end] (0: incomplete) and its wanted content
(None: nothing). Raises Malformed. Keeps no slice of the buffer, which is zeroed next."""


class Malformed(ValueError):
    """The data violates the protocol. The text names the broken rule, never the bytes."""
