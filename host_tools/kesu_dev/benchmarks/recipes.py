"""recipes: how to make a third-party driver send a frame: statements to call it, none of its code."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import FILMS

OWN = Path(__file__).with_name("peers.toml")
_TEXTS = ("file", "repository", "commit", "licence", "panel", "setup", "full", "partial")


@dataclass(frozen=True)
class Recipe:
    """One driver. `file` is its file name; `repository`, `commit` and `licence` give its origin.

    panel: one of kesu.spec.panels.FILMS. setup, full, partial: statements, run in the driver's namespace:
    initialise it, send a frame with a flashing refresh, send one with a differential refresh; either of the
    last two may be empty. until: text at which the driver ends and its demo begins. needs: modules it imports,
    by name, and their files in the same folder.
    """

    file: str
    repository: str
    commit: str
    licence: str
    panel: str
    setup: str
    full: str
    partial: str
    until: str = ""
    needs: dict[str, str] = field(default_factory=dict)

    def source(self, driver: Path) -> str:
        """The driver's text up to its demo. Raises KesuError if it cannot be read or `until` is not in it."""
        text = read(driver)
        if not self.until:
            return text
        head, mark, _ = text.partition(self.until)
        if not mark:
            raise KesuError(
                f"{driver.name} has no line with '{self.until}', where its demo should begin.",
                hint="Its recipe was written for another version: see `commit` there.",
                code=Exit.DATA,
            )
        return head[: head.rfind("\n") + 1]


def recipes(path: Path = OWN) -> dict[str, Recipe]:
    """All recipes of a TOML file, by the driver's file name. Raises KesuError."""
    try:
        rows = tomllib.loads(read(path)).get("driver", [])
        found = {row["file"]: Recipe(**row) for row in rows}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise KesuError(
            f"{path} is not a file of recipes: {error}",
            hint=f"Every [[driver]] needs {', '.join(_TEXTS)}; see {OWN.name} of the package.",
            code=Exit.DATA,
        ) from error
    for recipe in found.values():
        if recipe.panel not in FILMS or not all(isinstance(getattr(recipe, name), str) for name in _TEXTS):
            raise KesuError(
                f"The recipe of {recipe.file} is not usable: its panel is '{recipe.panel}'.",
                hint=f"All of its entries are texts, and the panel is one of {', '.join(FILMS)}.",
                code=Exit.DATA,
            )
    return found


def read(path: Path) -> str:
    """Text of a file that the user named. Raises KesuError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KesuError(
            f"{path} cannot be read as text.", hint="Give an existing file.", code=Exit.DATA
        ) from error
