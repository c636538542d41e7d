"""definition: reads the seeded leaks from definitions/*.toml: exact changes of the firmware's text."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.images.toolchain.request import BOARDS
from kesu.spec.panels import DEFAULT_PANEL, PANELS, left_out

DEFINITIONS = Path(__file__).with_name("definitions")

KNOWN_CHECKS = frozenset(
    [
        *(f"matrix:R{number}" for number in range(1, 11)),
        *(f"matrix:E{number}" for number in range(1, 14)),
        *(f"timing:R{number}" for number in range(1, 11)),
        "pairs",
        "trace",
        "uses",
        "structure",
        "policy",
        "liveness",
    ]
)
"""Names a check may report.

matrix:Rn, matrix:En: a cell of that resource or event does not hold. timing:Rn: it became clean, but later than
its bound. pairs: two runs of equal timing and different ink differ. uses: a register or command that the allow-lists
do not have. trace: a random walk found ink where it must not
be, or a decision by ink that is not reviewed. structure: the audit of the image. policy: a copy with an invalid policy
block is not strict. liveness: the pad does not boot, ink, wipe, or run its watchdog.
"""

HINT = "Bring the definition in {file} in step with the firmware; the leak it seeds must stay the same."


@dataclass(frozen=True)
class Edit:
    """One change: `old`, which must occur exactly once in the file at `path` (relative to firmware/), becomes
    `new`. turned: only panels with this `turned` in panels.toml get the change; None for all. An edit of another
    panel's driver is left out."""

    path: str
    old: str
    new: str
    turned: bool | None = None


@dataclass(frozen=True)
class Definition:
    """One seeded leak.

    change: one sentence, how the firmware was changed. teaches: why the firmware has what was removed. expected:
    checks of KNOWN_CHECKS, at least one of which must report it. file: where it is defined. scene: the scene of
    verify.scenes.moments.SCENES in which it shows, "" for an ordinary one. boards: those that have what it uses.
    """

    name: str
    change: str
    teaches: str
    expected: tuple[str, ...]
    edits: tuple[Edit, ...]
    file: str
    scene: str = ""
    boards: tuple[str, ...] = tuple(BOARDS)

    @property
    def compiles_c(self) -> bool:
        """Whether the build of this mutant has to compile C."""
        return any(edit.path.endswith((".c", ".h")) for edit in self.edits)

    def changed(self, firmware: Path, panel: str = DEFAULT_PANEL) -> dict[str, str]:
        """The changed files by their path below `firmware`, for a panel of kesu.spec.panels.PANELS.

        Raises KesuError when an `old` is not found exactly once: the firmware has changed and the definition must
        be updated.
        """
        texts: dict[str, str] = {}
        for edit in self.edits:
            if edit.path in left_out(panel) or edit.turned not in (None, PANELS[panel].turned):
                continue
            source = firmware / edit.path
            if edit.path not in texts:
                if not source.is_file():
                    raise KesuError(
                        f"Mutant '{self.name}' changes {edit.path}, which does not exist.",
                        hint=HINT.format(file=self.file),
                        code=Exit.INTERNAL,
                    )
                texts[edit.path] = source.read_text(encoding="utf-8")
            count = texts[edit.path].count(edit.old)
            if count != 1:
                shown = edit.old.strip().splitlines()[0]
                raise KesuError(
                    f"Mutant '{self.name}': the text to change is found {count} times in {edit.path}, "
                    f"not once: {shown!r}.",
                    hint=HINT.format(file=self.file),
                    code=Exit.INTERNAL,
                )
            texts[edit.path] = texts[edit.path].replace(edit.old, edit.new)
        return texts


def _definition(entry: dict[str, Any], file: Path) -> Definition:
    try:
        definition = Definition(
            name=entry["name"],
            change=entry["change"],
            teaches=entry["teaches"],
            expected=tuple(entry["expected"]),
            edits=tuple(
                Edit(edit["path"], edit["old"], edit["new"], edit.get("turned")) for edit in entry["edits"]
            ),
            file=file.name,
            scene=entry.get("scene", ""),
            boards=tuple(entry.get("boards", BOARDS)),
        )
    except KeyError as missing:
        raise KesuError(
            f"A mutant in {file.name} ({entry.get('name', 'without a name')}) lacks {missing}.",
            hint="Every mutant has name, change, teaches, expected and edits (path, old, new).",
            code=Exit.INTERNAL,
        ) from missing
    unknown = set(definition.expected) - KNOWN_CHECKS
    if not definition.boards or set(definition.boards) - set(BOARDS):
        raise KesuError(
            f"Mutant '{definition.name}' in {file.name} is for {definition.boards or 'no board'}.",
            hint=f"Known boards: {', '.join(BOARDS)}.",
            code=Exit.INTERNAL,
        )
    if unknown or not definition.expected or not definition.edits:
        raise KesuError(
            f"Mutant '{definition.name}' in {file.name} expects {sorted(unknown) or 'no check'}.",
            hint=f"Known checks: {', '.join(sorted(KNOWN_CHECKS))}.",
            code=Exit.INTERNAL,
        )
    return definition


def read(files: list[Path]) -> list[Definition]:
    """The definitions in `files`, in order. Raises KesuError for an invalid file or entry."""
    definitions: list[Definition] = []
    names: set[str] = set()
    for file in files:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise KesuError(
                f"{file.name} is not TOML: {error}.", hint="Fix the file.", code=Exit.INTERNAL
            ) from error
        for entry in content.get("mutant", []):
            definition = _definition(entry, file)
            if definition.name in names:
                raise KesuError(
                    f"Two mutants are called '{definition.name}'.",
                    hint="Give each a name of its own.",
                    code=Exit.INTERNAL,
                )
            names.add(definition.name)
            definitions.append(definition)
    return definitions


@cache
def _all() -> tuple[Definition, ...]:
    return tuple(read(sorted(DEFINITIONS.glob("*.toml"))))


def load(board: str | None = None) -> list[Definition]:
    """All seeded leaks, or those for a board; those without C first, so that they share the C objects of one build."""
    chosen = (definition for definition in _all() if board is None or board in definition.boards)
    return sorted(chosen, key=lambda definition: definition.compiles_c)
