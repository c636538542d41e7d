"""everything: the whole virtual pad as text, field by field, for comparisons: what is not left out is compared."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.walk import walk

LEFT_OUT = Path(__file__).with_name("left_out.toml")


def fields(pad: VirtualPad) -> bytes:
    """Every field of the pad's models, one a line, as path and value. The pad keeps running as if this had not been
    done."""
    found = walk(pad, left_out())
    return "\n".join(f"{path}\t{value}" for path, value in sorted(found.items())).encode()


def differing(one: bytes, other: bytes) -> Iterator[tuple[str, str]]:
    """Path of every field that differs, or that only one has, with both values."""
    if one == other:
        return
    mine, theirs = _parsed(one), _parsed(other)
    for path in sorted(mine.keys() | theirs.keys()):
        pair = (mine.get(path, "nothing"), theirs.get(path, "nothing"))
        if pair[0] != pair[1]:
            yield path, " against ".join(value[:40] for value in pair)


def _parsed(raw: bytes) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in raw.decode().split("\n"))


@cache
def left_out(path: Path = LEFT_OUT) -> Callable[[str, type], bool]:
    """Whether a value is left out, by its path and class. Raises KesuError when the file is invalid."""
    try:
        groups = tomllib.loads(path.read_text(encoding="utf-8"))["left_out"]
        paths = [pattern for group in groups if group["reason"] for pattern in group.get("paths", ())]
        kinds = frozenset(kind for group in groups for kind in group.get("kinds", ()))
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise KesuError(
            f"{path.name} cannot be read: {error}", hint="see the entries it had", code=Exit.INTERNAL
        ) from error
    whole = re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in paths))

    def is_left_out(name: str, kind: type) -> bool:
        return whole.fullmatch(name) is not None or f"{kind.__module__}.{kind.__qualname__}" in kinds

    return cache(is_left_out)
