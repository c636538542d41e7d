"""listing: parses the output of `picotool otp get` into values of one-time memory."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Mapping

from kesu.common.errors import Exit, KesuError
from kesu.devices.otp.steps import ROWS, Field

_ROW = re.compile(r"^ROW 0x([0-9a-f]{4}): OTP_DATA_(\w+)", re.MULTILINE)
_VALUE = re.compile(r"\bVALUE 0x([0-9a-f]{6})\b")


def rows_of(text: str) -> dict[str, int]:
    """Value of each row that the plan needs. Raises KesuError if one is missing or has two values."""
    found: dict[str, int] = {}
    heads = list(_ROW.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)] * bool(heads)
    wanted = {name: number for name, number in ROWS}
    for head, end in zip(heads, ends, strict=True):
        name, value = head[2], _VALUE.search(text, head.end(), end)
        if name not in wanted or value is None:
            continue
        if int(head[1], 16) != wanted[name]:
            raise _unusable(f"{name} has row 0x{head[1]}, not 0x{wanted[name]:04x}")
        if found.setdefault(name, int(value[1], 16)) != int(value[1], 16):
            raise _unusable(f"{name} has two values")
    missing = [name for name in wanted if name not in found]
    if missing:
        raise _unusable(f"it lacks {', '.join(missing)}")
    return found


def value_of(field: Field, rows: Mapping[str, int]) -> int:
    """A field's present value."""
    return rows[field.row] >> field.first & field.full


def _unusable(why: str) -> KesuError:
    names = " ".join(name for name, _ in ROWS)
    return KesuError(
        f"this is not a listing of a Pico 2's one-time memory: {why}",
        hint=f"put the pad into BOOTSEL mode and save the output of `picotool otp get {names}`",
        code=Exit.DATA,
    )
