"""found: what scenarios, jobs and turns found, and how it adds up to a run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, field

from kesu.emulator.core.fork import Failed
from kesu.verify.chance import Chance
from kesu.verify.outcome import Cell, Failure, Finding, Mutant, Pair, Trial


@dataclass(frozen=True)
class NoteFacts:
    """Numbers of needles for one note."""

    kind: str
    seed: int
    needles: int
    dropped: int


@dataclass
class Found:
    """What a part of a run found. Every job sends it, and adding all of them gives the run.

    scenarios: how many it completed, for the progress. samples: ms until each step of the guarantee, by event and step.
    glass: greatest difference between the glasses of a pair, L*. answer_us: greatest difference between the times of an
    answer to the host. pictures: PNG files by name.
    """

    scenarios: int = 0
    cells: list[Cell] = field(default_factory=list)
    samples: dict[tuple[str, str], list[float | None]] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    faults: list[Trial] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notes: list[NoteFacts] = field(default_factory=list)
    chances: list[Chance] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    glass: float = 0.0
    answer_us: float = 0.0

    @staticmethod
    def failed(failed: Failed) -> Found:
        """A part that could not be done, which says nothing about the image."""
        return Found(failures=[Failure(failed.job, failed.why)])

    @staticmethod
    def trial(trial: Trial | Failed) -> Found:
        """One fault."""
        return Found.failed(trial) if isinstance(trial, Failed) else Found(1, faults=[trial])

    @property
    def broken(self) -> bool:
        """Whether anything in it does not hold."""
        held = [cell.holds for cell in self.cells] + [pair.holds for pair in self.pairs]
        held += [mutant.caught for mutant in self.mutants] + [finding.holds for finding in self.findings]
        return not all(held + [trial.holds for trial in self.faults])

    def add(self, other: Found) -> None:
        """Add what another part found."""
        self.scenarios += other.scenarios
        self.cells += other.cells
        self.pairs += other.pairs
        self.mutants += other.mutants
        self.findings += other.findings
        self.faults += other.faults
        self.failures += other.failures
        self.notes += other.notes
        self.chances += other.chances
        self.pictures |= other.pictures
        self.glass = max(self.glass, other.glass)
        self.answer_us = max(self.answer_us, other.answer_us)
        for step, times in other.samples.items():
            self.samples.setdefault(step, []).extend(times)
