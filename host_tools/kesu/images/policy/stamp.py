"""stamp: replaces the policy block in the bytes of an image: UF2, ELF and manifest."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kesu.common.documents import from_json
from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import BLOCK_SIZE, FLASH, PAYLOAD_SIZE, Uf2Image, parse
from kesu.images.identity import Identity, stated_in
from kesu.images.policy.block import PLACE, Block, InvalidBlock, bytes_in, packed, parsed

_DATA_AT = 32
_LOADED = 1
NO_BLOCK = "take an image of this release; those before it have their policy compiled in"


def flash_of(image: Uf2Image) -> bytes:
    """The flash from its first byte to the end of the image."""
    return image.flash(image.end - FLASH.start)


def block_of(image: Uf2Image, path: Path) -> Block:
    """The policy of an image. Raises KesuError, code 65, for an image without a valid block."""
    try:
        return parsed(bytes_in(flash_of(image)))
    except InvalidBlock as error:
        raise KesuError(f"{path.name}: {error}.", hint=NO_BLOCK, code=Exit.DATA) from error


def named(image: Uf2Image, path: Path) -> Identity:
    """Who the image says it is. Raises KesuError, code 65, for one that is not of this project."""
    identity = stated_in(flash_of(image))
    if identity is None:
        raise KesuError(
            f"{path.name}: it is no image of a Kesu pad.",
            hint="give an image of a release, or one that `kesu dev build` made",
            code=Exit.DATA,
        )
    return identity


def panel_of(identity: Identity) -> str:
    """The panel that an image is for, by its name."""
    return identity.name.split("-")[2]


def stamped(data: bytes, values: Mapping[str, int], path: Path) -> bytes:
    """The bytes of a UF2 with another policy; all others are as they were.

    Raises KesuError, code 65, for an image that is not sealed, or that has no block to replace.
    """
    image = parse(data, path)
    identity = named(image, path)
    if not identity.sealed:
        raise KesuError(
            f"{path.name}: it is {identity.name}, and only sealed images get a policy.",
            hint="give the image of the same board and panel that ends with -sealed.uf2",
            code=Exit.DATA,
        )
    block_of(image, path)
    return with_block(data, packed(values))


def with_block(data: bytes, block: bytes) -> bytes:
    """Replace the payload of the one UF2 block for the place. The block is exactly one payload."""
    assert len(block) == PAYLOAD_SIZE
    new = bytearray(data)
    for start in range(0, len(data), BLOCK_SIZE):
        if int.from_bytes(data[start + 12 : start + 16], "little") == PLACE.start:
            new[start + _DATA_AT : start + _DATA_AT + PAYLOAD_SIZE] = block
            return bytes(new)
    raise AssertionError("block_of has found it")


def base_of(data: bytes, path: Path) -> bytes:
    """The UF2 with a block of zeros: equal for images that differ in their policy alone."""
    block_of(parse(data, path), path)
    return with_block(data, bytes(PAYLOAD_SIZE))


def stamped_elf(elf: bytes, values: Mapping[str, int]) -> bytes:
    """The bytes of an ELF with another policy. ValueError for one without a block."""
    try:
        at = _offset_in(elf)
    except struct.error as error:
        raise ValueError(f"it is no ELF file ({error})") from error
    parsed(elf[at : at + len(PLACE)])
    return elf[:at] + packed(values) + elf[at + len(PLACE) :]


def _offset_in(elf: bytes) -> int:
    """Where an ELF has the bytes for the block: its program headers say (ELF-32, little-endian; elf(5))."""
    if elf[:6] != b"\x7fELF\x01\x01":
        raise ValueError("it is no ELF file of a 32-bit chip")
    (first,) = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<HH", elf, 42)
    for header in range(first, first + size * count, size or 1):
        kind, offset, _, address, length = struct.unpack_from("<5I", elf, header)
        if kind == _LOADED and address <= PLACE.start and PLACE.stop <= address + length:
            return int(offset + PLACE.start - address)
    raise InvalidBlock("it has no policy block")


def stamped_manifest(manifest: bytes, files: Mapping[str, bytes], block: Block, base: str) -> bytes:
    """The manifest for stamped files. base: SHA-256 of the UF2 that was built. ValueError for a bad manifest."""
    content: Any = from_json(manifest)
    if not isinstance(content, dict) or not isinstance(content.get("outputs"), dict):
        raise ValueError("it is no manifest of an image")
    content |= {
        "policy": block.in_firmware_units,
        "policy_crc": block.checksum,
        "base_uf2_sha256": content.get("base_uf2_sha256", base),
        "outputs": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
