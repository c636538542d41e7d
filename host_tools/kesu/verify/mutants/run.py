"""run: builds and checks each mutant; the next one is built while the last is checked."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from kesu.images.toolchain.request import BuiltImage
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
) -> Iterator[Mutant]:
    """Build and check mutants for a panel, in order. A thread waits for the compiler while the checks of the
    previous mutant run in the caller. Raises KesuError when a mutant cannot be built."""
    wanted = list(definitions)
    with (
        tempfile.TemporaryDirectory(prefix="kesu-mutants-") as folder,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="mutant-build") as builder,
    ):

        def start(index: int) -> Future[BuiltImage]:
            return builder.submit(build, wanted[index], Path(folder) / wanted[index].name, firmware, panel)

        built = start(0) if wanted else None
        for index, definition in enumerate(wanted):
            assert built is not None
            image = built.result()
            built = start(index + 1) if index + 1 < len(wanted) else None
            yield judged(definition, *checks_of(definition)(image))
