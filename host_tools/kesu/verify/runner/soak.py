"""soak: a run in turns, each made from its seed alone, so that a soak can be resumed with the next seed."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Job
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import plan
from kesu.verify.noninterference import families
from kesu.verify.outcome import MaskEntry
from kesu.verify.runner import jobs
from kesu.verify.scenes.scenario import Policy


def first_scenario(seed: int) -> str:
    """Description of the first scenario of a soak with that seed."""
    first = plan.matrix(seed, "soak")[0][0]
    return f"{first.event.label}; {first.kind}, note {first.seed}"


def turn_jobs(
    image: BuiltImage, pad: VirtualPad, policy: Policy, seed: int, mask: Sequence[MaskEntry]
) -> list[Job[Any]]:
    """A turn: a note with all events, a share of the awkward moments, a family of pairs, a wrap of ticks."""
    return [
        *jobs.matrix_jobs(pad, policy, seed, "soak"),
        jobs.family_job(pad, policy, f"pairs, seed {seed}", families.turn(seed), mask),
        jobs.chance_job(pad, policy, seed, "quick"),
        jobs.wrap_job(image, policy, seed, "quick"),
    ]
