"""steps: the steps of one pad in `kesu flash` and `kesu seal`, and its state after a stop in each step.

| step | drive | picotool | done when |
|---|---|---|---|
| WAIT | x | x | a worker is free |
| BOOTSEL | running service pads | same | the pad is back on its port in BOOTSEL |
| IDENTIFY | x | x | chip fits, the pad has nothing newer; serial and version read where picotool can |
| ERASE | | unless --keep-files | whole flash 0xFF |
| WRITE | x | x | last block accepted |
| PROVE | | x | whole flash read back and compared |
| RESTART | x | x | the pad is on its port, running |
| CHECK | x | x | USB descriptors and serial are those of the image |
| RECORD | with --record | same | the line is on disk |
| DONE | x | x | |
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """A step; the value is the text of the progress line."""

    WAIT = "waiting"
    BOOTSEL = "restarting into BOOTSEL"
    IDENTIFY = "identifying"
    ERASE = "erasing all"
    WRITE = "writing"
    PROVE = "reading back all"
    RESTART = "starting"
    CHECK = "checking the started image"
    RECORD = "recording"
    DONE = "done"


STANDING: dict[Step, str] = {
    Step.WAIT: "untouched",
    Step.BOOTSEL: "in BOOTSEL or entering it, nothing written; unplug it and plug it in to return to its image",
    Step.IDENTIFY: "in BOOTSEL, nothing written",
    Step.ERASE: "partly erased: it starts in BOOTSEL by itself",
    Step.WRITE: "partly written and unusable: if it was unplugged, hold BOOTSEL while plugging it in",
    Step.PROVE: "written, not verified: do not hand it out",
    Step.RESTART: "written, its start was not seen: do not hand it out",
    Step.CHECK: "written and started, not checked: do not hand it out",
    Step.RECORD: "finished, but not in the record",
    Step.DONE: "finished",
}
"""The state of a pad that stops in a step."""


BEFORE_WRITING = (Step.WAIT, Step.BOOTSEL, Step.IDENTIFY)


@dataclass(frozen=True)
class Verdict:
    """A result: its text, its stable number (0: success), and what to do about it."""

    word: str
    code: int
    advice: str


DONE = Verdict("done", 0, "")
SKIPPED = Verdict("skipped", 0, "")
WRONG_CHIP = Verdict("wrong chip", 10, "take the image for that chip")
NO_BOOTSEL = Verdict(
    "not in BOOTSEL", 11, "hold BOOTSEL while plugging the pad in, then run the command again"
)
LOST = Verdict("lost", 12, "plug it in with BOOTSEL held, then run the command again")
WRITE_FAILED = Verdict("write failed", 13, "run the command again; if it fails again, the pad is broken")
NOT_PROVEN = Verdict("not proven", 14, "seal it (again); if that fails too, the pad is broken")
NO_START = Verdict("no start", 15, "plug it in with BOOTSEL held, then run the command again")
WRONG_IDENTITY = Verdict(
    "wrong identity", 16, "do not hand it out; see which image it runs with `kesu devices`"
)
TOOL_FAILED = Verdict("tool failed", 17, "see the note; run `kesu doctor` to find the cause")
INTERRUPTED = Verdict("interrupted", 18, "run the command again")
NOT_RECORDED = Verdict("not recorded", 19, "fix the record file, then run the command again")
OLDER = Verdict("older", 20, "take the newest release; --allow-older writes an older one over a newer one")
VERDICTS = (
    DONE,
    SKIPPED,
    WRONG_CHIP,
    NO_BOOTSEL,
    LOST,
    WRITE_FAILED,
    NOT_PROVEN,
    NO_START,
    WRONG_IDENTITY,
    TOOL_FAILED,
    INTERRUPTED,
    NOT_RECORDED,
    OLDER,
)


class Stopped(Exception):
    """Ends the job of one pad."""

    def __init__(self, verdict: Verdict, note: str) -> None:
        super().__init__(note)
        self.verdict = verdict
        self.note = note
