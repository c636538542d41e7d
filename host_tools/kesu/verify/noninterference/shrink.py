"""shrink: reduces a failing pair to the fewest strokes that still fail, and names the differences."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.noninterference import pairs
from kesu.verify.noninterference.families import Family
from kesu.verify.outcome import MaskEntry, Pair
from kesu.verify.scenes.scenario import Policy

MOST_TRIES = 8


def shrink(
    pad: VirtualPad,
    policy: Policy,
    single: Family,
    mask: Sequence[MaskEntry],
    judge: Callable[[VirtualPad, Policy, Family, Sequence[MaskEntry]], list[pairs.Result]] = pairs.run,
) -> Pair:
    """The pair of `single`, a family of one, reduced to the fewest strokes that still differ, by leaving out halves,
    quarters and so on, within MOST_TRIES tries. Its reason names strokes and places."""
    (ink,) = single.inks
    strokes = list(range(len(ink.beats)))
    smallest = judge(pad, policy, single, mask)[0].pair
    tries, size = 0, len(strokes) // 2
    while size and tries < MOST_TRIES:
        for start in range(0, len(strokes), size):
            kept = strokes[:start] + strokes[start + size :]
            if not kept or tries == MOST_TRIES:
                continue
            tries += 1
            reference = single.reference.only(kept) if single.reference else None
            found = judge(pad, policy, replace(single, inks=(ink.only(kept),), reference=reference), mask)[
                0
            ].pair
            if not found.holds:
                strokes, smallest = kept, found
                break
        else:
            size //= 2
            continue
        size = min(size, len(strokes) // 2)
    places = ", ".join(smallest.open_places)
    reason = f"differs with stroke(s) {strokes} of seed {ink.seed} alone: {places or smallest.reason}"
    return replace(smallest, reason=reason)
