"""uf2: images that the virtual pad can run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.uf2 import FAMILIES_RP2350, Uf2Image, load, parse, refuse
from kesu.emulator.chips.select import CHIPS, chip_of


def read_uf2(path: Path) -> Uf2Image:
    """Read `path`; raises KesuError for anything a boot ROM would not accept as a complete image."""
    return parse_uf2(load(path), path)


def parse_uf2(data: bytes, path: Path = Path("image.uf2")) -> Uf2Image:
    """Check `data` block by block; `path` only names it in errors."""
    image = parse(data, path)
    if chip_of(image.family) is None:
        names = " or ".join(f"{chip.product} ({chip.name})" for chip in CHIPS)
        kind = "for the Pico 2 (RP2350)" if image.family in FAMILIES_RP2350 else "for another chip"
        raise refuse(
            path,
            f"this image is {kind}, family 0x{image.family:08x}, which no emulated chip runs",
            f"the virtual pad is a {names}: use an image for it",
        )
    return image
