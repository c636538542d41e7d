"""waveforms: the pad's own waveforms and their register LUTs, computed from waveforms.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("waveforms.toml")

VSS, VSH1, VSL = 0, 1, 2
"""VS codes of a phase: no drive, to black, to white (SSD1680 section 6.6, SSD1683 section 6.7)."""
ROWS = ("BB", "BW", "WB", "WW", "COM")
"""Rows of a LUT by old and new pixel; VCOM's last."""

Phases = Sequence[tuple[int, Mapping[str, int]]]
"""Frames of each phase, and the VS codes of the rows that are driven in it."""

_GROUP_BYTES, _PHASES = 7, 4
_GROUPS_1683, _RATE_1683 = 6, 224
_GROUPS_1680, _TIMING_1680, _RATES_1680 = 12, 60, 144


@dataclass(frozen=True)
class Chip:
    """A controller; waveforms.toml explains each field."""

    name: str
    bytes: int
    hz: int
    rate: int
    most_frames: int
    rows: tuple[str, ...]

    def frames(self, ms: float) -> int:
        """The number of frames that is nearest to a time, at most that of one phase."""
        return min(self.most_frames, max(1, round(ms * self.hz / 1000)))


@dataclass(frozen=True)
class Class:
    """Waveforms for `from_c` degrees and more. pulse: frames of a pulse; pulses: how many a pixel gets; turn: frames of
    the same drive in one piece; unit: frames of a unit of a page; white, black: its units, + towards black."""

    from_c: int
    pulse: int
    pulses: int
    unit: int
    white: str
    black: str

    @property
    def turn(self) -> int:
        """Frames of a pixel's drive."""
        return self.pulse * self.pulses

    @property
    def page(self) -> int:
        """Frames of a page without its first unit."""
        return self.unit * (len(self.white) - 1)


@dataclass(frozen=True)
class Spec:
    """All of waveforms.toml. chips: by name. probe: frames. The rest as in the file."""

    film: Mapping[str, float]
    classes: Mapping[str, Any]
    units: Mapping[str, Mapping[str, str]]
    ink: Mapping[str, Any]
    chips: Mapping[str, Chip]
    probe: int

    def slower(self, degrees: float) -> float:
        """By which factor a film is slower at a temperature than at the film's own."""
        return float(2.0 ** ((self.film["at_c"] - degrees) / self.film["halves_c"]))

    def classes_of(self, chip: Chip) -> list[Class]:
        """The classes of a controller, the warmest first. Raises ValueError if a drive does not fit the chip."""
        return [self._class(chip, degrees) for degrees in self.classes["from_c"]]

    def _class(self, chip: Chip, degrees: int) -> Class:
        slower = self.slower(degrees)
        needed = self.film["drive_ms"] * slower * chip.hz / 1000
        pulse, pulses = chip.frames(self.ink["pulse_ms"][chip.name]), 0
        while not 0 < pulses <= self.ink["most_pulses"]:
            pulses = ceil(needed / pulse - self.ink["spare"])
            if pulses > self.ink["most_pulses"]:
                pulse, pulses = pulse + 1, 0
        if pulse * pulses > chip.most_frames:
            raise ValueError(f"{pulses} pulses of {pulse} frames at {degrees} degrees")
        three = degrees >= self.classes["three_flips_from_c"]
        units = self.units["three_flips" if three else "two_flips"]
        most_ms = self.classes["most_page_ms"] / len(units["white"])
        unit = chip.frames(min(self.film["unit_ms"] * slower, most_ms))
        return Class(degrees, pulse, pulses, unit, units["white"], units["black"])


def read(text: str) -> Spec:
    """The specification in a text of TOML."""
    spec = tomllib.loads(text)
    chips = {
        name: Chip(name=name, **(entry | {"rows": tuple(entry["rows"])}))
        for name, entry in spec["chip"].items()
    }
    return Spec(spec["film"], spec["classes"], spec["page"], spec["ink"], chips, spec["probe"]["frames"])


def drive(frames: int) -> Phases:
    """Changed pixels are driven to their new tone; the others get nothing."""
    return [(frames, {"WB": VSH1, "BW": VSL})]


def dark(unit: int) -> Phases:
    """The first unit of a page: every pixel is driven towards black, whatever the planes hold."""
    return [(unit, dict.fromkeys(("BB", "BW", "WB", "WW"), VSH1))]


def page(unit: int, white: str, black: str) -> Phases:
    """The other units of a page: every pixel is driven back and forth by phases of equal length for all, and ends with
    the tone of the new plane, whatever it had and whatever the old plane holds. With the first unit the phases of a row
    add up to no charge. Raises ValueError if they do not, or if the first unit is not that of `dark`."""
    if not (white[0] == black[0] == "+" and len(white) == len(black)):
        raise ValueError("the first unit must drive every pixel to black")
    for units in (white, black):
        if units.count("+") != units.count("-"):
            raise ValueError(f"units with charge: {units}")
    codes = {"+": VSH1, "-": VSL}
    rows = {"BW": white, "WW": white, "WB": black, "BB": black}
    return [
        (unit, {row: codes[units[index]] for row, units in rows.items()}) for index in range(1, len(white))
    ]


def nothing(frames: int) -> Phases:
    """No pixel is driven."""
    return [(frames, {})]


def lut(chip: Chip, phases: Phases) -> bytes:
    """The data of command 32h for a waveform of `phases`."""
    return _lut_1683(chip, phases) if chip.name == "SSD1683" else _lut_1680(chip, phases)


def _lut_1683(chip: Chip, phases: Phases) -> bytes:
    """Five rows of six groups (RP, A to D, SR AB, SR CD): VS code and frames of each phase in one byte, repeat counts
    as they are meant (hardware-facts A.4)."""
    out = bytearray(chip.bytes)
    for row, name in enumerate(chip.rows):
        for group in range(_GROUPS_1683):
            at = (row * _GROUPS_1683 + group) * _GROUP_BYTES
            some = phases[_PHASES * group : _PHASES * (group + 1)]
            coded = [codes.get(name, VSS) << 6 | frames for frames, codes in some]
            out[at : at + _GROUP_BYTES] = bytes((1, *coded, *(0,) * (_PHASES - len(coded)), 1, 1))
    out[_RATE_1683] = chip.rate
    return bytes(out)


def _lut_1680(chip: Chip, phases: Phases) -> bytes:
    """Five rows of twelve groups of VS codes, then the times of each group, then its rate (hardware-facts A.4)."""
    out = bytearray(chip.bytes)
    for index, (frames, codes) in enumerate(phases):
        group, phase = divmod(index, _PHASES)
        for row, name in enumerate(chip.rows):
            out[row * _GROUPS_1680 + group] |= codes.get(name, VSS) << (6 - 2 * phase)
        # TP A, TP B, SR AB, TP C, TP D, SR CD, RP; repeat counts are stored as n - 1.
        out[_TIMING_1680 + _GROUP_BYTES * group + (0, 1, 3, 4)[phase]] = frames
    for group in range(_GROUPS_1680):
        out[_RATES_1680 + group // 2] |= chip.rate << (0 if group % 2 else 4)
    return bytes(out)


SPEC = read(FILE.read_text(encoding="utf-8"))
