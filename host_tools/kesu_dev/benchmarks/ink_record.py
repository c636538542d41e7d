"""ink_record: a note that is written and wiped once, as what the panel was driven with: to be looked at on
any glass.

The firmware does not see the glass, so one recording serves every film; only what changes BUSY or the planes
needs its own.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from kesu.emulator import scenario
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.panel.contrast import Mask, Tones
from kesu.emulator.panel.ssd16xx_waveform import Rails, Step
from kesu.emulator.touch import handwriting
from kesu.verify.scenes.variants import Variant
from numpy.typing import NDArray

LETTERS = "漢字名前住所電話折返東京都中村様明日午後0123456789時半アカサタナ"
SIZES_PX, SPEEDS_PX_S = (30.0, 36.0, 40.0), (80.0, 260.0)
PITCH_PX, LEFT_PX, TOP = 36.0, 12.0, 0.25
REST_MS, WIPE_MS, AFTER_MS = 1_700.0, 6_000.0, 300.0


@dataclass(frozen=True)
class Drive:
    """A waveform that began, and when it ended, ns."""

    start_ns: int
    end_ns: int
    steps: Sequence[Step]
    rails: Rails
    rows: NDArray[np.uint8]
    scanned: Mask | None


@dataclass(frozen=True)
class Report:
    """A report of the touch chip: falling edge of INT, ns, and its pixel."""

    at_ns: int
    x: int
    y: int


@dataclass
class Recording:
    """A session. before: the glass at its start, 1 white. ink: pixels of the note. written_ns: the last
    stroke's end; wiped_ns: edge of the event; ready_ns: READY; ends_ns: of the recording. lost: samples lost;
    idle_s: rails on without a scan."""

    panel: str
    temperature_c: float
    vcom_v: float
    before: Tones
    start_ns: int
    reports: list[Report] = field(default_factory=list)
    drives: list[Drive] = field(default_factory=list)
    ink: Mask = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    written_ns: int = 0
    wiped_ns: int = 0
    ready_ns: int = 0
    ends_ns: int = 0
    writing_s: float = 0.0

    @property
    def refreshes_per_s(self) -> float:
        """Waveforms begun while writing, by second."""
        count = sum(one.start_ns < self.written_ns for one in self.drives)
        return count / self.writing_s


def record(uf2: Path, variant: Variant, *, seed: int = 1, panel: str | None = None) -> Recording:
    """Boot the image on a panel, write a line of letters, let it rest, wipe it with the key."""
    pad = scenario.boot_pad(uf2, seed=seed, panel=panel, fit=variant.fit)
    pad.run_for(REST_MS)
    found = Recording(
        pad.fitted,
        pad.glass.temperature_c,
        pad.glass.usual_vcom_v,
        np.clip(np.rint(pad.glass.reflectance), 0, 1).astype(np.float32),
        pad.clock.now_ns,
    )
    _listen(pad, found)
    generator = random.Random(f"letters {seed}")
    x, began = LEFT_PX, pad.clock.now_ns
    while x + PITCH_PX < pad.glass.width - LEFT_PX:
        letter = handwriting.strokes(
            generator.choice(LETTERS), x, TOP * pad.glass.height, generator.choice(SIZES_PX)
        )
        pad.run_for(pad.pen.write(letter, generator.uniform(*SPEEDS_PX_S)) + generator.uniform(50.0, 250.0))
        x += PITCH_PX
    found.written_ns = pad.clock.now_ns
    found.writing_s = (found.written_ns - began) / 1e9
    pad.run_for(REST_MS)
    found.ink = (pad.panel.page() == 0) & (found.before > 0.5)
    found.wiped_ns = pad.clock.now_ns
    pad.keys["WIPE"].tap()
    pad.run_for(50.0)
    scenario.wait_ready(pad, WIPE_MS)
    found.ready_ns = pad.clock.now_ns
    pad.run_for(AFTER_MS)
    found.ends_ns = pad.clock.now_ns
    return found


def _listen(pad: VirtualPad, found: Recording) -> None:
    """Record reports of the touch chip and waveforms of the panel from now on."""
    inner, start, finish, stop = pad.touch.on_int, pad.glass.start, pad.glass.finish, pad.glass.stop
    running: list[Drive] = []

    def on_int(level: bool) -> None:
        point = pad.touch.reported()
        if not level and point is not None:
            found.reports.append(Report(pad.clock.now_ns, *point))
        if inner is not None:
            inner(level)

    def starts(
        steps: Sequence[Step], rails: Rails, rows: NDArray[np.uint8], scanned: Mask | None = None
    ) -> None:
        running.append(Drive(pad.clock.now_ns, 0, steps, rails, rows.copy(), scanned))
        start(steps, rails, rows, scanned)

    def ends(inner_end: Callable[[], None]) -> None:
        found.drives.extend(replace(one, end_ns=pad.clock.now_ns) for one in running)
        running.clear()
        inner_end()

    pad.touch.on_int = on_int
    pad.glass.start = starts  # type: ignore[method-assign]
    pad.glass.finish = lambda: ends(finish)  # type: ignore[method-assign]
    pad.glass.stop = lambda: ends(stop)  # type: ignore[method-assign]
