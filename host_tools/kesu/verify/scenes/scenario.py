"""scenario: a pad of an image with a note on it, and the search for that note."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.scenario import boot_pad, settle
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import FILMS
from kesu.verify import notes
from kesu.verify.search.noted import Noted, noted

READY_TIMEOUT_MS = 4_000.0
LEAST_READY_AFTER_MS = {name: float(film.ready_after_ms) for name, film in FILMS.items()}
"""Minimum of READY_AFTER_MS in the panels' drivers: a policy cannot set less than the refreshes take."""


@dataclass(frozen=True)
class Policy:
    """Times baked into the image, emulated ms."""

    idle_ms: float
    max_age_ms: float
    ready_after_ms: float
    wrap_up_ms: float = 0.0

    @classmethod
    def of(cls, image: BuiltImage) -> Policy:
        """Read from the image's manifest; raises KesuError when it lacks a time."""
        try:
            manifest = from_json(read_plain(image.manifest))
            policy = manifest["policy"]
            return cls(
                float(policy["IDLE_MS"]),
                float(policy["MAX_AGE_MS"]),
                max(float(policy["READY_AFTER_MS"]), LEAST_READY_AFTER_MS[manifest["panel"]]),
                float(policy["WRAP_UP_MS"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KesuError(
                f"{image.manifest.name} does not tell the policy of the image ({error})",
                hint="keep the three files that `kesu dev build` makes together",
                code=Exit.DATA,
            ) from error


@dataclass
class Written(Noted):
    """A pad with one of the test notes on it."""

    policy: Policy
    written: notes.Note


def boot(image: BuiltImage, seed: int, *, ticks_ms: float = 0.0) -> VirtualPad:
    """A pad booted to READY on a PC that holds DTR, with ticks_ms starting at `ticks_ms`.

    Raises NotReady when it does not enumerate or never signals READY.
    """
    return boot_pad(image.uf2, elf=image.elf, seed=seed, ticks_ms=ticks_ms, within_ms=READY_TIMEOUT_MS)


def write(pad: VirtualPad, written: notes.Note, policy: Policy, ends: Collection[str] = ("AWAY",)) -> Written:
    """Write a note on a ready pad and wait until its refreshes have ended. ends: as in measure.blank."""
    found = noted(pad, lambda: play(pad, written), ends)
    return Written(**vars(found), policy=policy, written=written)


def play(pad: VirtualPad, written: notes.Note) -> None:
    """Move the pen as the note says, and wait until all of it is on the glass."""
    pen_ms = notes.play(pad, written)
    pad.run_for(pen_ms + 20.0)
    settle(pad)
