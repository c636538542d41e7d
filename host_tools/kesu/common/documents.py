"""documents: bounded reading and parsing of untrusted files; every fault is a ValueError."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError, unreadable

MOST_BYTES = 16 * 1024 * 1024  # limit of a document


def open_plain(path: Path) -> io.BufferedReader:
    """Open a plain file for reading. OSError for a pipe or device, which could block for ever."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_plain(path: Path, most: int = MOST_BYTES) -> bytes:
    """The content of a plain file of up to `most` bytes. OSError for anything else."""
    with open_plain(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"larger than {most:,} bytes")
    return content


def from_json(text: bytes | bytearray | str, *, unique: bool = False) -> Any:
    """The parsed value. ValueError for invalid JSON, including NaN, infinite numbers and too deep nesting.

    unique: also for a duplicate name in an object, which parsers resolve in different ways.
    """
    pairs = _unique if unique else None
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite, object_pairs_hook=pairs)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number in JSON")
    return number


def from_toml(data: bytes) -> dict[str, Any]:
    """The parsed table. The ValueError names the position of the fault, not the text there; it follows a name."""
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except RecursionError:
        raise ValueError("is not TOML (nested too deep)") from None
    except ValueError as error:
        place = re.search(r"\(at .*\)$", str(error))  # not the text: it may show a secret
        raise ValueError(f"is not TOML {place.group() if place else ''}".rstrip()) from None


def read_toml(path: Path, code: Exit, *, if_missing: str, if_wrong: str) -> dict[str, Any]:
    """The table in a file. KesuError with `code`, and with one of the two hints."""
    try:
        return from_toml(read_plain(path))
    except OSError as error:
        raise KesuError(
            f"{path} cannot be read: {error.strerror}.", hint=if_missing, code=unreadable(error)
        ) from error
    except ValueError as error:
        raise KesuError(f"{path} {error}.", hint=if_wrong, code=code) from error


def printable(text: str) -> str:
    """`text` for a terminal: control characters and the like as their escapes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
