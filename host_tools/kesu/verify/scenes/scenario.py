"""scenario: boots a pad to READY, writes a note on it, and prepares the search for that note."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesu.common.documents import from_json, read_plain
from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import FILMS
from kesu.verify import notes
from kesu.verify.search import measure
from kesu.verify.search.measure import Blank, PointLog
from kesu.verify.search.searcher import Searcher

READY_TIMEOUT_MS = 4_000.0
NS_PER_MS = 1_000_000
LEAST_READY_AFTER_MS = {name: float(film.ready_after_ms) for name, film in FILMS.items()}
"""Minimum of READY_AFTER_MS in the panels' drivers: a policy cannot set less than the refreshes take."""
TICKS_PERIOD_MS = 1 << 30
"""ticks_ms of the rp2 port counts modulo 2**30 (12.4 days)."""


class NotReady(KesuError):
    """The image did not reach READY, so it cannot be verified."""


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
class Written:
    """A pad with a note on it."""

    pad: VirtualPad
    policy: Policy
    reference: Blank
    log: PointLog
    searcher: Searcher
    ink: NDArray[np.bool_]
    written: notes.Note
    dropped: int


def move_timer(pad: VirtualPad, ms: float) -> None:
    """Set the chip's timer forward, as if it had slept; emulated time does not change.

    Alarms that are already armed still fire at their time: firmware then finds later ones due.
    """
    pad.emulator.mcu.timer._epoch_nanos -= ms * NS_PER_MS


def boot(image: BuiltImage, seed: int, *, ticks_ms: float = 0.0) -> VirtualPad:
    """A pad booted to READY on a PC that holds DTR, with ticks_ms starting at `ticks_ms`.

    Raises NotReady when it does not enumerate or never signals READY.
    """
    pad = VirtualPad(image.uf2, elf=image.elf, seed=seed)
    pad.power_on()
    if ticks_ms:
        move_timer(pad, ticks_ms)
    pad.host.attach()
    try:
        pad.run_until(lambda: pad.host.enumerated, READY_TIMEOUT_MS)
        pad.host.set_dtr(True)
        pad.run_until(lambda: pad.host.serial_state.dsr, READY_TIMEOUT_MS)
    except (EmulationTimeout, ValueError) as error:
        seconds = READY_TIMEOUT_MS / 1_000.0
        message = f"the image does not say READY on the call line within {seconds:.0f} s"
        raise NotReady(message, code=Exit.DATA) from error
    return pad


def write(pad: VirtualPad, written: notes.Note, policy: Policy, ends: Collection[str] = ("AWAY",)) -> Written:
    """Write a note on a ready pad and wait until its refreshes have ended. ends: as in measure.blank."""
    reference = measure.blank(pad, ends)
    log = PointLog(pad)
    pad.run_for(notes.play(pad, written) + 20.0)
    settle(pad)
    picture = pad.panel.page()
    wanted, dropped = measure.note_needles(pad, log.points, reference)
    return Written(
        pad,
        policy,
        reference,
        log,
        Searcher(wanted),
        measure.ink_pixels(picture, reference),
        written,
        dropped,
    )


def settle(pad: VirtualPad) -> None:
    """Wait until the last ink is on the glass: BUSY low for 30 ms (a refresh takes 358)."""
    quiet = 0
    for _ in range(100):
        pad.run_for(10.0)
        quiet = 0 if pad.panel.busy else quiet + 1
        if quiet == 3:
            return
