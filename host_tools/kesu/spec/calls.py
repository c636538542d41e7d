"""calls: how the state of a pad follows from events of calls, from calls.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from pathlib import Path

from kesu.spec.call_line import CALL_BYTES

FILE = Path(__file__).with_name("calls.toml")

_SPEC = tomllib.loads(FILE.read_text(encoding="utf-8"))

EVENTS: dict[str, str] = _SPEC["event"]
"""What a source may report -> its meaning."""
STATES: dict[str, bytes] = {
    name: CALL_BYTES[byte].byte if byte else b"" for name, byte in _SPEC["state"].items()
}
"""States in order of precedence -> the bytes sent to the pad on entering; none where DTR falls."""
ENDS: tuple[str, ...] = tuple(_SPEC["ends"])
"""Events that end a call in every phase."""
FOLLOWING: dict[str, dict[str, str]] = _SPEC["phase"]
"""Phase of a call -> event -> following phase, without those that end it."""
PHASES: dict[str, dict[str, str]] = {
    phase: following | (dict.fromkeys(ENDS, "ended") if phase != "ended" else {})
    for phase, following in FOLLOWING.items()
}
"""The same with those that end it; a pair that is missing changes nothing."""
LIMITS: dict[str, float] = _SPEC["limits"]
"""Bounds of a source: seconds and counts."""
LINE: dict[str, float] = _SPEC["line"]
"""Times of the line to the pad in seconds."""
