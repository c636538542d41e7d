"""hold_up: the capacitor on VSYS that lets a pad finish its wipe after the cable is pulled.

Circuit: hardware/hold-up. The cell feeds VSYS through its series resistance and D2; the load is the
microcontroller's, plus the panel's while BUSY is high, plus the bleed resistor R2, which sits at VSYS. On the second
board, R2 draws only while the cable is out, and the charger waits for the pin CHARGE or for the fitted link R15; on
hold-up both boards have the same circuit.
Figures: the Pico's RT6150 runs down to 1.8 V of VSYS (Pico datasheet 4.4), the model uses 2.2 V; VBUS minus the
Schottky diode is 4.6 V; 0.19 W for Pico and touch chip is a budget; 26.4 mW for the panel during a refresh is
published for three panels of this class. None of it was measured on a pad.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, sqrt

from kesu.emulator.board.pad import VirtualPad

FULL_V = 4.6
EMPTY_V = 2.2
CHIP_W = 0.19
PANEL_W = 0.0264
DIODE_V = 0.3
"""Forward voltage of D2, a 1N5819, at about 0.1 A."""
BLEED_OHMS = 220.0
CHARGE_OHMS = 33.0
WIPE_S = 1.8
"""A whole wipe, from the falling edge of VBUS to READY: 1.7 s (docs/hardware-facts.md), and 0.1 s of margin."""
STEP_MS = 5.0
NS_MS = 1e-6
"""One nanosecond in ms, the shortest step."""


@dataclass(frozen=True)
class Capacitor:
    """A hold-up cell: capacitance in farads, series resistance (ESR) in ohms, charge voltage, and the factor by which
    pad and panel take more than their budget."""

    farads: float
    ohms: float
    full_v: float = FULL_V
    load: float = 1.0

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

    def charged_v(self, seconds: float) -> float:
        """Cell voltage after that time on the charger, from empty to `full_v`."""
        return self.full_v * (1.0 - exp(-seconds / ((CHARGE_OHMS + self.ohms) * self.farads)))

    def charging_s(self, cell_v: float) -> float:
        """Seconds on the charger, from empty, until the cell has `cell_v`."""
        return (CHARGE_OHMS + self.ohms) * self.farads * log(self.full_v / (self.full_v - cell_v))

    def enough_v(self, seconds: float = WIPE_S) -> float:
        """Lowest cell voltage that holds for `seconds` while the panel draws all the time; `full_v` if none does."""
        low, high = 0.0, self.full_v
        for _ in range(30):
            middle = (low + high) / 2.0
            held = replace(self, full_v=middle).hold_s(self.load * (CHIP_W + PANEL_W)) > seconds
            low, high = (low, middle) if held else (middle, high)
        return high


FIRST = Capacitor(0.47, 0.4)
"""The first board's PM-5R0V474-R (hardware-facts E)."""
REFERENCE = Capacitor(0.47, 0.38)
"""The second board's SCMR14H474PRBB0: 0.47 F, 6.0 V, 0.38 ohm (KYOCERA AVX, SCM series; distributor's table)."""
WORST = Capacitor(0.47 * 0.8 * 0.7 * 0.95, 0.38 * 3.0, 4.0, 1.5)
"""The same cell cold and at the end of its life, charged from a low-power port, under 1.5 times the load; the
factors are those of hardware/hold-up."""
NONE = Capacitor(0.0, 0.0)
READY_V = 3.7
"""Cell voltage from which ink may be taken: the worst cell lasts for a whole wipe from 3.63 V."""


class Supply:
    """A pad supplied by its capacitor. `run_for` updates `used_j`, the energy taken by the pad, and `cell_v`, the
    cell voltage."""

    def __init__(self, pad: VirtualPad, capacitor: Capacitor) -> None:
        self.pad = pad
        self.capacitor = capacitor
        self.cell_v = capacitor.full_v
        self.used_j = 0.0
        self._show()

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
            self._show()
            self.pad.run_for(step)
        return self.pad.powered

    def _show(self) -> None:
        vsys_v = self.capacitor.vsys(self.cell_v, self.power_w()) if self.capacitor.farads else 0.0
        self.pad.wiring.set_analog(self.cell_v, vsys_v)

    def power_w(self) -> float:
        """The present load."""
        return self.capacitor.load * (CHIP_W + (PANEL_W if self.pad.panel.busy else 0.0))
