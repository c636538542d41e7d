"""report: the demo's outcome as a short table for people and as JSON for machines."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.verify.search.timeline import Reading


@dataclass(frozen=True)
class Outcome:
    """Everything the demo measured.

    before, after: resource -> places where a needle of the note was found. where_before, where_after:
    stretches of SRAM found, with the name the memory map gives them. contrast_before: L* of the ink against
    the paper; ghost_after: L* of the residual image. times: emulated ms
    from the event's edge.
    """

    image_sha256: str
    text: str
    seed: int
    boot_ms: float
    writing_ms: float
    points_reported: int
    needles: int
    needles_dropped: int
    before: dict[str, int]
    after: dict[str, int]
    where_before: list[str]
    where_after: list[str]
    contrast_before: float
    ghost_after: float
    times: list[Reading]
    flash_identical: bool
    bulk_in_bytes: int
    driver_errors: list[str]

    MUST_BE_FOUND = ("sram", "plane 24h", "glass")
    """Places where the note must be found before the event, or the search proves nothing."""

    def faults(self) -> list[str]:
        """Reasons why the verdict is not "nothing left"; empty if it is."""
        faults = [
            f"positive control: the note was not found in {name} before the event"
            for name in self.MUST_BE_FOUND
            if self.before.get(name, 0) == 0
        ]
        if self.contrast_before < 5 * LEGIBLE_LIGHTNESS:
            faults.append(f"positive control: the ink was hardly visible ({self.contrast_before:.3f})")
        faults += [f"{hits} traces of the note left in {name}" for name, hits in self.after.items() if hits]
        faults += [
            f"{reading.name}: {_ms(reading.at_ms)} ms, allowed {reading.bound_ms:.0f} ms"
            for reading in self.times
            if not reading.within
        ]
        if self.ghost_after >= CLEAN_LIGHTNESS:
            faults.append(f"residual image on the glass: {self.ghost_after:.3f}")
        if not self.flash_identical:
            faults.append("the flash changed")
        if self.bulk_in_bytes:
            faults.append(f"the pad sent {self.bulk_in_bytes} bytes to the PC")
        faults += [f"panel driver error: {error}" for error in self.driver_errors]
        return faults

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: numbers, strings, lists and dictionaries only."""
        faults = self.faults()
        return {
            "verdict": "nothing left" if not faults else "FAILED",
            "faults": faults,
            "image_sha256": self.image_sha256,
            "text": self.text,
            "seed": self.seed,
            "boot_to_ready_ms": round(self.boot_ms, 3),
            "writing_ms": round(self.writing_ms, 3),
            "points_reported": self.points_reported,
            "needles": self.needles,
            "needles_dropped_because_in_blank_pad": self.needles_dropped,
            "hits_before": self.before,
            "hits_after": self.after,
            "sram_before": self.where_before,
            "sram_after": self.where_after,
            "glass_lightness": {
                "before": round(self.contrast_before, 4),
                "after": round(self.ghost_after, 4),
                "legible_from": LEGIBLE_LIGHTNESS,
                "clean_below": CLEAN_LIGHTNESS,
            },
            "times_ms": [
                {
                    "step": reading.name,
                    "at": None if reading.at_ms is None else round(reading.at_ms, 3),
                    "bound": round(reading.bound_ms, 3),
                    "within": reading.within,
                }
                for reading in self.times
            ],
            "flash_identical": self.flash_identical,
            "bulk_in_bytes": self.bulk_in_bytes,
            "driver_errors": self.driver_errors,
        }


def _ms(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def table(outcome: Outcome) -> str:
    """The outcome as text: hits per resource, then times against their bounds, then the verdict."""
    lines = [
        f"note: {outcome.points_reported} points in {outcome.writing_ms / 1000:.1f} s of pen time, "
        f"{outcome.needles:,} patterns searched",
        "",
    ]
    lines.append(f"{'resource':<24}{'hits before':>12}{'hits after':>12}")
    for name, hits in outcome.before.items():
        lines.append(f"{name:<24}{hits:>12,}{outcome.after[name]:>12,}")
    lines.append(f"{'glass, L* (CIE)':<24}{outcome.contrast_before:>12.3f}{outcome.ghost_after:>12.3f}")
    lines += ["", f"{'from the end of the call':<56}{'emulated ms':>12}{'bound':>9}"]
    for reading in outcome.times:
        mark = "" if reading.within else "  LATE"
        lines.append(f"{reading.name:<56}{_ms(reading.at_ms):>12}{reading.bound_ms:>9.0f}{mark}")
    lines += [
        "",
        f"flash identical: {'yes' if outcome.flash_identical else 'NO'}; "
        f"bytes sent to the PC: {outcome.bulk_in_bytes}; "
        f"panel driver errors: {len(outcome.driver_errors)}",
        "",
    ]
    faults = outcome.faults()
    lines.append("Verdict: nothing of the note is left." if not faults else "Verdict: FAILED")
    lines += [f"  - {fault}" for fault in faults]
    return "\n".join(lines)


def save(outcome: Outcome, path: Path) -> None:
    """Write report.json; creates the folder if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(outcome.to_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
