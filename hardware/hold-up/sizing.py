"""sizing: does the hold-up capacitor carry the pad through each refresh, in the worst corner as well?

Prints the tables of README.md in this folder; `--plot FILE.svg` draws them. Circuit, load and the reference
capacitor are those of kesu.verify.faults.hold_up, which the virtual pad is tested with; on top of that
model come the corners. Sources and standing: README.md.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path

from kesu.verify.faults.hold_up import (
    BLEED_OHMS,
    CHIP_W,
    DIODE_V,
    EMPTY_V,
    FULL_V,
    PANEL_W,
    REFERENCE,
    Capacitor,
)

CHARGE_OHMS = 33.0
DARK_V = 1.8  # the regulator gives up at the latest (Pico datasheet 4.4)
GONE_V = 0.5
STEP_S = 0.001

REFRESHES = {
    "differential": 0.358,
    "fast full": 1.140,
    "full": 2.0,
    "whole wipe": 1.8,
}
"""Seconds from the falling edge of VBUS; the panel draws all the time (docs/hardware-facts.md)."""


@dataclass(frozen=True)
class Corner:
    """farads and ohms of the cell; volts it is charged to; factor on the load of pad and panel."""

    name: str
    farads: float
    ohms: float
    full_v: float
    load: float

    @property
    def load_w(self) -> float:
        return (CHIP_W + PANEL_W) * self.load


C, ESR = REFERENCE.farads, REFERENCE.ohms
LOW_V = 4.0  # VBUS 4.40 V at a low-power port (USB 2.0, 7.2.2) less 0.4 V in the Pico's D1
CORNERS = [
    Corner("nominal, 25 °C", C, ESR, FULL_V, 1.0),
    Corner("hot, 40 °C, end of life", C * 0.8 * 0.7, ESR * 2.0, FULL_V, 1.0),
    Corner("cold, 0 °C, new", C * 0.8 * 0.95, ESR * 1.5, FULL_V, 1.0),
    Corner("worst: cold, end of life, 4.0 V, load x 1.5", C * 0.8 * 0.7 * 0.95, ESR * 3.0, LOW_V, 1.5),
]
WRONG = [
    Corner("coin cell 0.33 F, 150 ohm", 0.33, 150.0, FULL_V, 1.0),
    Corner("electrolytic 4,700 uF", 0.0047, 0.1, FULL_V, 1.0),
]


def discharge(corner: Corner) -> Iterator[tuple[float, float]]:
    """Yield (seconds, volts on VSYS) after unplugging until VSYS would fall below EMPTY_V."""
    capacitor = Capacitor(corner.farads, corner.ohms, corner.full_v)
    cell, seconds = corner.full_v, 0.0
    while (volts := capacitor.vsys(cell, corner.load_w)) >= EMPTY_V:
        yield seconds, volts
        cell = capacitor.drained(cell, corner.load_w, STEP_S)
        seconds += STEP_S


def hold_s(corner: Corner) -> float:
    """Seconds for which VSYS stays at or above EMPTY_V; 0.0 if it falls below at once."""
    return max((seconds for seconds, _ in discharge(corner)), default=0.0)


def joules(corner: Corner, seconds: float) -> float:
    """What pad and panel take in that time, in the corner's load."""
    return corner.load_w * seconds


def corner_rows() -> list[str]:
    rows = [
        "| case | C | ESR | from | load | holds | energy to the pad | margin over the whole wipe |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for corner in [*CORNERS, *WRONG]:
        held = hold_s(corner)
        margin = held / REFRESHES["whole wipe"]
        rows.append(
            f"| {corner.name} | {corner.farads:.3g} F | {corner.ohms:.2f} ohm | {corner.full_v:.1f} V "
            f"| {corner.load_w * 1000:.0f} mW | {held:.2f} s | {joules(corner, held):.2f} J "
            f"| x {margin:.1f} |"
        )
    return rows


def refresh_rows() -> list[str]:
    worst = CORNERS[-1]
    rows = [
        "| refresh | takes | energy, nominal | energy, worst | in the worst case |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in REFRESHES.items():
        verdict = "held" if hold_s(worst) > seconds else "NOT held"
        rows.append(
            f"| {name} | {seconds:.2f} s | {joules(CORNERS[0], seconds) * 1000:.0f} mJ "
            f"| {joules(worst, seconds) * 1000:.0f} mJ | {verdict} |"
        )
    return rows


def charged_s(corner: Corner) -> float:
    """Seconds on USB, from an empty cell, until unplugging leaves enough for one whole wipe."""
    low, high = 0.0, corner.full_v
    for _ in range(30):
        middle = (low + high) / 2.0
        part = Corner(corner.name, corner.farads, corner.ohms, middle, corner.load)
        low, high = (low, middle) if hold_s(part) > REFRESHES["whole wipe"] else (middle, high)
    return (CHARGE_OHMS + corner.ohms) * corner.farads * log(corner.full_v / (corner.full_v - high))


def bleed_s(start_v: float, end_v: float) -> float:
    """Seconds that R2 alone, through R1, takes to empty the nominal cell from one voltage to another."""
    return (CHARGE_OHMS + ESR + BLEED_OHMS) * C * log(start_v / end_v)


def circuit_rows() -> list[str]:
    highest = 5.25 - DIODE_V  # VBUS at its upper limit (USB 2.0, 7.2.2) less D1
    burst = highest / CHARGE_OHMS
    pad = CORNERS[0].load_w / highest + highest / BLEED_OHMS
    return [
        "| quantity | value |",
        "|---|---|",
        f"| charging current, first moment, VBUS 5.25 V | {burst * 1000:.0f} mA |",
        f"| with pad and bleed | {(burst + pad) * 1000:.0f} mA (the pad declares 250 mA) |",
        f"| power in R1, first moment | {highest**2 / CHARGE_OHMS:.2f} W |",
        f"| power in R2, all the time | {highest**2 / BLEED_OHMS * 1000:.0f} mW |",
        f"| charged enough for one whole wipe, nominal, worst | {charged_s(CORNERS[0]):.0f} s, "
        f"{charged_s(CORNERS[-1]):.0f} s |",
        f"| R2 alone, {FULL_V} V to {DARK_V} V, to {GONE_V} V | {bleed_s(FULL_V, DARK_V):.0f} s, "
        f"{bleed_s(FULL_V, GONE_V):.0f} s |",
        f"| R2 alone, {EMPTY_V} V to {DARK_V} V, to {GONE_V} V | {bleed_s(EMPTY_V, DARK_V):.0f} s, "
        f"{bleed_s(EMPTY_V, GONE_V):.0f} s |",
    ]


def plot(file: Path) -> None:
    """Draw VSYS over time, and what each refresh takes against what each corner has."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "kesu"  # the same bytes each time
    from matplotlib import pyplot

    figure, (volts, energy) = pyplot.subplots(1, 2, figsize=(12, 5.2))
    for number, corner in enumerate(CORNERS):
        curve = list(discharge(corner))[::20]
        volts.plot(*zip(*curve, strict=True), color=f"C{number}", label=corner.name)
        budget = joules(corner, hold_s(corner))
        energy.axhline(budget, color=f"C{number}", linestyle="--")
        energy.text(3.45, budget + 0.03, f"has {budget:.2f} J: {corner.name}", size=8, ha="right")
    volts.axhline(EMPTY_V, color="black", linewidth=1, linestyle=":")
    volts.text(0.2, EMPTY_V - 0.13, f"{EMPTY_V} V: taken as empty", size=8)
    volts.set_ylim(1.9, 4.9)
    volts.set_ylabel("VSYS [V]")
    volts.set_title("VSYS after unplugging")
    volts.legend(loc="upper right", fontsize=8)
    for corner, colour in ((CORNERS[0], "C0"), (CORNERS[-1], "C3")):
        label = f"taken at {corner.load_w * 1000:.0f} mW"
        energy.plot([0, 2.6], [0, joules(corner, 2.6)], color=colour, label=label)
        for seconds in REFRESHES.values():
            energy.plot(seconds, joules(corner, seconds), "o", color=colour)
    for row, (name, seconds) in enumerate(sorted(REFRESHES.items(), key=lambda item: item[1])):
        energy.axvline(seconds, color="grey", linewidth=0.8, linestyle=":")
        energy.text(seconds + 0.03, 2.4 - 0.12 * row, f"{name} {seconds:.2f} s", size=8)
    energy.set_xlim(0, 3.5)
    energy.set_ylim(0, 2.75)
    energy.set_ylabel("energy to pad and panel [J]")
    energy.set_title("What each refresh takes, and what there is")
    energy.legend(loc="lower right", fontsize=8)
    for axis in (volts, energy):
        axis.set_xlim(left=0)
        axis.set_xlabel("seconds after VBUS fell")
        axis.grid(alpha=0.3)
    figure.suptitle(f"Hold-up {C} F: calculated, not measured")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None, dpi=110)


def main() -> None:
    """Print the tables; with --plot draw them, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE", action="append", default=[])
    arguments = parser.parse_args()
    print("\n".join([*corner_rows(), "", *refresh_rows(), "", *circuit_rows()]))
    for file in arguments.plot:
        plot(file)


if __name__ == "__main__":
    main()
