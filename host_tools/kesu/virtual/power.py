"""power: what power does to RAM: a seeded stand-in for the noise that SRAM cells wake up with.

Real cells settle to a bias that differs from chip to chip, so a scrub must never rely on zeros. A fixed
seed keeps runs comparable byte for byte.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from typing import Literal

ResetKind = Literal["run", "watchdog"]


class SupplyNoise:
    """The next pattern at each call; the sequence depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"supply noise {seed}")

    def fill(self, memory: memoryview) -> None:
        """Overwrite `memory` (bytes) with noise."""
        memory[:] = self._random.randbytes(len(memory))
