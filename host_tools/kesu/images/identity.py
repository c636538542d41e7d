"""identity: reads name, version and id from the binary info of an image.

Layout: pico-sdk, pico/binary_info/structure.h and defs.h. The header is within the first 256 bytes after
the second stage of an RP2040's boot code, or within the first 1,024 of an RP2350's image (picotool 2.1.1,
main.cpp); it points to a table of pointers, each to one entry.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kesu.common.uf2 import FLASH

if TYPE_CHECKING:
    from packaging.version import Version

_MAGIC, _MAGIC_END = 0x7188EBF2, 0xE71AA390
_HEADER_WITHIN = 0x800
_ID_AND_STRING, _TAG, _DESCRIPTION = 6, 0x5052, 0xB6A07C19
_MOST_ENTRIES = 1024
_LONGEST = 160
_IDENTITY = re.compile(r"(kesu-[a-z0-9-]+) ([0-9][0-9a-z.+-]*) ([0-9a-f]{8})", re.ASCII)


@dataclass(frozen=True)
class Identity:
    """name: of the file, without ending. version: of the project. image_id: what its screen shows."""

    name: str
    version: str
    image_id: str

    @property
    def sealed(self) -> bool:
        return self.name.endswith("-sealed")


def parsed(description: str) -> Identity | None:
    """Parse the identity in a description; None for any other text."""
    found = _stated(description)
    return found if found is not None and comparable(found.version) is not None else None


def _stated(description: str) -> Identity | None:
    found = _IDENTITY.fullmatch(description)
    return Identity(*found.groups()) if found else None


def comparable(version: str) -> Version | None:
    """A version that compares in release order: 0.10 after 0.9. None for an invalid version."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) if version.isascii() and len(version) <= 64 else None
    except InvalidVersion:
        return None


def description_in(flash: bytes) -> str | None:
    """The description in the binary info of `flash`, all from its first byte; None if there is none."""
    for place in range(0, min(_HEADER_WITHIN, len(flash) - 20) + 1, 4):
        magic, start, stop, _mapping, end = struct.unpack_from("<5I", flash, place)
        if (magic, end) == (_MAGIC, _MAGIC_END):
            return _described(flash, range(start, stop, 4)[:_MOST_ENTRIES])
    return None


def stated_in(flash: bytes) -> Identity | None:
    """As `identity_of`, but the version may be one that does not compare: this needs no package."""
    description = description_in(flash)
    return _stated(description) if description is not None else None


def identity_of(flash: bytes) -> Identity | None:
    """Who the image in `flash` says it is; None for one that `kesu dev build` has not named."""
    description = description_in(flash)
    return parsed(description) if description is not None else None


def _described(flash: bytes, table: range) -> str | None:
    for pointer in table:
        entry = _word(flash, pointer)
        if entry is None:
            continue
        kind, name, value = (_word(flash, entry + offset) for offset in (0, 4, 8))
        if (kind, name) == (_TAG << 16 | _ID_AND_STRING, _DESCRIPTION) and value in FLASH:
            assert value is not None
            text = flash[value - FLASH.start :][:_LONGEST].split(b"\0", 1)[0]
            return text.decode("ascii", "replace")
    return None


def _word(flash: bytes, address: int) -> int | None:
    offset = address - FLASH.start
    return struct.unpack_from("<I", flash, offset)[0] if 0 <= offset <= len(flash) - 4 else None
