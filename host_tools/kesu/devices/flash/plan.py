"""plan: the steps for every pad, and the outcome of one pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.devices.discovery.find import Pad
from kesu.devices.flash.image import FlashImage
from kesu.devices.flash.record import Record
from kesu.devices.flash.steps import Step, Verdict


@dataclass(frozen=True)
class Plan:
    """The steps for every pad. action: "flash" or "seal". erase: with picotool, erase the entire flash first and
    verify all of it afterwards.

    only_check: nothing is written, the flash is read back and compared. resume: skip pads that the record lists
    as done. allow_older: also write over a newer version. patience_s: timeout for a pad to reappear.
    mark: begins every line of a rehearsal.
    """

    image: FlashImage
    action: str
    picotool: bool
    erase: bool = True
    only_check: bool = False
    resume: bool = False
    record: Record | None = None
    allow_older: bool = False
    patience_s: float = 20.0
    mark: str = ""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one pad: the verdict, the last step, and a sentence."""

    pad: Pad
    verdict: Verdict
    step: Step
    note: str
    proof: str
    seconds: float
