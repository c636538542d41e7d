"""shrink: a failing pair, made as small as it stays failing, and what differs in it."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kesu.verify.noninterference import pairs
from kesu.verify.noninterference.pairs import Plan
from kesu.verify.outcome import MaskEntry, Pair
from kesu.virtual.pad import VirtualPad

MOST_TRIES = 8


def shrink(
    pad: VirtualPad,
    plan: Plan,
    mask: Sequence[MaskEntry],
    judge: Callable[[VirtualPad, Sequence[Plan], Sequence[MaskEntry]], list[pairs.Result]] = pairs.run,
) -> Pair:
    """The pair with as few strokes as still differ, found by leaving out halves, quarters and so on, within
    MOST_TRIES tries; its reason names strokes and places."""
    strokes = list(range(len(plan.one.beats)))
    smallest = judge(pad, [plan], mask)[0].pair
    tries, size = 0, len(strokes) // 2
    while size and tries < MOST_TRIES:
        for start in range(0, len(strokes), size):
            kept = strokes[:start] + strokes[start + size :]
            if not kept or tries == MOST_TRIES:
                continue
            tries += 1
            other = plan.other.only(kept) if plan.other else None
            found = judge(pad, [replace(plan, one=plan.one.only(kept), other=other)], mask)[0].pair
            if not found.holds:
                strokes, smallest = kept, found
                break
        else:
            size //= 2
            continue
        size = min(size, len(strokes) // 2)
    places = ", ".join(dict.fromkeys(d.place for d in smallest.differences if not d.mask))
    reason = f"differs with stroke(s) {strokes} of seed {plan.seed} alone: {places or smallest.reason}"
    return replace(smallest, reason=reason)
