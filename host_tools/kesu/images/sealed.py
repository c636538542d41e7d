"""sealed: the project's sealed images: built in a checkout, those of its release in an installed package."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common import packaged
from kesu.common.checkout import is_checkout
from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain import BuiltImage, ensure


def sealed(board: str = "pico", panel: str = "4in2") -> BuiltImage:
    """UF2, ELF and manifest of one sealed image. Raises KesuError if it can be neither built nor unpacked."""
    if is_checkout():
        return ensure("sealed", board=board, panel=panel)
    name = f"kesu-{board}-{panel}-sealed"
    folder = packaged.unpacked(packaged.IMAGES)
    if f"{name}.uf2" not in packaged.names(packaged.IMAGES):
        raise KesuError(
            f"This installation has no image {name}.",
            hint="`kesu images` lists those that it has; give another one by its path.",
            code=Exit.UNAVAILABLE,
        )
    return BuiltImage(*(folder / f"{name}.{ending}" for ending in ("uf2", "elf", "json")))
