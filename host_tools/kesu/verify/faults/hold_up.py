"""hold_up: the capacitor on VSYS that lets a pad finish its wipe after the cable is pulled.

Circuit: hardware/hold-up. The cell feeds VSYS through its series resistance and D2; the load is the
microcontroller's, plus the panel's while BUSY is high, plus the bleed resistor R2, which sits at VSYS.
Figures: the Pico's RT6150 runs down to 1.8 V of VSYS (Pico datasheet 4.4), the model uses 2.2 V; VBUS minus the
Schottky diode is 4.6 V; 0.19 W for Pico and touch chip is a budget; 26.4 mW for the panel during a refresh is
published for three panels of this class. None of it was measured on a pad.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from kesu.emulator.board.pad import VirtualPad

FULL_V = 4.6
EMPTY_V = 2.2
CHIP_W = 0.19
PANEL_W = 0.0264
DIODE_V = 0.3
"""Forward voltage of D2, a 1N5819, at about 0.1 A."""
BLEED_OHMS = 220.0
STEP_MS = 5.0
NS_MS = 1e-6
"""One nanosecond in ms, the shortest step."""


@dataclass(frozen=True)
class Capacitor:
    """A hold-up cell: capacitance in farads, series resistance (ESR) in ohms, charge voltage."""

    farads: float
    ohms: float
    full_v: float = FULL_V

    def vsys(self, cell_v: float, load_w: float) -> float:
        """Volts on VSYS while a cell at `cell_v` supplies `load_w`; 0.0 if it cannot."""
        # v = cell - D2 - ESR * (P/v + v/R2): a quadratic in v.
        a = 1.0 + self.ohms / BLEED_OHMS
        open_v = cell_v - DIODE_V
        inner = open_v**2 - 4.0 * a * self.ohms * load_w
        return (open_v + sqrt(inner)) / (2.0 * a) if open_v > 0.0 and inner >= 0.0 else 0.0

    def drained(self, cell_v: float, load_w: float, seconds: float) -> float:
        """Cell voltage after a short time; VSYS must not be 0.0."""
        volts = self.vsys(cell_v, load_w)
        return cell_v - (load_w / volts + volts / BLEED_OHMS) / self.farads * seconds

    def hold_s(self, load_w: float = CHIP_W + PANEL_W) -> float:
        """Seconds for which VSYS stays at or above EMPTY_V under a constant load."""
        cell_v, step_s, seconds = self.full_v, STEP_MS / 1_000, 0.0
        while self.farads and self.vsys(cell_v, load_w) >= EMPTY_V:
            cell_v = self.drained(cell_v, load_w, step_s)
            seconds += step_s
        return seconds


REFERENCE = Capacitor(0.47, 0.4)
"""Capacitor of the reference design (hardware-facts E)."""
NONE = Capacitor(0.0, 0.0)


class Supply:
    """A pad supplied by its capacitor. `run_for` updates `used_j`, the energy taken by the pad, and `cell_v`, the
    cell voltage."""

    def __init__(self, pad: VirtualPad, capacitor: Capacitor) -> None:
        self.pad = pad
        self.capacitor = capacitor
        self.cell_v = capacitor.full_v
        self.used_j = 0.0

    def run_for(self, ms: float) -> bool:
        """Let time pass on the capacitor; returns False once VSYS is too low, and removes the power then."""
        end_ms = self.pad.now_ms + ms
        while self.pad.powered and end_ms - self.pad.now_ms >= NS_MS:
            load_w = self.power_w()
            if not self.capacitor.farads or self.capacitor.vsys(self.cell_v, load_w) < EMPTY_V:
                self.pad.unplug()  # second call: removes the power
                return False
            step = min(STEP_MS, end_ms - self.pad.now_ms)
            self.cell_v = self.capacitor.drained(self.cell_v, load_w, step / 1_000)
            self.used_j += load_w * step / 1_000
            self.pad.run_for(step)
        return self.pad.powered

    def power_w(self) -> float:
        """The present load."""
        return CHIP_W + (PANEL_W if self.pad.panel.busy else 0.0)
