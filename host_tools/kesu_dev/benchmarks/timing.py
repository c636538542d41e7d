"""timing: tests whether a host can infer the written digit from the pad's USB timing."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from kesu_dev.benchmarks import classify
from kesu_dev.benchmarks.classify import Figure
from kesu_dev.benchmarks.timing_notes import Plan, Recording, record


@dataclass(frozen=True)
class Timing:
    """Results of the best attacker for one channel of one image, by the jitter of his clock in us."""

    image: str
    plan: Plan
    moments: int
    """Median number of times in a recording."""
    figures: dict[float, Figure]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "image": self.image,
            "channel": self.plan.channel,
            "during": "wipe" if self.plan.during_wipe else "writing",
            "seed": self.plan.seed,
            "pause_us": self.plan.pause_us,
            "bytes": self.plan.size,
            "poll_us": self.plan.poll_us,
            "miss_cycles": self.plan.miss_cycles,
            "moments_per_note": self.moments,
            "jitter_us": {f"{jitter:g}": figure.to_dict() for jitter, figure in self.figures.items()},
        }


def measure(
    uf2: Path,
    plan: Plan,
    jitters_us: Sequence[float],
    progress: Callable[[float], None] = lambda part: None,
) -> Timing:
    """Record the notes of a plan and classify them, once for each jitter.

    Raises KesuError if the pad fails under the host of this channel.
    """
    recordings = record(uf2, plan, progress)
    moments = [sum(len(series) for series in one.times_us) for one in recordings]
    return Timing(
        uf2.stem,
        plan,
        round(median(moments)),
        {jitter: figure(recordings, plan, jitter) for jitter in jitters_us},
    )


def figure(recordings: Sequence[Recording], plan: Plan, jitter_us: float) -> Figure:
    """The best attacker's result for the recordings with a clock of that jitter."""
    generator = np.random.default_rng([plan.seed, round(1000 * jitter_us)])
    seen = [
        [classify.jittered(series, jitter_us, generator) for series in one.times_us] for one in recordings
    ]
    return classify.best(seen, [one.digit for one in recordings], plan.length_us, plan.seed)
