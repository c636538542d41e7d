"""call_line: bytes, modem bits and USB numbers of the call line, from call_line.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("call_line.toml")

Wipes = Literal["always", "without wrap_up_s", "in wrap-up", "never"]


@dataclass(frozen=True)
class CallByte:
    """One byte from the host to the pad. wipes: what it does to a note; the other texts are for documents."""

    name: str
    byte: bytes
    what: str
    wipes: Wipes
    with_note: str
    without_note: str


_SPEC = tomllib.loads(FILE.read_text(encoding="utf-8"))
CALL_BYTES = {
    name: CallByte(name, **{key: value.encode() if key == "byte" else value for key, value in entry.items()})
    for name, entry in _SPEC["byte"].items()
}
MODEM_BITS: dict[str, int] = {name: entry["mask"] for name, entry in _SPEC["modem_bit"].items()}
MODEM_BIT_TEXTS: dict[str, str] = {name: entry["what"] for name, entry in _SPEC["modem_bit"].items()}

RING = CALL_BYTES["ring"].byte
TALK = CALL_BYTES["talk"].byte
HOLD = CALL_BYTES["hold"].byte
WRAP_UP = CALL_BYTES["wrap_up"].byte
ENDED = CALL_BYTES["ended"].byte
AWAY = CALL_BYTES["away"].byte
LOCKED = CALL_BYTES["locked"].byte
PAYMENT = CALL_BYTES["payment"].byte
PAID = CALL_BYTES["paid"].byte
MUTED = CALL_BYTES["muted"].byte
UNMUTED = CALL_BYTES["unmuted"].byte

KNOWN = b"".join(one.byte for one in CALL_BYTES.values())
"""Every byte with a meaning."""
WIPING = b"".join(one.byte for one in CALL_BYTES.values() if one.wipes == "always")
"""Bytes that wipe a note under every policy."""
MAY_WIPE = WIPING + b"".join(one.byte for one in CALL_BYTES.values() if one.wipes == "without wrap_up_s")
"""Bytes that wipe a note, or do so under some policies."""

VENDOR: int = _SPEC["usb"]["vendor"]
PRODUCT: int = _SPEC["usb"]["product"]
MANUFACTURER_TEXT: str = _SPEC["usb"]["manufacturer_text"]
PRODUCT_TEXT: str = _SPEC["usb"]["product_text"]
