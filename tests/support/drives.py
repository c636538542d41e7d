"""drives: waveforms of the OTP put on a glass directly, on a clock of its own."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from kesu.emulator.panel.contrast import Mask
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import differential, flashing
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, Rails, Step, length_ns

DIFFERENTIAL, FAST, FULL = differential(270.0), flashing(1_057.0), flashing(1_912.0)


class Time:
    """The time that a glass sees."""

    def __init__(self, glass: Glass) -> None:
        self.ns = 0
        glass.now_ns = lambda: self.ns


def drive(
    glass: Glass, steps: Sequence[Step], old: Mask, new: Mask, share: float = 1.0, rails: Rails = OTP_RAILS
) -> None:
    """A waveform from its start to `share` of its length; masks are True where a plane is white."""
    time = Time(glass)
    begin(glass, steps, old, new, rails)
    time.ns += round(length_ns(steps) * share)
    if share >= 1.0:
        glass.finish()
    else:
        glass.stop()


def begin(glass: Glass, steps: Sequence[Step], old: Mask, new: Mask, rails: Rails = OTP_RAILS) -> None:
    """Start a waveform now."""
    glass.start(steps, rails, 2 * old.astype(np.uint8) + new.astype(np.uint8))
