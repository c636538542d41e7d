"""font_files: where BIZ UDGothic is, the font of card, page, site, and of the pad's large words."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kesu.common.errors import Exit, KesuError

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

PACKAGE = "fonts-morisawa-bizud-gothic"
FOLDER = Path("/usr/share/fonts/truetype/bizud-gothic")
REGULAR, BOLD = "BIZUDPGothic-Regular", "BIZUDPGothic-Bold"
FIXED, FIXED_BOLD = "BIZUDGothic-Regular", "BIZUDGothic-Bold"


def font_file(name: str) -> Path:
    """Path of a font of the family: in the folder that KESU_FONTS names, or in that of Debian's package.

    Raises KesuError if it is missing.
    """
    folder = Path(os.environ.get("KESU_FONTS") or FOLDER)
    path = folder / f"{name}.ttf"
    if not path.is_file():
        raise KesuError(
            f"The font {path.name} is not in {folder}.",
            hint=f"Run `./dev setup`, or install Debian's package {PACKAGE}; "
            "elsewhere set KESU_FONTS to the folder with BIZ UDGothic's files.",
            code=Exit.UNAVAILABLE,
        )
    return path


def lacking(characters: Iterable[str], name: str) -> list[str]:
    """The characters that a font of the family lacks, sorted."""
    shown = _characters(font_file(name))
    return sorted(character for character in characters if ord(character) not in shown)


def opened(path: Path) -> TTFont:
    """The font in a file. Raises KesuError when it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        # Without a fixed time a subset would differ from one build to the next.
        return TTFont(path, recalcTimestamp=False)
    except (TTLibError, OSError) as error:
        raise KesuError(
            f"The font {path} cannot be read: {error}.", hint=f"Install {PACKAGE} again.", code=Exit.DATA
        ) from error


@cache
def _characters(path: Path) -> frozenset[int]:
    with opened(path) as font:
        return frozenset(font.getBestCmap() or {})
