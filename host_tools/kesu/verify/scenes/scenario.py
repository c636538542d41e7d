"""scenario: a pad of an image with a note on it, and the search for that note."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kesu.common.uf2 import load, parse
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import boot_pad, settle
from kesu.images.policy.stamp import block_of, named, panel_of
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import FILMS
from kesu.verify import notes
from kesu.verify.search.measure import USUAL_PAGES
from kesu.verify.search.noted import Noted, noted
from kesu.verify.uses import judge

READY_TIMEOUT_MS = 4_000.0
LEAST_READY_AFTER_MS = {name: float(film.ready_after_ms) for name, film in FILMS.items()}
"""Minimum of READY_AFTER_MS in the panels' drivers: a policy cannot set less than the refreshes take."""


@dataclass(frozen=True)
class Policy:
    """What of an image's policy the scenes depend on; times in emulated ms. undo_right: where the undo field is."""

    idle_ms: float
    max_age_ms: float
    ready_after_ms: float
    wrap_up_ms: float = 0.0
    call_age_ms: float = 3_600_000.0
    countdown_ms: float = 10_000.0
    extension_ms: float = 0.0
    max_extensions: int = 0
    wrap_up_by_hook: bool = False
    wrap_up_by_end: bool = False
    undo_right: bool = False

    @property
    def extensions(self) -> int:
        """How many touches in a countdown to the maximum age extend it."""
        return self.max_extensions if self.extension_ms and self.countdown_ms else 0

    @classmethod
    def of(cls, image: BuiltImage) -> Policy:
        """Read from the policy block of the image; raises KesuError for one without a valid block."""
        uf2 = parse(load(image.uf2), image.uf2)
        policy = block_of(uf2, image.uf2).in_firmware_units
        panel = panel_of(named(uf2, image.uf2))
        return cls(
            float(policy["IDLE_MS"]),
            float(policy["MAX_AGE_MS"]),
            max(float(policy["READY_AFTER_MS"]), LEAST_READY_AFTER_MS[panel]),
            float(policy["WRAP_UP_MS"]),
            float(policy["CALL_AGE_MS"]),
            float(policy["COUNTDOWN_MS"]),
            float(policy["EXTENSION_MS"]),
            policy["MAX_EXTENSIONS"],
            bool(policy["WRAP_UP_BY_HOOK"]),
            bool(policy["WRAP_UP_BY_END"]),
            bool(policy["HAND"]),
        )


@dataclass
class Written(Noted):
    """A pad with one of the test notes on it. wrapping: it is in after-call work."""

    policy: Policy
    written: notes.Note
    wrapping: bool = False


def boot(
    image: BuiltImage,
    seed: int,
    *,
    ticks_ms: float = 0.0,
    fit: Callable[[VirtualPad], None] = lambda pad: None,
) -> VirtualPad:
    """A pad booted to READY on a PC that holds DTR, with ticks_ms starting at `ticks_ms`. fit: changes its parts before
    the start. What it uses from then on is watched.

    Raises NotReady when it does not enumerate or never signals READY.
    """
    pad = boot_pad(
        image.uf2, elf=image.elf, seed=seed, ticks_ms=ticks_ms, within_ms=READY_TIMEOUT_MS, fit=fit
    )
    pad.left_handed = Policy.of(image).undo_right
    judge.watch(pad)
    return pad


def write(
    pad: VirtualPad, written: notes.Note, policy: Policy, ends: Collection[str] = USUAL_PAGES
) -> Written:
    """Write a note on a ready pad and wait until its refreshes have ended. ends: as in measure.blank."""
    found = noted(pad, lambda: play(pad, written), ends)
    return Written(**vars(found), policy=policy, written=written)


def play(pad: VirtualPad, written: notes.Note) -> None:
    """Move the pen as the note says, and wait until all of it is on the glass."""
    pen_ms = notes.play(pad, written)
    pad.run_for(pen_ms + 20.0)
    settle(pad)
