"""power: seeded noise for RAM at power-on, and how the VBUS sense pin reacts to an unplug.

Real SRAM cells settle to a bias that differs from chip to chip, so a scrub must never rely on zeros. A fixed
seed keeps runs comparable byte for byte.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VbusSense:
    """How GP24 reacts to an unplug: it reads 0 after `falls_ms`, or never (None)."""

    name: str
    falls_ms: float | None


FOLLOWS = VbusSense("GP24 follows VBUS", 0.0)

ResetKind = Literal["run", "watchdog"]


class SupplyNoise:
    """Generates noise patterns; the sequence depends only on the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"supply noise {seed}")

    def fill(self, memory: memoryview) -> None:
        """Overwrite `memory` (bytes) with noise."""
        memory[:] = self._random.randbytes(len(memory))
