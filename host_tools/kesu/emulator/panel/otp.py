"""otp: films as their panels are sold: times of their supplies, and the waveforms in the controller's OTP."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.ssd16xx_waveform import VSH1, VSL, VSS, Step
from kesu.spec.controllers import FILM_TIMES, USUAL_VCOM_V

Name = Literal["full", "fast", "partial", "custom"]
"""custom: from the registers."""

FRAME_NS = 10 * NS_PER_MS
SHORTEST_PHASE_MS = 250
"""A phase of a flashing waveform turns every film completely: the slowest of those that fit the public end
points needs some 190 ms for nine tenths of its way (kesu_dev.film_bands)."""


@dataclass(frozen=True)
class Stored:
    """A waveform in OTP. degrees: whole degrees that select it; mode_2: display mode; drive_ms: its frames:
    the published length of BUSY without the overhead of the activation (ssd16xx_update): 88 ms of FCh and
    F4h, 83 of D4h."""

    name: Name
    mode_2: bool
    degrees: range
    drive_ms: float

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its frames, which nobody has published: see `differential` and `flashing`."""
        return differential(self.drive_ms) if self.mode_2 else flashing(self.drive_ms)


@dataclass(frozen=True)
class Film:
    """Properties of a panel's film: supply times, OTP content, and the VCOM that its vendor's tables name.
    Modes and degrees that match no stored waveform do not drive the glass (hardware-facts A.3)."""

    name: str
    power_on_ns: int
    power_off_ns: int
    otp: tuple[Stored, ...]
    vcom_v: float = USUAL_VCOM_V

    def stored(self, temperature_c: int, mode_2: bool) -> Stored | None:
        """The waveform that a LUT load selects at this temperature; None if there is none."""
        for each in self.otp:
            if each.mode_2 == mode_2 and temperature_c in each.degrees:
                return each
        return None


def published(film: str, name: str) -> Film:
    """The film of that name in panels.toml with the times of controllers.toml. name: as its vendor calls it."""
    times = FILM_TIMES[film]
    stored = tuple(Stored(each.name, each.mode_2, each.degrees, each.drive_ms) for each in times.otp)
    on_ns, off_ns = round(times.power_on_ms * NS_PER_MS), round(times.power_off_ms * NS_PER_MS)
    return Film(name, on_ns, off_ns, stored, times.vcom_v)


@cache
def differential(drive_ms: float) -> tuple[Step, ...]:
    """Changed pixels get one voltage, the others none: what remains of a partial refresh of 358 ms without
    its overhead is some 270 ms (hardware-facts A.4)."""
    return _padded(drive_ms, [(round(drive_ms * NS_PER_MS / FRAME_NS), (VSS, VSL, VSH1, VSS))])


@cache
def flashing(drive_ms: float) -> tuple[Step, ...]:
    """Phases of alternating sign, an even number, so that the charge is zero as in the public waveforms for
    GDEY042T81 (hardware-facts A.4); the last one drives to the new picture."""
    phases = max(2, int(drive_ms // SHORTEST_PHASE_MS) // 2 * 2)
    frames = int(drive_ms * NS_PER_MS / FRAME_NS / phases)
    white_last = [(VSH1, VSL)[index % 2] for index in range(phases)]
    black_last = [(VSL, VSH1)[index % 2] for index in range(phases)]
    return _padded(drive_ms, [(frames, (b, w, b, w)) for b, w in zip(black_last, white_last, strict=True)])


def _padded(drive_ms: float, parts: list[tuple[int, tuple[int, int, int, int]]]) -> tuple[Step, ...]:
    """Steps of `parts`, and frames without drive up to the published length."""
    steps = [Step(frames, FRAME_NS, codes) for frames, codes in parts]
    rest_ns = round(drive_ms * NS_PER_MS) - sum(step.length_ns for step in steps)
    if rest_ns > 0:
        steps.append(Step(1, rest_ns, (VSS, VSS, VSS, VSS)))
    return tuple(steps)
