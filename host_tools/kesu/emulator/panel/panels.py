"""panels: glass, panel controller and touch chip for each panel of kesu.spec.panels."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.clock import Clock
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd1680 import GDEY029T94, WAVESHARE_V2, Ssd1680
from kesu.emulator.panel.ssd1683 import GDEY042T81, Ssd1683
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.touch.icnt86x import Icnt86x
from kesu.spec.panels import DEFAULT_PANEL, FILMS

CONTROLLERS = {"SSD1683": Ssd1683, "SSD1680": Ssd1680}
TOUCH_CHIPS = {"FT6336U": Ft6336u, "ICNT86X": Icnt86x}
FILM_MODELS = {film.name: film for film in (GDEY042T81, GDEY029T94, WAVESHARE_V2)}
"""Models by the names in panels.toml."""


@dataclass(frozen=True)
class Module:
    """The models of one display module."""

    glass: Glass
    panel: Ssd16xx
    touch: Ft6336u | Icnt86x


def panel_of(uf2: Path) -> str:
    """The panel an image was built for, from its manifest; the default panel when there is none."""
    manifest = uf2.with_suffix(".json")
    if not manifest.is_file():
        return DEFAULT_PANEL
    try:
        return str(from_json(read_plain(manifest))["panel"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KesuError(
            f"{manifest} does not tell which panel {uf2.name} was built for.",
            hint="Keep the files of `kesu dev build` together, or build the image again.",
            code=Exit.DATA,
        ) from error


def module(fitted: str, clock: Clock, temperature_c: float, seed: int) -> Module:
    """The models of `fitted`, one of kesu.spec.panels.FILMS. Raises KesuError for any other."""
    if fitted not in FILMS:
        raise KesuError(
            f"There is no panel '{fitted}'.", hint=f"Panels are: {', '.join(FILMS)}.", code=Exit.USAGE
        )
    film = FILMS[fitted]
    page = film.panel
    glass = Glass(page.width, page.height)
    controller = CONTROLLERS[page.controller]
    panel = controller(clock, glass, film=FILM_MODELS[film.name], temperature_c=temperature_c, seed=seed)
    touch = TOUCH_CHIPS[page.touch.chip](clock, width=page.width, height=page.height)
    return Module(glass, panel, touch)
