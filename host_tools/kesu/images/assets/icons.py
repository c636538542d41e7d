"""icons: packs the icons of icons.toml, which are drawn there as text, for `native.blit`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.assets.fonts import Glyph

SIDE = 12
"""Width and height of an icon in pixels; the layout of the screens depends on it."""


def read_icons(assets: Path) -> dict[str, Glyph]:
    """Icons of assets/icons.toml by name. Raises KesuError for one that is not SIDE x SIDE of "#" and "."."""
    path = assets / "icons.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        drawn = {name: str(entry["picture"]).split() for name, entry in document.items()}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise KesuError(
            f"The icons in {path} cannot be read: {error}.", hint="Each icon has a picture.", code=Exit.DATA
        ) from error
    return {name: _icon(path, name, rows) for name, rows in drawn.items()}


def _icon(path: Path, name: str, rows: list[str]) -> Glyph:
    if len(rows) != SIDE or any(len(row) != SIDE or set(row) - set("#.") for row in rows):
        raise KesuError(
            f"The icon {name} in {path} is not {SIDE} rows of {SIDE} pixels.",
            hint="Draw it with # for ink and . for white.",
            code=Exit.DATA,
        )
    return Glyph(SIDE, tuple(int(row.replace("#", "1").replace(".", "0"), 2) for row in rows))
