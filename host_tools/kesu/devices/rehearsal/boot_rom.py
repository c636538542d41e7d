"""boot_rom: model of a Pico in BOOTSEL: its flash, and how the boot ROM handles sectors written to its drive.

Rules from pico-bootrom-rp2040, bootrom/virtual_disk.c (vd_write_block, _update_current_uf2_info,
_write_uf2_page) and RP2040 datasheet 2.8.4.2: sectors that are not a UF2 block for this chip are silently
ignored, blocks may come in any order and each counts once, another block count begins a new transfer,
garbage ends it, and the chip restarts when every block of the count has been written. Sectors of flash are
erased by block number. Programming a NOR flash only clears bits. Not modelled: images for RAM, which Kesu
does not make, and the ROM's limit of about 30 MB.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct

from kesu.common.uf2 import (
    BLOCK_SIZE,
    FAMILY_RP2040,
    FLAG_FAMILY,
    FLAG_NOT_MAIN_FLASH,
    FLASH,
    MAGIC,
    MAGIC_END,
    PAYLOAD_SIZE,
    PICO_FLASH_BYTES,
    SECTOR_SIZE,
)

ERASED = 0xFF
_BLOCK = bytes.fromhex("d3deffff")  # RP2350 datasheet 5.9.1: an image definition begins with 0xffffded3
_SEARCHED = 4096  # and is in the first 4 kB of flash (5.9.5)
_BOOT2_BYTES = 252  # RP2040 datasheet 2.8.1.3.1: 252 bytes of code, then their CRC-32


class Flash:
    """A NOR flash: erase sets whole sectors to 0xFF, programming only clears bits.

    stuck: offset to value of bytes that neither erasing nor programming changes, as in a worn or broken chip.
    """

    def __init__(self, size: int = PICO_FLASH_BYTES, stuck: dict[int, int] | None = None) -> None:
        self.content = bytearray([ERASED]) * size
        self._stuck = stuck or {}
        self._hold()

    def erase(self, offset: int) -> None:
        """Erase the sector that `offset` is in. Addresses past the chip's size wrap, as its lines do."""
        start = offset % len(self.content) & -SECTOR_SIZE
        self.content[start : start + SECTOR_SIZE] = bytes([ERASED]) * SECTOR_SIZE
        self._hold()

    def program(self, offset: int, page: bytes) -> None:
        """Clear the bits of a page that are zero in `page`."""
        start = offset % len(self.content)
        old = self.content[start : start + len(page)]
        self.content[start : start + len(page)] = bytes(a & b for a, b in zip(old, page, strict=True))
        self._hold()

    def _hold(self) -> None:
        for offset, value in self._stuck.items():
            self.content[offset] = value


class BootRom:
    """The drive and PICOBOOT side of one pad in BOOTSEL. `restarted` is set when the ROM starts the flash image.

    family: UF2 family it accepts. exclusive: picotool has the flash; writes to the drive are dropped.
    """

    def __init__(self, flash: Flash, family: int = FAMILY_RP2040) -> None:
        self.flash = flash
        self.family = family
        self.exclusive = False
        self.restarted = False
        self.ignored = 0
        self._total = 0
        self._written: set[int] = set()
        self._erased: set[int] = set()

    def write_sector(self, sector: bytes) -> None:
        """Handle one 512-byte sector that the host wrote to the drive, at any address."""
        if len(sector) != BLOCK_SIZE:
            raise ValueError(f"a sector has {BLOCK_SIZE} bytes, not {len(sector)}")
        start0, start1, flags, address, size, number, total, family = struct.unpack_from("<8I", sector)
        (end,) = struct.unpack_from("<I", sector, BLOCK_SIZE - 4)
        ours = (
            (start0, start1) == MAGIC
            and end == MAGIC_END
            and flags & FLAG_FAMILY
            and not flags & FLAG_NOT_MAIN_FLASH
            and family == self.family
            and size == PAYLOAD_SIZE
        )
        if not ours or self.exclusive:
            self.ignored += 1
            return
        if not total or address not in FLASH or address % PAYLOAD_SIZE:
            self._total = 0
            return
        if total != self._total:
            self._total, self._written, self._erased = total, set(), set()
        if number >= total:
            self._total = 0
            return
        if number not in self._written:
            self._write(number, address, sector[32 : 32 + PAYLOAD_SIZE])

    def boots(self) -> bool:
        """Whether the ROM would boot: the second stage at the start of flash has a valid checksum.

        On an RP2350: there is an image definition, of which only the first word is looked at.
        """
        if self.family != FAMILY_RP2040:
            return _BLOCK in self.flash.content[:_SEARCHED]
        stored = int.from_bytes(self.flash.content[_BOOT2_BYTES : _BOOT2_BYTES + 4], "little")
        return _crc32(bytes(self.flash.content[:_BOOT2_BYTES])) == stored

    def _write(self, number: int, address: int, page: bytes) -> None:
        erasable = number * PAYLOAD_SIZE // SECTOR_SIZE
        offset = address - FLASH.start
        if erasable not in self._erased:
            self._erased.add(erasable)
            self.flash.erase(offset)
        self.flash.program(offset, page)
        self._written.add(number)
        if len(self._written) == self._total:
            self.restarted = True


def _crc32(data: bytes) -> int:
    """CRC-32 of the boot ROM: polynomial 0x04C11DB7, initial value all ones, not reflected, not inverted."""
    value = 0xFFFF_FFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C1_1DB7 if value & 0x8000_0000 else 0)) & 0xFFFF_FFFF
    return value
