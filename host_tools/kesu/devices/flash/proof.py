"""proof: checks that the entire flash holds the image and nothing else."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.common.uf2 import FLASH, SECTOR_SIZE, Uf2Image


@dataclass(frozen=True)
class Proof:
    """The result. holds: the image is right and the rest is 0xFF. detail: one sentence, with addresses but no
    content."""

    holds: bool
    detail: str


def prove(flash: bytes, image: Uf2Image) -> Proof:
    """Compare `flash`, the entire content of a chip, with an erased chip that holds `image`."""
    if len(flash) < image.end - FLASH.start:
        return Proof(False, f"Only {len(flash):,} bytes were read back, fewer than the image has.")
    wanted = image.flash(len(flash))
    if flash == wanted:
        rest = len(flash) - image.size
        return Proof(True, f"whole flash read back: {image.size:,} bytes of image, {rest:,} of 0xFF")
    inside, outside = [], []
    start, end = image.segments[0][0] - FLASH.start, image.end - FLASH.start
    for sector in range(0, len(flash), SECTOR_SIZE):
        if flash[sector : sector + SECTOR_SIZE] == wanted[sector : sector + SECTOR_SIZE]:
            continue
        here = range(sector, min(sector + SECTOR_SIZE, len(flash)))
        if any(flash[at] != wanted[at] for at in here if start <= at < end):
            inside.append(sector)
        if any(flash[at] != wanted[at] for at in here if not start <= at < end):
            outside.append(sector)
    parts = []
    if inside:
        parts.append(f"the image is wrong in {_sectors(inside)}")
    if outside:
        parts.append(f"there is data outside the image, in {_sectors(outside)}")
    text = " and ".join(parts)
    return Proof(False, f"{text[0].upper()}{text[1:]}.")


def _sectors(found: list[int]) -> str:
    first = f"0x{FLASH.start + found[0]:08x}"
    return f"the sector at {first}" if len(found) == 1 else f"{len(found)} sectors, the first at {first}"
