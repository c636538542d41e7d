"""uf2: images that the virtual pad, a Pico (RP2040), can run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.uf2 import FAMILY_RP2040, Uf2Image, load, parse, refuse


def read_uf2(path: Path) -> Uf2Image:
    """Read `path`; raises KesuError for anything a Pico's boot ROM would not accept as a complete image."""
    return parse_uf2(load(path), path)


def parse_uf2(data: bytes, path: Path = Path("image.uf2")) -> Uf2Image:
    """Check `data` block by block; `path` only names it in errors."""
    image = parse(data, path)
    if image.family != FAMILY_RP2040:
        raise refuse(
            path, "this image is for the Pico 2 (RP2350)", "the virtual pad is a Pico: use the pico image"
        )
    return image
