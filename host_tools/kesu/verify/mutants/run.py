"""run: builds and checks each mutant; the next one is built while the last is checked."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.fork import Failed, Pool
from kesu.images.toolchain.kit import kit
from kesu.images.toolchain.request import BuildRequest, BuiltImage
from kesu.spec.panels import DEFAULT_PANEL
from kesu.verify.mutants.apply import build
from kesu.verify.mutants.definition import Definition
from kesu.verify.outcome import Mutant

Checks = Callable[[BuiltImage], tuple[list[str], str]]
"""Called with the image; returns the names of the checks that reported something, and one line of detail."""


def judged(definition: Definition, caught_by: list[str], detail: str) -> Mutant:
    """The record of a mutant that was checked."""
    return Mutant(
        name=definition.name,
        change=definition.change,
        teaches=definition.teaches,
        expected=definition.expected,
        caught_by=tuple(caught_by),
        detail=detail,
    )


def run_all(
    definitions: Iterable[Definition],
    checks_of: Callable[[Definition], Checks],
    firmware: Path | None = None,
    panel: str = DEFAULT_PANEL,
    board: str = "pico",
) -> Iterator[Mutant]:
    """Build and check mutants for a panel and a board, in order. A child waits for the compiler while the checks of the
    previous mutant run in the caller: a thread would leave its locks in the copies that the checks fork. Raises
    KesuError when a mutant cannot be built."""
    wanted = list(definitions)
    parts = kit(BuildRequest(firmware=firmware, panel=panel, board=board)) if wanted else None
    with (
        tempfile.TemporaryDirectory(prefix="kesu-mutants-") as folder,
        Pool[str, BuiltImage](1) as builder,
    ):

        def start(definition: Definition) -> None:
            place = Path(folder) / definition.name
            builder.fork(
                definition.name,
                f"the build of {definition.name}",
                lambda send: send(build(definition, place, firmware, panel, board, parts)),
            )

        if wanted:
            start(wanted[0])
        for definition, following in zip(wanted, [*wanted[1:], None], strict=True):
            ((_, image),) = builder.rest()
            if isinstance(image, Failed):
                raise KesuError(
                    f"the mutant {definition.name} cannot be built: {image.why}",
                    hint="build the firmware itself with `kesu dev build`",
                    code=Exit.INTERNAL,
                )
            if following is not None:
                start(following)
            yield judged(definition, *checks_of(definition)(image))
