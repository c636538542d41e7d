"""suite: the scenarios, read from tests/crosscheck/."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.common.checkout import repository
from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import PANELS

Points = list[tuple[int, int]]


@dataclass(frozen=True)
class Scenario:
    """One scenario; `steps` as in tests/crosscheck/scenario.schema.json.

    panels: keys of kesu.spec.panels.FILMS. When the file names none: all panels, each with the film it is sold with.
    """

    name: str
    path: Path
    title: str
    panels: tuple[str, ...]
    ready: bool
    lift_reported: bool
    temperature_c: float
    steps: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Ink:
    """Strokes by name, in thousandths of the glass's width and height; each point is held for `dwell_ms`."""

    dwell_ms: float
    gap_ms: float
    strokes: dict[str, list[Points]]


def folder() -> Path:
    """The folder of scenarios and ink."""
    return repository() / "tests" / "crosscheck"


def ink_file() -> Path:
    """The file with the strokes that all scenarios share."""
    return folder() / "ink.json"


def load_ink() -> Ink:
    """Read the strokes."""
    content = json.loads(ink_file().read_text(encoding="utf-8"))
    return Ink(content["dwell_ms"], content["gap_ms"], content["strokes"])


def load(names: tuple[str, ...] = ()) -> list[Scenario]:
    """The scenarios called `names`, or all; raises KesuError for an unknown name."""
    found = {path.stem: path for path in sorted((folder() / "scenarios").glob("*.json"))}
    absent = [name for name in names if name not in found]
    if absent:
        raise KesuError(
            f"There is no scenario '{absent[0]}'.", hint=f"There are: {', '.join(found)}.", code=Exit.USAGE
        )
    return [_read(found[name]) for name in (names or found)]


def _read(path: Path) -> Scenario:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Scenario(
        path.stem,
        path,
        content["title"],
        tuple(content.get("panels", PANELS)),
        content["from"] == "ready",
        content.get("lift_reported", True),
        content.get("temperature_c", 25.0),
        tuple(content["steps"]),
    )
