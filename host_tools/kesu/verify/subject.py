"""subject: what a run verifies: an image, a pad that booted it, and the contents of the run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, ForkError, ForkLost, fork_run
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.outcome import MaskEntry
from kesu.verify.profile import Profile
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy

State = TypeVar("State")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Subject:
    """What every check gets. pad: READY and blank; checks play on copies of it. pairs: number of pairs to play."""

    image: BuiltImage
    pad: VirtualPad
    policy: Policy
    profile: Profile
    seed: int
    pairs: int
    mask: Sequence[MaskEntry]

    @staticmethod
    def booted(
        image: BuiltImage,
        policy: Policy,
        profile: Profile,
        seed: int,
        pairs: int,
        mask: Sequence[MaskEntry],
    ) -> Subject:
        """Boot a pad with the image. Raises NotReady, or KesuError for an image that cannot be run."""
        pad = scenario.boot(image, seed)
        _ = pad.memory_map  # parsed once, for all copies
        return Subject(image, pad, policy, profile, seed, pairs, mask)

    def of_turn(self, number: int) -> Subject:
        """The same with the seed of that turn, counted from 0."""
        return replace(self, seed=self.seed + number)


def on_copy(
    name: str,
    state: State,
    play: Callable[[State], Result],
    broken: Callable[[str], Result],
    timeout_s: float = 600.0,
) -> Result | Failed:
    """Play on a copy, for `timeout_s` of wall time at most. The pad that did not complete it gives `broken(reason)`;
    Failed if its process was lost, which says nothing about the pad."""
    try:
        return fork_run(state, play, timeout_s)
    except ForkLost as error:
        return Failed(name, str(error), lost=True)
    except ForkError as error:
        return broken(str(error).strip().splitlines()[-1])
