"""power: what power does to RAM, a seeded stand-in for the noise that SRAM cells wake up with, and what the
VBUS sense pin shows of an unplug.

Real cells settle to a bias that differs from chip to chip, so a scrub must never rely on zeros. A fixed
seed keeps runs comparable byte for byte.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from dataclasses import dataclass
from math import log
from typing import Literal

# Both Picos: VBUS - 5.6 k - GP24 - 10 k - ground (Pico datasheet 2.1). A pad reads 0 up to VIL (RP2040
# datasheet 5.5.3.4); from there to VIH it reads either, so here it goes on reading 1.
_SERIES_OHMS, _GROUND_OHMS = 5_600.0, 10_000.0
_VIL = 0.8
_VBUS = 4.6


@dataclass(frozen=True)
class VbusSense:
    """What becomes of GP24 once the cable is out: it reads 0 after `falls_ms`, or never (None)."""

    name: str
    falls_ms: float | None


def decaying(farads: float) -> VbusSense:
    """A port that is switched off leaves its capacitors on VBUS, and only the divider empties them."""
    low_v = _VIL * (_SERIES_OHMS + _GROUND_OHMS) / _GROUND_OHMS
    seconds = (_SERIES_OHMS + _GROUND_OHMS) * farads * log(_VBUS / low_v)
    return VbusSense(f"VBUS falls in {seconds:.1f} s", 1_000.0 * seconds)


def leaking(amperes: float) -> VbusSense:
    """The diode from VSYS to VBUS leaks: 27 uA were measured on a Pico at room temperature (pico-feedback
    #391), and it is twice as many for every 10 K more."""
    volts = amperes * _GROUND_OHMS
    return VbusSense(f"{volts:.2f} V leak to GP24", None if volts > _VIL else 0.0)


FOLLOWS = VbusSense("GP24 follows VBUS", 0.0)
LATCHED = VbusSense("GP24 stays high", None)
"""RP2350-E9 (stepping A2): a pad that was high holds itself at 2.2 V against more than 8.2 k to ground."""
HUB = decaying(120e-6)
"""The least that USB 2.0 section 7.2.4.1 asks of a port."""
HOT_DIODE = leaking(108e-6)
"""The diode at 45 degrees."""

ResetKind = Literal["run", "watchdog"]


class SupplyNoise:
    """The next pattern at each call; the sequence depends on the seed alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"supply noise {seed}")

    def fill(self, memory: memoryview) -> None:
        """Overwrite `memory` (bytes) with noise."""
        memory[:] = self._random.randbytes(len(memory))
