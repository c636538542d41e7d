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

from kesu.emulator.board.revision import (
    BEYOND,
    FIRST,
    GROUND_OHMS,
    HARD_PLACES,
    PLACES,
    SECOND,
    SERIES_OHMS,
    Place,
    Revision,
)
from kesu.verify.faults.hold_up import (
    BLEED_OHMS,
    CHARGE_OHMS,
    CHIP_W,
    DIODE_V,
    EMPTY_V,
    FULL_V,
    PANEL_W,
    READY_V,
    REFERENCE,
    WIPE_S,
    WORST,
    Capacitor,
)

DARK_V = 1.8  # the regulator gives up at the latest (Pico datasheet 4.4)
BLEEDS_TO_V = 1.3  # below, Q3 may be off: its threshold is 0.5 to 1.3 V (AO3401A data sheet)
HIGHEST_V = 5.5 - 0.22  # VBUS of a Type-C port at most, less D1 at 70 mA (MBR120 data sheet)
RATED_V = 6.0  # SCMR14H474PRBB0
VBUS_OHMS, SENSE_OHMS = 4_700.0, 200_000.0  # R9; R12 and R13
STEP_S = 0.001

REFRESHES = {
    "differential": 0.358,
    "fast full": 1.140,
    "full": 2.0,
    "whole wipe": WIPE_S,
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
CORNERS = [
    Corner("nominal, 25 °C", C, ESR, FULL_V, 1.0),
    Corner("hot, 40 °C, end of life", C * 0.8 * 0.7, ESR * 2.0, FULL_V, 1.0),
    Corner("cold, 0 °C, new", C * 0.8 * 0.95, ESR * 1.5, FULL_V, 1.0),
    Corner("worst: cold, end of life, 4.0 V, load x 1.5", WORST.farads, WORST.ohms, WORST.full_v, WORST.load),
]
WRONG = [
    Corner("coin cell 0.33 F, 150 ohm", 0.33, 150.0, FULL_V, 1.0),
    Corner("electrolytic 4,700 uF", 0.0047, 0.1, FULL_V, 1.0),
]


def capacitor_of(corner: Corner) -> Capacitor:
    """The corner's cell in the model that the virtual pad is tested with."""
    return Capacitor(corner.farads, corner.ohms, corner.full_v, corner.load)


def discharge(corner: Corner) -> Iterator[tuple[float, float]]:
    """Yield (seconds, volts on VSYS) after unplugging until VSYS would fall below EMPTY_V."""
    capacitor = capacitor_of(corner)
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
    """Seconds on the charger, from an empty cell, until unplugging leaves enough for one whole wipe."""
    cell = capacitor_of(corner)
    return cell.charging_s(cell.enough_v())


def bleed_s(start_v: float, end_v: float) -> float:
    """Seconds that R2 alone, through D2, takes to discharge the nominal cell from one voltage to another."""
    return (ESR + BLEED_OHMS) * C * log((start_v - DIODE_V) / (end_v - DIODE_V))


def idle_ma(vbus_v: float) -> float:
    """What the second board itself draws from VBUS with the charger off: R9, GP24's divider, the cell's divider."""
    return 1_000.0 * (vbus_v / VBUS_OHMS + vbus_v / (SERIES_OHMS + GROUND_OHMS) + HIGHEST_V / SENSE_OHMS)


def circuit_rows() -> list[str]:
    burst = HIGHEST_V / CHARGE_OHMS
    pad = CORNERS[0].load_w / HIGHEST_V
    return [
        "| quantity | first board | second board |",
        "|---|---|---|",
        f"| highest voltage of C1, rated | {HIGHEST_V:.2f} V, 5.0 V | {HIGHEST_V:.2f} V, {RATED_V:.1f} V |",
        f"| before configuration (limit 100 mA) | {(burst + pad + HIGHEST_V / BLEED_OHMS) * 1000:.0f} mA "
        f"| {pad * 1000 + idle_ma(5.5):.0f} mA |",
        f"| configured, first moment (declared 250 mA) | {(burst + pad + HIGHEST_V / BLEED_OHMS) * 1000:.0f} mA "
        f"| {(burst + pad) * 1000 + idle_ma(5.5):.0f} mA |",
        f"| suspended, without the chip (limit 2.5 mA) | {HIGHEST_V / BLEED_OHMS * 1000:.0f} mA and more "
        f"| {idle_ma(5.5):.1f} mA |",
        f"| power in R2, plugged in | {HIGHEST_V**2 / BLEED_OHMS * 1000:.0f} mW | 0 |",
        f"| power in R1, first moment | {HIGHEST_V**2 / CHARGE_OHMS:.2f} W | the same |",
        f"| charged enough for one whole wipe, nominal, worst | the same | {charged_s(CORNERS[0]):.0f} s, "
        f"{charged_s(CORNERS[-1]):.0f} s |",
        f"| cell voltage for that, nominal, worst; the threshold | unknown "
        f"| {enough_v(0):.2f} V, {enough_v(-1):.2f} V; "
        f"{READY_V} V |",
        f"| R2 alone, {FULL_V} V to {DARK_V} V, to {BLEEDS_TO_V} V | | {bleed_s(FULL_V, DARK_V):.0f} s, "
        f"{bleed_s(FULL_V, BLEEDS_TO_V):.0f} s |",
        f"| R2 alone, {EMPTY_V} V to {DARK_V} V, to {BLEEDS_TO_V} V | | {bleed_s(EMPTY_V, DARK_V):.0f} s, "
        f"{bleed_s(EMPTY_V, BLEEDS_TO_V):.0f} s |",
    ]


def enough_v(corner: int) -> float:
    """Lowest cell voltage that carries a whole wipe in that corner."""
    return capacitor_of(CORNERS[corner]).enough_v()


def sense_rows() -> list[str]:
    """When GP24 shows that the cable is out, on both boards."""
    rows = ["| pad, place | first board | second board |", "|---|---|---|"]
    for place in (*PLACES, *HARD_PLACES, BEYOND):
        cells = [_sense(board, place) for board in (FIRST, SECOND)]
        rows.append(f"| {place.name} | {cells[0]} | {cells[1]} |")
    return rows


def _sense(board: Revision, place: Place) -> str:
    falls_ms = board.sense(place).falls_ms
    if falls_ms is None:
        return f"**never**: {board.rests_v(place):.2f} V"
    return f"{falls_ms / 1_000:.2f} s" if falls_ms else "at once"


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
    print("\n".join([*corner_rows(), "", *refresh_rows(), "", *circuit_rows(), "", *sense_rows()]))
    for file in arguments.plot:
        plot(file)


if __name__ == "__main__":
    main()
