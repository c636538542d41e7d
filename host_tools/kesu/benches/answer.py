"""answer: what a bench says about one scenario; both write it as the same JSON (src/suite/scenario.ts)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """The pad at one moment: modem bits, LED, both planes, the glass in grey, where the note is found."""

    name: str
    ms: float
    bits: str
    led: bool
    powered: bool
    bw: bytes
    red: bytes
    grey: bytes
    found: dict[str, bool] | None


@dataclass
class Answer:
    """Times in emulated ms since the bench was built.

    modem: (time, bits). refreshes: (start, ms of BUSY, waveform, broken off). waits: (for what, time).
    wipes: ms from the event to owners clean, planes without a picture, READY; None where it did not come.
    """

    modem: list[tuple[float, str]] = field(default_factory=list)
    refreshes: list[tuple[float, float, str | None, bool]] = field(default_factory=list)
    waits: list[tuple[str, float]] = field(default_factory=list)
    wipes: list[tuple[float | None, float | None, float | None]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    bulk_in: int = 0
    panel_errors: list[str] = field(default_factory=list)
    emulated_ms: float = 0.0
    real_ms: float = 0.0
    cycles: int = 0
    failed: str = ""


def from_json(told: dict[str, Any]) -> Answer:
    """Read what the bench in TypeScript wrote."""
    if "failed" in told:
        return Answer(failed=told["failed"])
    return Answer(
        [(one["ms"], one["bits"]) for one in told["modem"]],
        [(one["ms"], one["busy_ms"], one["waveform"], one["aborted"]) for one in told["refreshes"]],
        [(one["for"], one["ms"]) for one in told["waits"]],
        [(one["owners_ms"], one["planes_ms"], one["ready_ms"]) for one in told["wipes"]],
        [
            Check(
                one["name"],
                one["ms"],
                one["bits"],
                one["led"],
                one["powered"],
                base64.b64decode(one["bw"]),
                base64.b64decode(one["red"]),
                base64.b64decode(one["grey"]),
                one["found"],
            )
            for one in told["checks"]
        ],
        told["bulk_in"],
        told["panel_errors"],
        told["emulated_ms"],
        told["real_ms"],
        told["cycles"],
    )
