"""panels: glass, panel controller and touch chip for each supported module."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.clock import Clock
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_update import Film
from kesu.emulator.panel.ssd1680 import GDEY029T94, WAVESHARE_V2, Ssd1680
from kesu.emulator.panel.ssd1683 import Ssd1683
from kesu.emulator.touch.ft6336u import Ft6336u
from kesu.emulator.touch.icnt86x import Icnt86x


@dataclass(frozen=True)
class Module:
    """The models of one display module."""

    glass: Glass
    panel: Ssd16xx
    touch: Ft6336u | Icnt86x


def _reference(clock: Clock, temperature_c: float, seed: int) -> Module:
    glass = Glass(400, 300)
    panel = Ssd1683(clock, glass, temperature_c=temperature_c, seed=seed)
    return Module(glass, panel, Ft6336u(clock))


def _starter(film: Film) -> Callable[[Clock, float, int], Module]:
    def fit(clock: Clock, temperature_c: float, seed: int) -> Module:
        glass = Glass(296, 128)
        panel = Ssd1680(clock, glass, film=film, temperature_c=temperature_c, seed=seed)
        return Module(glass, panel, Icnt86x(clock))

    return fit


# 2in9-v2 runs the image of 2in9: the same board with the film whose OTP has no partial waveform.
PANELS: dict[str, Callable[[Clock, float, int], Module]] = {
    "4in2": _reference,
    "2in9": _starter(GDEY029T94),
    "2in9-v2": _starter(WAVESHARE_V2),
}


def panel_of(uf2: Path) -> str:
    """The panel an image was built for, from its manifest; "4in2" when there is none."""
    manifest = uf2.with_suffix(".json")
    if not manifest.is_file():
        return "4in2"
    try:
        return str(from_json(read_plain(manifest))["panel"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KesuError(
            f"{manifest} does not tell which panel {uf2.name} was built for.",
            hint="Keep the files of `kesu dev build` together, or build the image again.",
            code=Exit.DATA,
        ) from error


def module(panel: str, clock: Clock, temperature_c: float, seed: int) -> Module:
    """Fit `panel`, one of PANELS. Raises KesuError for any other."""
    if panel not in PANELS:
        raise KesuError(
            f"There is no panel '{panel}'.", hint=f"Panels are: {', '.join(PANELS)}.", code=Exit.USAGE
        )
    return PANELS[panel](clock, temperature_c, seed)
