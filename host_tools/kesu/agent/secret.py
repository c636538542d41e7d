"""secret: tokens made by the agent, in files that only their owner may read."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kesu.agent.private import read_private
from kesu.common.atomic import replace_file
from kesu.common.errors import Exit, KesuError

SHORTEST = 20  # characters of a token


def write_private(path: Path, data: bytes) -> None:
    """Write a file that no other user can read at any moment; replaces an older one atomically. OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, data, 0o600)


def token(path: Path) -> bytes:
    """The token in `path`, created if missing. KesuError if it is short or readable by others."""
    if not os.path.lexists(path):
        try:
            write_private(path, secrets.token_urlsafe(32).encode() + b"\n")
        except OSError as error:
            raise KesuError(
                f"Token: {path} cannot be made: {error.strerror}.", code=Exit.CANNOT_CREATE
            ) from None
    found = read_private(path).strip()
    if len(found) < SHORTEST or not found.isascii() or any(byte <= 0x20 for byte in found):
        raise KesuError(
            f"Token: {path} does not hold one word of {SHORTEST} or more characters.",
            hint="Delete it, and the agent makes a new one.",
            code=Exit.DATA,
        )
    return found
