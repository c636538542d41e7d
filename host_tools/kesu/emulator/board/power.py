"""power: seeded noise for RAM at power-on, and how the VBUS sense pin reacts to an unplug.

Real SRAM cells settle to a bias that differs from chip to chip, so a scrub must never rely on zeros. A fixed
seed keeps runs comparable byte for byte.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from dataclasses import dataclass
from math import log
from typing import Literal

# Both Picos: VBUS - 5.6 k - GP24 - 10 k - ground (Pico datasheet 2.1). A pad reads 0 up to VIL (RP2040
# datasheet 5.5.3.4); between VIL and VIH it may read either, and the model reads 1.
_SERIES_OHMS, _GROUND_OHMS = 5_600.0, 10_000.0
_VIL = 0.8
_VBUS = 4.6


@dataclass(frozen=True)
class VbusSense:
    """How GP24 reacts to an unplug: it reads 0 after `falls_ms`, or never (None)."""

    name: str
    falls_ms: float | None


def decaying(farads: float) -> VbusSense:
    """A port that is switched off leaves its capacitors on VBUS; only the divider discharges them."""
    low_v = _VIL * (_SERIES_OHMS + _GROUND_OHMS) / _GROUND_OHMS
    seconds = (_SERIES_OHMS + _GROUND_OHMS) * farads * log(_VBUS / low_v)
    return VbusSense(f"VBUS falls in {seconds:.1f} s", 1_000.0 * seconds)


def leaking(amperes: float) -> VbusSense:
    """The diode from VSYS to VBUS leaks: 27 uA were measured on a Pico at room temperature (pico-feedback
    #391), and the leakage doubles every 10 K."""
    volts = amperes * _GROUND_OHMS
    return VbusSense(f"{volts:.2f} V leak to GP24", None if volts > _VIL else 0.0)


FOLLOWS = VbusSense("GP24 follows VBUS", 0.0)
LATCHED = VbusSense("GP24 stays high", None)
"""RP2350-E9 (stepping A2): a pad that was high holds itself at 2.2 V against more than 8.2 k to ground."""
HUB = decaying(120e-6)
"""A hub port with the least capacitance that USB 2.0 section 7.2.4.1 requires."""
HOT_DIODE = leaking(108e-6)
"""Leakage of the diode at 45 degrees."""

ResetKind = Literal["run", "watchdog"]


class SupplyNoise:
    """Generates noise patterns; the sequence depends only on the seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"supply noise {seed}")

    def fill(self, memory: memoryview) -> None:
        """Overwrite `memory` (bytes) with noise."""
        memory[:] = self._random.randbytes(len(memory))
