"""uf2: strict reading of a UF2 image for the RP2040, with an error that says what to do.

Format: github.com/microsoft/uf2. The RP2040 boot ROM takes 256-byte payloads of family 0xe48bff56
(RP2040 datasheet 2.8.4.2).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from kesu.errors import KesuError

BLOCK_SIZE = 512
PAYLOAD_SIZE = 256
FAMILY_RP2040 = 0xE48BFF56
# RP2350 families, and the "absolute" one of its errata block (datasheet 5.5.3).
FAMILIES_RP2350 = frozenset({0xE48BFF57, 0xE48BFF58, 0xE48BFF59, 0xE48BFF5A, 0xE48BFF5B})

_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30
_FLAG_NOT_MAIN_FLASH = 0x0000_0001
_FLAG_FAMILY = 0x0000_2000
_FLASH = range(0x1000_0000, 0x1100_0000)
_ERROR_CODE = 65  # EX_DATAERR


@dataclass(frozen=True)
class Uf2Image:
    """A checked image: `segments` are (absolute flash address, 256 bytes), in file order."""

    segments: list[tuple[int, bytes]]
    family: int

    @property
    def size(self) -> int:
        return sum(len(payload) for _, payload in self.segments)


def read_uf2(path: Path) -> Uf2Image:
    """Read `path`; raises KesuError for anything a Pico's boot ROM would not take as a whole image."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refuse(
            path, f"it cannot be read ({error.strerror})", "check the path, or run `kesu build`"
        ) from error
    return parse_uf2(data, path)


def parse_uf2(data: bytes, path: Path = Path("image.uf2")) -> Uf2Image:
    """Check `data` block by block; `path` only names it in errors."""
    if data[:4] == b"\x7fELF":
        raise _refuse(path, "it is an ELF file, not a UF2", "give the .uf2 beside it")
    if len(data) < 8 or struct.unpack_from("<2I", data) != _MAGIC:
        raise _refuse(path, "it is not a UF2 file", "give the .uf2 that `kesu build` wrote to dist/")
    if len(data) % BLOCK_SIZE:
        raise _refuse(
            path,
            f"it is truncated: {len(data)} bytes is not a whole number of {BLOCK_SIZE}-byte blocks",
            "copy or build it again",
        )
    blocks = [_block(data[start : start + BLOCK_SIZE], path) for start in range(0, len(data), BLOCK_SIZE)]
    if any(block.family in FAMILIES_RP2350 for block in blocks):
        raise _refuse(
            path, "this image is for the Pico 2 (RP2350)", "the virtual pad is a Pico: use the pico image"
        )
    families = {block.family for block in blocks}
    if families != {FAMILY_RP2040}:
        shown = ", ".join(
            "none" if family is None else f"0x{family:08x}" for family in sorted(families, key=str)
        )
        raise _refuse(
            path, f"its family is {shown}, not RP2040 (0x{FAMILY_RP2040:08x})", "build it for the pico board"
        )
    _check_numbering(blocks, path)
    segments: dict[int, bytes] = {}
    for block in blocks:
        if block.address in segments:
            raise _refuse(path, f"two blocks write to 0x{block.address:08x}", "build it again")
        segments[block.address] = block.payload
    return Uf2Image(list(segments.items()), FAMILY_RP2040)


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
    if (start0, start1) != _MAGIC or end != _MAGIC_END:
        raise _refuse(path, "a block has wrong magic numbers: the file is damaged", "copy or build it again")
    known_family = family if flags & _FLAG_FAMILY else None
    if known_family in FAMILIES_RP2350:
        return _Block(address, number, total, known_family, b"")
    if flags & _FLAG_NOT_MAIN_FLASH:
        raise _refuse(path, f"block {number} is not meant for flash", "build it again for the pico board")
    if size != PAYLOAD_SIZE:
        raise _refuse(
            path, f"block {number} carries {size} bytes, a Pico takes {PAYLOAD_SIZE}", "build it again"
        )
    if address % PAYLOAD_SIZE or address not in _FLASH:
        raise _refuse(
            path, f"block {number} targets 0x{address:08x}, outside the flash", "build it as a flash image"
        )
    return _Block(address, number, total, known_family, raw[32 : 32 + size])


def _check_numbering(blocks: list[_Block], path: Path) -> None:
    total = blocks[0].total
    if any(block.total != total for block in blocks):
        raise _refuse(path, "its blocks disagree about how many there are", "build it again")
    if len(blocks) < total:
        raise _refuse(path, f"it is truncated: {len(blocks)} of {total} blocks", "copy or build it again")
    if [block.number for block in blocks] != list(range(total)):
        raise _refuse(path, "its blocks are not numbered 0, 1, 2 ...", "copy or build it again")


def _refuse(path: Path, reason: str, hint: str) -> KesuError:
    return KesuError(f"{path.name}: {reason}", hint=hint, code=_ERROR_CODE)
