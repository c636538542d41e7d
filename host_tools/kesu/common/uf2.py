"""uf2: strict reading of a UF2 image for either chip, with an error that says what to do.

Format: github.com/microsoft/uf2. The boot ROMs take 256-byte payloads of their chip's family (RP2040
datasheet 2.8.4.2, RP2350 datasheet 5.5.3). The RP2040's counts sectors to erase by block number, not by
address (pico-bootrom-rp2040, bootrom/virtual_disk.c): a file whose blocks are not aligned with flash
sectors would leave old bytes between the new ones, so it is rejected here.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import read_plain
from kesu.common.errors import Exit, KesuError, unreadable

BLOCK_SIZE = 512
PAYLOAD_SIZE = 256
SECTOR_SIZE = 4096
FAMILY_RP2040 = 0xE48BFF56
FAMILY_ABSOLUTE = 0xE48BFF57
FAMILY_RP2350_ARM = 0xE48BFF59
FAMILIES_RP2350 = frozenset({FAMILY_ABSOLUTE, 0xE48BFF58, FAMILY_RP2350_ARM, 0xE48BFF5A, 0xE48BFF5B})
MAGIC = (0x0A324655, 0x9E5D5157)
MAGIC_END = 0x0AB16F30
FLAG_NOT_MAIN_FLASH = 0x0000_0001
FLAG_FAMILY = 0x0000_2000
FLASH = range(0x1000_0000, 0x1100_0000)
PICO_FLASH_BYTES = 2 * 1024 * 1024
"""Size of the flash chip on a Raspberry Pi Pico (its datasheet); the address range has room for 16 MiB."""

# every page of the address range once, and the block of erratum E10
MOST_BYTES = (len(FLASH) // PAYLOAD_SIZE + 1) * BLOCK_SIZE
# Erratum E10 of the RP2350: picotool puts one block before the image, at the very end of the address range.
_E10_ADDRESS = 0x10FF_FF00


@dataclass(frozen=True)
class Uf2Image:
    """A checked image: `segments` are (absolute flash address, 256 bytes), in file order."""

    segments: list[tuple[int, bytes]]
    family: int

    @property
    def size(self) -> int:
        return sum(len(payload) for _, payload in self.segments)

    def flash(self, size: int) -> bytes:
        """The content of a flash of `size` bytes that was erased to 0xFF and then given this image."""
        content = bytearray(b"\xff" * size)
        for address, payload in self.segments:
            offset = address - FLASH.start
            content[offset : offset + len(payload)] = payload
        return bytes(content)

    @property
    def end(self) -> int:
        """First address after the image."""
        return max(address + len(payload) for address, payload in self.segments)


def load(path: Path) -> bytes:
    """The bytes of a file, or a KesuError: no image is larger than MOST_BYTES."""
    if not path.name.isprintable():  # the name is written into records and evidence
        raise KesuError(
            f"{path.name!a}: its name has characters that are no text", hint="rename it", code=Exit.DATA
        )
    try:
        return read_plain(path, MOST_BYTES)
    except OSError as error:
        raise KesuError(
            f"{path} cannot be read: {error.strerror}.",
            hint="Give the .uf2 of an image; `kesu dev build` writes them to dist/.",
            code=unreadable(error),
        ) from error


def parse(data: bytes, path: Path = Path("image.uf2")) -> Uf2Image:
    """Check `data` block by block; `path` only names it in errors. The family identifies the chip.

    Raises KesuError for anything that a boot ROM would not accept as one complete image for one chip.
    """
    require_uf2(data, path)
    if len(data) % BLOCK_SIZE:
        raise refuse(
            path,
            f"it is truncated: {len(data)} bytes is not a whole number of {BLOCK_SIZE}-byte blocks",
            "copy or build it again",
        )
    blocks = [_block(data[start : start + BLOCK_SIZE], path) for start in range(0, len(data), BLOCK_SIZE)]
    if len(blocks) > 1 and blocks[0].family == FAMILY_ABSOLUTE and blocks[0].address == _E10_ADDRESS:
        del blocks[0]
    families = {block.family for block in blocks}
    if len(families) != 1 or not families <= {FAMILY_RP2040, *FAMILIES_RP2350}:
        shown = ", ".join(
            "none" if family is None else f"0x{family:08x}" for family in sorted(families, key=str)
        )
        raise refuse(
            path,
            f"its family is {shown}, not RP2040 (0x{FAMILY_RP2040:08x}) or RP2350",
            "build it for the pico or pico2 board",
        )
    _check_numbering(blocks, path)
    _check_sectors(blocks, path)
    return Uf2Image([(block.address, block.payload) for block in blocks], int(blocks[0].family or 0))


def require_uf2(data: bytes, path: Path) -> None:
    """Raise KesuError unless `data` begins as a UF2 file does."""
    if data[:4] == b"\x7fELF":
        raise refuse(path, "it is an ELF file, not a UF2", "give the .uf2 beside it")
    if data[:8] != struct.pack("<II", *MAGIC):
        raise refuse(path, "it is not a UF2 file", "give the .uf2 that `kesu dev build` wrote to dist/")


def refuse(path: Path, reason: str, hint: str) -> KesuError:
    """The error for an image that is not taken."""
    return KesuError(f"{path.name}: {reason}", hint=hint, code=Exit.DATA)


@dataclass(frozen=True)
class _Block:
    address: int
    number: int
    total: int
    family: int | None
    payload: bytes


def _block(raw: bytes, path: Path) -> _Block:
    start0, start1, flags, address, size, number, total, family = struct.unpack_from("<8I", raw)
    (end,) = struct.unpack_from("<I", raw, BLOCK_SIZE - 4)
    if (start0, start1) != MAGIC or end != MAGIC_END:
        raise refuse(path, "a block has wrong magic numbers: the file is damaged", "copy or build it again")
    if flags & FLAG_NOT_MAIN_FLASH:
        raise refuse(path, f"block {number} is not meant for flash", "build it again")
    if size != PAYLOAD_SIZE:
        raise refuse(
            path, f"block {number} carries {size} bytes, a Pico takes {PAYLOAD_SIZE}", "build it again"
        )
    if address % PAYLOAD_SIZE or address not in FLASH:
        raise refuse(
            path, f"block {number} targets 0x{address:08x}, outside the flash", "build it as a flash image"
        )
    return _Block(address, number, total, family if flags & FLAG_FAMILY else None, raw[32 : 32 + size])


def _check_numbering(blocks: list[_Block], path: Path) -> None:
    total = blocks[0].total
    if any(block.total != total for block in blocks):
        raise refuse(path, "its blocks disagree about how many there are", "build it again")
    if len(blocks) < total:
        raise refuse(path, f"it is truncated: {len(blocks)} of {total} blocks", "copy or build it again")
    if [block.number for block in blocks] != list(range(total)):
        raise refuse(path, "its blocks are not numbered 0, 1, 2 ...", "copy or build it again")


def _check_sectors(blocks: list[_Block], path: Path) -> None:
    seen: set[int] = set()
    for block in blocks:
        if block.address in seen:
            raise refuse(path, f"two blocks write to 0x{block.address:08x}", "build it again")
        seen.add(block.address)
        if block.address != blocks[0].address + block.number * PAYLOAD_SIZE:
            raise refuse(
                path, f"there is a gap before block {block.number}", "build it as one image without gaps"
            )
    if blocks[0].address % SECTOR_SIZE:
        raise refuse(
            path, "it does not begin at a sector of the flash", "build it for the start of the flash"
        )
