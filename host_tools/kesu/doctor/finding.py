"""finding: one thing that is wrong, and how to mend it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.flash.record import Entry
from kesu.pads.find import Pad
from kesu.pads.host import Host


@dataclass(frozen=True)
class Finding:
    """kind: a stable word for scripts. pad: its name, "" when it is about the machine. command: what mends
    it."""

    kind: str
    pad: str
    problem: str
    command: str


@dataclass(frozen=True)
class Situation:
    """What the checks look at. images: name of each image at hand and its SHA-256. record: lines, oldest
    first."""

    host: Host
    pads: list[Pad]
    images: dict[Path, str]
    record: list[Entry]
