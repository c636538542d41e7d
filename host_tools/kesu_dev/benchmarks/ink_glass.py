"""ink_glass: what a recording looks like on one glass: when points become visible, what a wipe leaves, and
the charge."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.contrast import LEGIBLE_LIGHTNESS, LIGHTNESS_SPAN
from kesu.emulator.panel.film import DRIVE_V, Values
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.sample import Sample
from numpy.typing import NDArray

from kesu_dev.benchmarks.ink_record import Drive, Recording

FIRST_GREY_L, BLACK = 5.0, 0.10
FULL_DRIVE_VS = DRIVE_V * 0.27
"""One drive of a partial waveform: 15 V for 270 ms."""
COVERAGE = 0.05
"""Share of a page that is ink, for the mean over it."""
LOOK_MS, LEGIBLE_MS, HOUR_S = 5.0, 10.0, 3_600.0
REACH_PX = 2


@dataclass(frozen=True)
class Seen:
    """grey_ms, black_ms: by point, from its report to 5 L* and to 90 % black, nan if never. white, ink:
    charge of a white and an inked pixel over note and wipe, in full drives. legible_ms: until the note was no
    longer legible, nan if never or not looked at. left_l: ghost at the end; hour_l: an hour later."""

    grey_ms: Values
    black_ms: Values
    white: float
    ink: float
    legible_ms: float
    left_l: float
    hour_l: float

    @property
    def page(self) -> float:
        """Charge of the mean pixel of a page, in full drives: the common part, and what is tied to the
        ink."""
        return (1.0 - COVERAGE) * self.white + COVERAGE * self.ink


def look(
    recording: Recording, sample: Sample, temperature_c: float | None = None, *, wipe: bool = True
) -> Seen:
    """Play a recording on a glass. wipe: look at legibility during the wipe, too, which takes most of the
    time."""
    time = [recording.start_ns]
    glass = Glass(recording.before.shape[1], recording.before.shape[0])
    glass.now_ns = lambda: time[0]
    glass.usual_vcom_v = recording.vcom_v
    glass.fit(sample, recording.temperature_c if temperature_c is None else temperature_c)
    glass.reflectance = recording.before
    glass.intended = recording.before.copy()
    points = _Points(recording)
    for drive in recording.drives:
        if drive.start_ns < recording.wiped_ns:
            _play(glass, time, drive, points)
        elif not wipe:
            _play(glass, time, drive, None)
    legible = _legible(glass, time, recording) if wipe else np.nan
    time[0] = recording.ends_ns
    charge = glass.charge()
    white = float(np.median(charge[~recording.ink])) / FULL_DRIVE_VS
    ink = float(charge[recording.ink].mean()) / FULL_DRIVE_VS
    left = _ghost(glass, recording)
    time[0] += round(HOUR_S * 1e9)
    return Seen(points.grey_ms, points.black_ms, white, ink, legible, left, _ghost(glass, recording))


class _Points:
    """The pixel of each report that becomes ink, and when it is grey and black."""

    def __init__(self, recording: Recording) -> None:
        height, width = recording.ink.shape
        found, taken = [], set()
        for report in recording.reports:
            if report.at_ns > recording.written_ns:
                continue
            near = [
                (abs(dx) + abs(dy), report.y + dy, report.x + dx)
                for dy in range(-REACH_PX, REACH_PX + 1)
                for dx in range(-REACH_PX, REACH_PX + 1)
                if 0 <= report.y + dy < height and 0 <= report.x + dx < width
            ]
            inked = [place for place in sorted(near) if recording.ink[place[1], place[2]]]
            if inked and inked[0][1:] not in taken:
                taken.add(inked[0][1:])
                found.append((report.at_ns, *inked[0][1:]))
        table = np.array(found, np.int64).reshape(-1, 3)
        self.at_ns: NDArray[np.int64] = table[:, 0]
        self.where = (table[:, 1], table[:, 2])
        self.grey_ms = np.full(len(table), np.nan)
        self.black_ms = np.full(len(table), np.nan)
        self._before: Values | None = None

    def see(self, glass: Glass, now_ns: int) -> None:
        """Note which points are grey or black by now."""
        tones = glass.tones_at(self.where)
        if self._before is None:
            self._before = tones
        since = (now_ns - self.at_ns) / NS_PER_MS
        grey = LIGHTNESS_SPAN * (self._before - tones) >= FIRST_GREY_L
        for times, reached in ((self.grey_ms, grey), (self.black_ms, tones <= BLACK)):
            new = np.isnan(times) & reached & (since > 0)
            times[new] = since[new]


def _play(glass: Glass, time: list[int], drive: Drive, points: _Points | None) -> None:
    time[0] = drive.start_ns
    if points is not None:
        points.see(glass, time[0])
    glass.start(drive.steps, drive.rails, drive.rows, drive.scanned)
    step_ns = round(LOOK_MS * NS_PER_MS)
    while points is not None and time[0] + step_ns < drive.end_ns:
        time[0] += step_ns
        points.see(glass, time[0])
    time[0] = drive.end_ns
    if drive.end_ns - drive.start_ns >= sum(step.length_ns for step in drive.steps):
        glass.finish()
    else:
        glass.stop()
    if points is not None:
        points.see(glass, time[0])


def _legible(glass: Glass, time: list[int], recording: Recording) -> float:
    """Play the wipe; ms from its edge until the note is legible no longer."""
    last = np.nan
    for drive in (one for one in recording.drives if one.start_ns >= recording.wiped_ns):
        time[0] = drive.start_ns
        glass.start(drive.steps, drive.rails, drive.rows, drive.scanned)
        while time[0] < drive.end_ns:
            time[0] = min(time[0] + round(LEGIBLE_MS * NS_PER_MS), drive.end_ns)
            printed = glass.intended <= 0.5
            printed &= ~printed.all()  # the whole page is driven to black
            if glass.legible_contrast(recording.ink & ~printed, printed) >= LEGIBLE_LIGHTNESS:
                last = (time[0] - recording.wiped_ns) / NS_PER_MS
        glass.finish()
    return float(last)


def _ghost(glass: Glass, recording: Recording) -> float:
    return float(glass.ghost_contrast(recording.ink & (glass.intended > 0.5)))
