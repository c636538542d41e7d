"""block: packs the settings of a pad into a policy block and reads them from one. Layout: spec/policy.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from kesu.common.uf2 import FLASH
from kesu.spec.policy import CRC_BYTES, FIRST_VALUE, LAYOUT, SETTINGS

PLACE = range(LAYOUT.address, LAYOUT.address + LAYOUT.bytes)
"""Its addresses in flash."""
_COVERED = LAYOUT.bytes - CRC_BYTES
_HEAD = struct.Struct("<4sHH")


@dataclass(frozen=True)
class Block:
    """A policy block. values: by the settings' full names, as a policy file counts them. crc: its checksum."""

    values: dict[str, int]
    crc: int

    @property
    def checksum(self) -> str:
        """The checksum as the pad shows it."""
        return f"{self.crc:08x}"

    @property
    def in_firmware_units(self) -> dict[str, int]:
        """Values by the names of the firmware's constants, in the firmware's units."""
        return {setting.constant: self.values[setting.name] * setting.factor for setting in SETTINGS}


class InvalidBlock(ValueError):
    """Bytes that a pad would not take as its policy; the text says why."""


def packed(values: Mapping[str, int]) -> bytes:
    """The block with these values, by full names. Raises ValueError for a missing name or a value out of range."""
    for setting in SETTINGS:
        if not setting.lowest <= values[setting.name] <= setting.highest:
            raise ValueError(f"{setting.name} is {values[setting.name]}")
    head = _HEAD.pack(LAYOUT.magic, LAYOUT.layout, len(SETTINGS))
    numbers = struct.pack(f"<{len(SETTINGS)}H", *(values[setting.name] for setting in SETTINGS))
    covered = (head + numbers).ljust(_COVERED, b"\0")
    return covered + struct.pack("<I", zlib.crc32(covered))


def parsed(block: bytes) -> Block:
    """The settings in a block. Raises InvalidBlock where the pad would refuse it, too (native/policy_check.c)."""
    if len(block) != LAYOUT.bytes or block[: len(LAYOUT.magic)] != LAYOUT.magic:
        raise InvalidBlock("it has no policy block")
    _, layout, count = _HEAD.unpack_from(block)
    if (layout, count) != (LAYOUT.layout, len(SETTINGS)):
        raise InvalidBlock(
            f"its policy block has layout {layout} with {count} settings, "
            f"this program knows layout {LAYOUT.layout} with {len(SETTINGS)}"
        )
    (crc,) = struct.unpack_from("<I", block, _COVERED)
    if crc != zlib.crc32(block[:_COVERED]):
        raise InvalidBlock("the checksum of its policy block is wrong")
    end = FIRST_VALUE + 2 * len(SETTINGS)
    if any(block[end:_COVERED]):
        raise InvalidBlock("its policy block has bytes that are not 0 after the settings")
    numbers = struct.unpack_from(f"<{len(SETTINGS)}H", block, FIRST_VALUE)
    for setting, number in zip(SETTINGS, numbers, strict=True):
        if not setting.lowest <= number <= setting.highest:
            raise InvalidBlock(f"{setting.name} is {number}; {setting.allowed} is allowed")
    return Block({setting.name: number for setting, number in zip(SETTINGS, numbers, strict=True)}, crc)


def bytes_in(flash: bytes) -> bytes:
    """The bytes at the block's place in `flash`, all from its first byte; fewer where it ends before."""
    return flash[PLACE.start - FLASH.start : PLACE.stop - FLASH.start]
