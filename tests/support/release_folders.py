"""release_folders: made-up releases, signed as `kesu release` signs them.

The images hold binary info as the pico-sdk lays it out (pico/binary_info/structure.h), and no runnable code.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from kesu.common import minisign
from kesu.common.uf2 import FAMILY_RP2040, FAMILY_RP2350_ARM, FLASH
from kesu.images.policy.block import PLACE, packed
from kesu.images.release_names import FORMAT, INDEX
from kesu.release.folder import list_sums, sign, write_json
from kesu.spec.policy import DEFAULTS
from pad_images import uf2_bytes

IMAGE_ID = "0badcafe"
FAMILIES = {"pico": FAMILY_RP2040, "pico2": FAMILY_RP2350_ARM}


def code_with(description: str | None, filling: bytes = b"\x5a", entries: int = 1) -> bytes:
    """5,120 bytes of an image. description: in its binary info, `entries` times, and the image has a policy block;
    None: neither."""
    code = bytearray((filling * 5120)[:5120])
    if description is not None:
        start = FLASH.start + 0x200
        table = range(start, start + 4 * entries, 4)
        struct.pack_into("<5I", code, 0x100, 0x7188EBF2, table.start, table.stop, 0, 0xE71AA390)
        for number in range(entries):
            struct.pack_into("<I", code, 0x200 + 4 * number, FLASH.start + 0x300 + 16 * number)
            words = (6 | 0x5052 << 16, 0xB6A07C19, FLASH.start + 0x400)
            struct.pack_into("<3I", code, 0x300 + 16 * number, *words)
        text = description.encode() + b"\0"
        code[0x400 : 0x400 + len(text)] = text
        code[PLACE.start - FLASH.start : PLACE.stop - FLASH.start] = packed(DEFAULTS)
    return bytes(code)


def image(
    folder: Path,
    version: str,
    *,
    board: str = "pico",
    panel: str = "4in2",
    profile: str = "sealed",
    described: bool = True,
) -> dict[str, Any]:
    """Write UF2, ELF and manifest of one image; returns its entry in the index."""
    name = f"kesu-{board}-{panel}-{profile}"
    code = code_with(f"{name} {version} {IMAGE_ID}" if described else None)
    uf2, elf, manifest = (folder / f"{name}.{ending}" for ending in ("uf2", "elf", "json"))
    uf2.write_bytes(uf2_bytes(code, FAMILIES[board]))
    elf.write_bytes(b"\x7fELF of " + name.encode())
    what = {
        "board": board,
        "panel": panel,
        "profile": profile,
        "policy": {"IDLE_MS": 1},
    }
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (uf2, elf)}
    write_json(manifest, {**what, "name": name, "version": version, "outputs": sums})
    files = {**sums, manifest.name: hashlib.sha256(manifest.read_bytes()).hexdigest()}
    return {**what, "file": uf2.name, "sha256": files[uf2.name], "image_id": IMAGE_ID, "files": files}


def sign_folder(folder: Path, version: str, entries: list[dict[str, Any]], secret: Path) -> None:
    """Write the index of these images, and sign everything."""
    write_json(folder / INDEX, {"format": FORMAT, "version": version, "images": entries})
    list_sums(folder)
    with minisign.opened(secret) as key:
        sign(folder, key, version)


def release(folder: Path, secret: Path, version: str = "0.2.0", **what: Any) -> Path:
    """A signed release of the reference pad's images (sealed, service), the starter pad's and the Pico 2's.

    what: changes to all of them. Returns the UF2 of the sealed image for the reference pad.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kinds: tuple[dict[str, str], ...] = ({}, {"profile": "service"}, {"panel": "2in9"}, {"board": "pico2"})
    entries = [image(folder, version, **{**what, **kind}) for kind in kinds]
    sign_folder(folder, version, entries, secret)
    return folder / "kesu-pico-4in2-sealed.uf2"


def changed_json(path: Path, **changes: Any) -> None:
    """The document in `path` with other values."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
