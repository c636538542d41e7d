"""finding: one problem and how to fix it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.devices.discovery.find import Pad
from kesu.devices.discovery.host import Host
from kesu.devices.flash.record import Entry


@dataclass(frozen=True)
class Finding:
    """kind: a stable word for scripts. pad: its name, "" when it is about the machine. command: what fixes
    it."""

    kind: str
    pad: str
    problem: str
    command: str


@dataclass(frozen=True)
class Situation:
    """The input of the checks. images: name and SHA-256 of each available image. record: lines, oldest first."""

    host: Host
    pads: list[Pad]
    images: dict[Path, str]
    record: list[Entry]
