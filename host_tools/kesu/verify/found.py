"""found: what scenarios, jobs and turns found, and how it adds up to a run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field

from kesu.emulator.core.fork import Failed
from kesu.verify.chance import Chance
from kesu.verify.outcome import Failure, Trial
from kesu.verify.results import Results
from kesu.verify.trace.coverage import Ran


@dataclass(frozen=True)
class NoteFacts:
    """Numbers of needles for one note."""

    kind: str
    seed: int
    needles: int
    dropped: int


@dataclass(kw_only=True)
class Found(Results):
    """What a part of a run found. Every job sends it, and adding all of them gives the run.

    scenarios: how many it completed, for the progress. samples: ms until each step of the guarantee, by event and step.
    glass: greatest difference between the glasses of a pair, L*. answer_us: greatest difference between the times of an
    answer to the host. ran: what ran in the walks while there was ink.
    """

    scenarios: int = 0
    samples: dict[tuple[str, str], list[float | None]] = field(default_factory=dict)
    notes: list[NoteFacts] = field(default_factory=list)
    chances: list[Chance] = field(default_factory=list)
    glass: float = 0.0
    answer_us: float = 0.0
    ran: Ran = field(default_factory=Ran)

    @staticmethod
    def failed(failed: Failed) -> Found:
        """A part that could not be done, which says nothing about the image."""
        return Found(failures=[Failure(failed.job, failed.why)])

    @staticmethod
    def trial(trial: Trial | Failed) -> Found:
        """One fault."""
        return Found.failed(trial) if isinstance(trial, Failed) else Found(scenarios=1, faults=[trial])

    def add(self, other: Found) -> None:
        """Add what another part found."""
        self.take(other)
        self.scenarios += other.scenarios
        self.notes += other.notes
        self.chances += other.chances
        self.glass = max(self.glass, other.glass)
        self.ran.add(other.ran)
        self.answer_us = max(self.answer_us, other.answer_us)
        for step, times in other.samples.items():
            self.samples.setdefault(step, []).extend(times)
