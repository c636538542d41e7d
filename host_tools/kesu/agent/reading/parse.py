"""parse: what a parser of messages is, and what it raises."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Message = TypeVar("Message")

Parse = Callable[[bytearray, int], tuple[int, Message | None]]
"""parse(buffer, end): of the first message in buffer[:end], how many bytes it takes (0: it is not whole yet)
and what is of interest (None: nothing). Raises Malformed. Keeps no slice of the buffer, which is zeroed
next."""


class Malformed(ValueError):
    """What arrived is not the protocol. The text names the rule that was broken, never the bytes."""
