"""sample: which of the panels that this one could be is fitted: what nobody has measured, as numbers to
choose."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, replace

from kesu.emulator.panel.films import DEEP_GHOST

WEAK = 0.3
"""Voltage of an activation that is incomplete: an assumption, by which no film turns in one partial
refresh."""


@dataclass(frozen=True)
class Sample:
    """Which of the panels that could be this one is fitted: what nobody has measured.

    film: number of kesu.emulator.panel.films; by default the one that is hardest to clean. vcom_error_v: VCOM
    of the OTP minus that at which a held pixel sees no field; vcom_table_v: the film's usual VCOM minus that.
    kick_v: what scanning at 125 instead of 50 Hz adds to the field of a held pixel. incomplete: share of the
    pixels on which an activation has only a part of its effect, others each time. repeat_s: time of 15 V
    towards the other tone that a held pixel gets when an activation repeats the one before with unchanged
    planes.
    """

    film: int = DEEP_GHOST
    vcom_error_v: float = 0.0
    vcom_table_v: float = 0.0
    kick_v: float = 0.0
    incomplete: float = 0.0
    repeat_s: float = 0.0


NOMINAL = Sample()


def pessimistic(sample: Sample) -> Sample:
    """The same panel as the only public report on an SSD1683 in mode 2 has it (draftling #47, other glass):
    an activation leaves transitions incomplete, and repeating it with unchanged RAM harms what is held. By
    how much is assumed."""
    return replace(sample, incomplete=0.1, repeat_s=0.004)
