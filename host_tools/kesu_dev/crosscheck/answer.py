"""answer: the results of one scenario; both benches write them as the same JSON (web/scenarios/scenario.ts)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """The pad at one checkpoint: modem bits, LED, both planes, grey levels of the glass, places of the note.

    inked: bytes of its memory that come from the pen, as the core traces it; None if it cannot."""

    name: str
    ms: float
    bits: str
    led: bool
    powered: bool
    bw: bytes
    red: bytes
    grey: bytes
    found: dict[str, bool] | None
    inked: int | None


@dataclass
class Answer:
    """Times in emulated ms since the bench was built.

    modem: (time, bits). refreshes: (start, ms of BUSY, waveform, aborted). waits: (condition, time).
    wipes: ms from the event to owners clean, planes blank, READY; None where it was not reached.
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


def from_json(answer: dict[str, Any]) -> Answer:
    """Convert the JSON of the TypeScript bench."""
    if "failed" in answer:
        return Answer(failed=answer["failed"])
    return Answer(
        [(one["ms"], one["bits"]) for one in answer["modem"]],
        [(one["ms"], one["busy_ms"], one["waveform"], one["aborted"]) for one in answer["refreshes"]],
        [(one["for"], one["ms"]) for one in answer["waits"]],
        [(one["owners_ms"], one["planes_ms"], one["ready_ms"]) for one in answer["wipes"]],
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
                one["inked"],
            )
            for one in answer["checks"]
        ],
        answer["bulk_in"],
        answer["panel_errors"],
        answer["emulated_ms"],
        answer["real_ms"],
        answer["cycles"],
    )
