"""hold_up: the capacitor on VSYS that lets a pad finish its wipe after the cable is pulled.

Model: energy between the voltage at the moment of unplugging and the one at which the regulator gives up,
less what the series resistance burns; the load is the microcontroller's, plus the panel's while BUSY is
high. Figures: the Pico's RT6150 runs down to 1.8 V of VSYS (Pico datasheet 4.4), 2.2 V is taken; VBUS less
the Schottky diode is 4.6 V; 0.19 W for Pico and touch chip is a budget; 26.4 mW for the panel while it
refreshes is published for three panels of this class. None of it was measured on a pad.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from kesu.virtual.pad import VirtualPad

FULL_V = 4.6
EMPTY_V = 2.2
CHIP_W = 0.19
PANEL_W = 0.0264
STEP_MS = 2.0


@dataclass(frozen=True)
class Capacitor:
    """farads; ohms of series resistance (ESR)."""

    farads: float
    ohms: float

    def usable_j(self, load_w: float = CHIP_W + PANEL_W) -> float:
        """Joules from FULL_V down to where the regulator's input would fall below EMPTY_V under load."""
        # Under load P the terminal is v - i*R with i = P / v_terminal: the cell must stay above this.
        lowest = EMPTY_V + self.ohms * load_w / EMPTY_V
        if lowest >= FULL_V:
            return 0.0
        burnt = 1.0 - self.ohms * load_w / (EMPTY_V * FULL_V)
        return max(0.0, 0.5 * self.farads * (FULL_V**2 - lowest**2) * burnt)

    def volts_after(self, used_j: float) -> float:
        """Voltage of the cell once that much energy is gone."""
        return sqrt(max(0.0, FULL_V**2 - 2.0 * used_j / self.farads))


REFERENCE = Capacitor(0.47, 0.4)
"""The reference design's (hardware.md E)."""
NONE = Capacitor(0.0, 0.0)


@dataclass
class Supply:
    """What a pad draws from a capacitor. `used_j` grows as `run_for` lets time pass."""

    pad: VirtualPad
    capacitor: Capacitor
    used_j: float = 0.0

    def run_for(self, ms: float) -> bool:
        """Let time pass on the capacitor; False once it is empty, and the pad then has no power."""
        budget = self.capacitor.usable_j() if self.capacitor.farads else 0.0
        end = self.pad.now_ms + ms
        while self.pad.powered and self.pad.now_ms < end:
            if self.used_j >= budget:
                self.pad.unplug()  # the second time: now the power goes, too
                return False
            step = min(STEP_MS, end - self.pad.now_ms)
            self.used_j += self.power_w() * step / 1_000
            self.pad.run_for(step)
        return self.pad.powered

    def power_w(self) -> float:
        """The load at this moment."""
        return CHIP_W + (PANEL_W if self.pad.panel.busy else 0.0)
