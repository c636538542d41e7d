"""measured: a variant of a panel's model by what a rig measured on a real one (`kesu rig measure`)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kesu.common.documents import read_toml
from kesu.common.errors import Exit, KesuError
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_update import OVERHEADS_NS
from kesu.spec.controllers import FILM_TIMES

_FORMAT = 1
_NS_PER_US = 1_000


@dataclass(frozen=True)
class Variant:
    """What the table says of the behaviours that the models have as variants; None: not measured."""

    film: str
    swaps_planes: bool | None
    overhead_ns: int | None

    def fit(self, panel: Ssd16xx) -> None:
        """Let the model behave so."""
        if self.swaps_planes is not None:
            panel.swaps_planes = self.swaps_planes
        if self.overhead_ns is not None:
            panel.chip = replace(panel.chip, overhead_ns=self.overhead_ns)


def read_variant(path: Path) -> Variant:
    """The table of a measurement. Raises KesuError that names what is wrong."""
    document = read_toml(
        path, Exit.DATA, if_missing="run `kesu rig measure`", if_wrong="run `kesu rig measure` again"
    )

    def refuse(what: str) -> KesuError:
        return KesuError(f"{path.name}: {what}.", hint="Run `kesu rig measure` again.", code=Exit.DATA)

    def value(name: str, kind: type) -> Any:
        found = document.get(name)
        if found is not None and type(found) is not kind:
            raise refuse(f"{name} is {found!r}")
        return found

    if document.get("format") != _FORMAT:
        raise refuse(f"its format is {document.get('format')!r}, not {_FORMAT}")
    film = value("film", str)
    if film not in FILM_TIMES:
        raise refuse(f"there is no film {film!r}")
    for name in ("keeps_ram", "aborts"):
        if value(name, bool) is False:
            raise refuse(f"{name} is false, and the model has no such variant: report it")
    overhead = value("overhead_us", int)
    if overhead is not None and overhead * _NS_PER_US not in OVERHEADS_NS:
        raise refuse(f"overhead_us is {overhead}, which no variant of the model covers: report it")
    return Variant(film, value("swaps_planes", bool), None if overhead is None else overhead * _NS_PER_US)
