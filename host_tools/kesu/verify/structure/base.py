"""base: checks that an image is another one with another policy."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.errors import KesuError
from kesu.common.uf2 import BLOCK_SIZE, load, parse
from kesu.images.policy.stamp import base_of, block_of
from kesu.verify.outcome import Finding

RULE = "differs in policy alone"


def stamp_finding(image: Path, base: Path) -> Finding:
    """Whether `image` is `base` with another valid policy block, byte for byte."""
    try:
        data, proven = load(image), load(base)
        block = block_of(parse(data, image), image)
        block_of(parse(proven, base), base)
    except KesuError as error:
        return Finding(RULE, False, f"{error.message.rstrip('.')}.")
    one, other = base_of(data, image), base_of(proven, base)
    if one == other:
        detail = f"{image.name} is {base.name} with the policy of checksum {block.checksum}: no other byte differs."
        return Finding(RULE, True, detail)
    if len(one) != len(other):
        return Finding(RULE, False, f"{image.name} has {len(one):,} bytes, {base.name} {len(other):,}.")
    starts = range(0, len(one), BLOCK_SIZE)
    different = [at for at in starts if one[at : at + BLOCK_SIZE] != other[at : at + BLOCK_SIZE]]
    address = int.from_bytes(other[different[0] + 12 : different[0] + 16], "little")
    detail = f"{len(different)} blocks outside of the policy block differ, the first at 0x{address:08x}."
    return Finding(RULE, False, detail)
