"""panels: the panels of a pad and the films they are sold with, from panels.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("panels.toml")
BAND_ROWS = 16
"""Rows of the page that the firmware sends to the panel at a time."""


@dataclass(frozen=True)
class Driver:
    """A module of the firmware and the class in it."""

    module: str
    name: str

    @classmethod
    def of(cls, dotted: str) -> Driver:
        """From the full name of the class."""
        module, _, name = dotted.rpartition(".")
        return cls(module, name)

    @property
    def path(self) -> str:
        """The module's file in the firmware's tree."""
        return f"{self.module.replace('.', '/')}.py"


@dataclass(frozen=True)
class Touch:
    """The touch chip of a panel. i2c_hz: clock of its bus. registers: their size, in words."""

    chip: str
    driver: Driver
    i2c_hz: int
    registers: str


@dataclass(frozen=True)
class Body:
    """A pad from above, mm. left, top: of the active area. keys: middle and width of each; none: in a column."""

    width: float
    height: float
    left: float
    top: float
    keys: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """What an image is built for; panels.toml explains each field. The page has 1 bit for each pixel."""

    name: str
    product: str
    inch: float
    width: int
    height: int
    active_mm: tuple[float, float]
    pitch_mm: float
    turned: bool
    controller: str
    driver: Driver
    plane_bytes: int
    clean_at_ms: int
    touch: Touch
    title: dict[str, str]
    body: Body

    @property
    def stride(self) -> int:
        """Bytes in a row, which is padded to whole bytes."""
        return (self.width + 7) // 8

    @property
    def bands(self) -> int:
        """Strips of BAND_ROWS rows (the last may be lower) in which a page is sent; at most 30 fit a mask."""
        return -(-self.height // BAND_ROWS)

    @property
    def drivers(self) -> tuple[Driver, Driver]:
        """The drivers in its image."""
        return self.driver, self.touch.driver

    @property
    def files(self) -> set[str]:
        """Files of the firmware's tree that only the panels with these drivers have: the drivers, and the waveforms of
        the controller."""
        waveforms = f"{self.driver.path.removesuffix('.py')}_lut.py"
        return {waveforms, *(driver.path for driver in self.drivers)}


@dataclass(frozen=True)
class Film:
    """A film that a panel is sold with; panels.toml explains each field."""

    key: str
    panel: Panel
    name: str
    ready_after_ms: int
    ready_bound_ms: int
    title: dict[str, str]
    words: str = ""


def _panel(name: str, entry: dict[str, Any]) -> Panel:
    touch = entry["touch"] | {"driver": Driver.of(entry["touch"]["driver"])}
    given = entry | {
        "active_mm": tuple(entry["active_mm"]),
        "driver": Driver.of(entry["driver"]),
        "touch": Touch(**touch),
        "body": Body(**entry["body"]),
    }
    return Panel(name=name, **given)


def read(text: str) -> tuple[dict[str, Panel], dict[str, Film], Panel]:
    """The panels by their name in an image's name, all films by the name of a fitted panel, and the reference panel."""
    spec = tomllib.loads(text)
    panels = {name: _panel(name, entry) for name, entry in spec["panel"].items()}
    films = {}
    for key, entry in spec["film"].items():
        panel = panels[entry["panel"]]
        films[key] = Film(key=key, **({"title": panel.title} | entry | {"panel": panel}))
    return panels, films, panels[spec["default"]]


PANELS, FILMS, REFERENCE = read(FILE.read_text(encoding="utf-8"))
DEFAULT_PANEL = REFERENCE.name


def films_of(panel: str) -> list[Film]:
    """The films of a panel, the one it is sold with today first."""
    return [film for film in FILMS.values() if film.panel.name == panel]


def left_out(panel: str) -> set[str]:
    """Files of the firmware's tree for other panels, which are left out of this panel's image."""
    every = {path for each in PANELS.values() for path in each.files}
    return every - PANELS[panel].files
