"""rig: the wires between a pad and its test rig, from rig.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

FILE = Path(__file__).with_name("rig.toml")

Driver = Literal["pad", "rig", "both", "contact"]


@dataclass(frozen=True)
class Line:
    """One wire. pad: GPIO of the pad, None where the wire goes to `place`; rig: GPIO of the rig; drives: who drives it;
    pull: ohms to the pad's 3V3, None without; ohms: in series."""

    name: str
    pad: int | None
    rig: int
    drives: Driver
    pull: int | None
    ohms: int
    place: str
    remark: str


@dataclass(frozen=True)
class Sense:
    """A voltage of the pad that the rig measures. rig: GPIO; channel: of the converter; share: of the pad's volts."""

    name: str
    rig: int
    channel: int
    share: float
    ohms: int
    place: str
    remark: str


_SPEC = tomllib.loads(FILE.read_text(encoding="utf-8"))

LINES: dict[str, Line] = {
    name: Line(
        name,
        fields.get("pad"),
        fields["rig"],
        cast(Driver, fields["drives"]),
        fields.get("pull"),
        fields.get("ohms", 0),
        fields.get("place", ""),
        fields.get("remark", ""),
    )
    for name, fields in _SPEC["line"].items()
}
SENSES: dict[str, Sense] = {
    name: Sense(
        name,
        fields["rig"],
        fields["channel"],
        fields["share"],
        fields["ohms"],
        fields["place"],
        fields["remark"],
    )
    for name, fields in _SPEC["sense"].items()
}
