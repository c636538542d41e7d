"""plan: what is to be done to every pad, and how one pad's way ended."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.flash.image import FlashImage
from kesu.flash.record import Record
from kesu.flash.steps import Step, Verdict
from kesu.pads.find import Pad


@dataclass(frozen=True)
class Plan:
    """What is done to every pad. action: "flash" or "seal". erase: with picotool, all first, all proven
    after.

    only_check: nothing is written, the flash is read back and compared. resume: leave alone what the record
    has as done. allow_older: write it over a newer version, too. patience_s: for a pad to come back.
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


@dataclass(frozen=True)
class Outcome:
    """How one pad's way ended: the verdict, the step it ended in, and a sentence."""

    pad: Pad
    verdict: Verdict
    step: Step
    note: str
    proof: str
    seconds: float
