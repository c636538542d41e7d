"""controllers: registers and times of panel controllers and their films, from controllers.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

FILE = Path(__file__).with_name("controllers.toml")
Waveform = Literal["full", "fast", "partial"]
USUAL_VCOM_V = -1.2


@dataclass(frozen=True)
class Register:
    """A command with data. length: its bytes; shortest: from how many on it acts."""

    op: int
    length: int
    shortest: int


@dataclass(frozen=True)
class Controller:
    """width, height: of the RAM, in sources and gates. frame_hz: by the code in a waveform of the registers."""

    name: str
    width: int
    height: int
    frame_hz: dict[int, float]
    registers: tuple[Register, ...]


@dataclass(frozen=True)
class StoredWaveform:
    """A waveform in OTP: degrees that select it, display mode, length of its frames."""

    name: Waveform
    mode_2: bool
    degrees: range
    drive_ms: float


@dataclass(frozen=True)
class FilmTimes:
    """A film by its name in panels.toml. power_on_ms, power_off_ms: of its supplies; vcom_v: of its vendor's tables."""

    name: str
    controller: str
    power_on_ms: float
    power_off_ms: float
    vcom_v: float
    otp: tuple[StoredWaveform, ...]


def _controller(name: str, entry: dict[str, Any]) -> Controller:
    registers = []
    for op, size in entry["registers"].items():
        length, shortest = (size, size) if isinstance(size, int) else size
        registers.append(Register(int(op, 16), length, shortest))
    rates = {int(code): float(rate) for code, rate in entry["frame_hz"].items()}
    return Controller(name, entry["width"], entry["height"], rates, tuple(registers))


def _film(name: str, entry: dict[str, Any]) -> FilmTimes:
    otp = tuple(
        StoredWaveform(cast(Waveform, kind), mode_2, range(first, stop), float(drive_ms))
        for kind, mode_2, first, stop, drive_ms in entry["otp"]
    )
    on, off = float(entry["power_on"]), float(entry["power_off"])
    return FilmTimes(name, entry["controller"], on, off, float(entry.get("vcom_v", USUAL_VCOM_V)), otp)


_SPEC = tomllib.loads(FILE.read_text(encoding="utf-8"))

TIMES_MS: dict[str, int] = _SPEC["times"]
CONTROLLERS: dict[str, Controller] = {
    name: _controller(name, entry) for name, entry in _SPEC["controller"].items()
}
FILM_TIMES: dict[str, FilmTimes] = {name: _film(name, entry) for name, entry in _SPEC["film"].items()}
