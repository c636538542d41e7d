"""results: results by kind, and a run of `kesu verify` with the conclusions computed from them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from kesu.verify.outcome import (
    Cell,
    Coverage,
    Failure,
    Finding,
    Guided,
    MaskEntry,
    Mutant,
    Pair,
    Timing,
    Trial,
    Walk,
    sayable,
)

SCHEMA = 5
"""Version of report.json; raised when a field changes its meaning or is removed."""

Verdict = Literal["HOLDS", "BROKEN", "INCOMPLETE"]
Target = Literal["EMULATED", "HARDWARE"]

CONCLUSIONS = {
    "cells": ("reason", "holds"),
    "pairs": ("holds",),
    "walks": ("reason", "holds"),
    "coverage": ("holds",),
    "guided": ("holds",),
    "mutants": ("caught",),
    "findings": (),
    "timings": ("holds",),
    "faults": ("holds",),
    "mask": (),
    "failures": (),
}
"""The lists of a run, and for each the fields of report.json that are computed from the others."""
PARTS = tuple(CONCLUSIONS)


@dataclass(kw_only=True)
class Results:
    """Results by kind, of a run or of a part of it. failures: parts that could not be done. pictures: PNG files by
    name: glass-before, glass-after, ram-before, ram-after."""

    cells: list[Cell] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    guided: list[Guided] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    faults: list[Trial] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """Whether any result does not hold."""
        return not all(self._held())

    def _held(self) -> Iterator[bool]:
        yield from (cell.holds for cell in self.cells)
        yield from (pair.holds for pair in self.pairs)
        yield from (walk.holds for walk in self.walks)
        yield from (kind.holds for kind in self.coverage)
        yield from (search.holds for search in self.guided)
        yield from (mutant.caught or mutant.drawn for mutant in self.mutants)
        yield from (finding.holds for finding in self.findings)
        yield from (trial.holds for trial in self.faults)

    def take(self, other: Results) -> None:
        """Add the results of another part."""
        self.cells += other.cells
        self.pairs += other.pairs
        self.walks += other.walks
        self.coverage += other.coverage
        self.guided += other.guided
        self.mutants += other.mutants
        self.findings += other.findings
        self.faults += other.faults
        self.failures += other.failures
        self.pictures |= other.pictures


@dataclass(kw_only=True)
class Run(Results):
    """Everything one run of `kesu verify` found.

    turns: complete turns of a soak, 1 for other profiles. missing: what the profile requires and the run did not
    do (kesu.verify.evidence.demands).
    """

    target: Target
    profile: str
    seed: int
    started: str
    image: dict[str, Any]
    versions: dict[str, str]
    seconds: float = 0.0
    interrupted: bool = False
    turns: int = 1
    missing: list[str] = field(default_factory=list)
    mask: list[MaskEntry] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    search: dict[str, Any] = field(default_factory=dict)

    @property
    def scenarios(self) -> int:
        """Number of scenarios: distinct (event, scenario, seed) of the matrix, one per pair (the shared reference is
        not counted), one per walk, one per mutant."""
        played = {(cell.event, cell.scenario, cell.seed) for cell in self.cells}
        return len(played) + len(self.pairs) + len(self.walks) + len(self.mutants)

    @property
    def broken(self) -> bool:
        """Whether any checked item does not hold."""
        return super().broken or not all(timing.holds for timing in self.timings)

    @property
    def drawn(self) -> dict[str, Any]:
        """What the checks noticed of the leaks that the seed drew. It is about the checks, not about the image, so no
        verdict depends on it: noticed, of, and the names of the survivors."""
        known = [mutant for mutant in self.mutants if mutant.drawn]
        survived = [mutant.name for mutant in known if not mutant.caught]
        return {"noticed": len(known) - len(survived), "of": len(known), "survived": survived}

    @property
    def verdict(self) -> Verdict:
        """BROKEN when anything does not hold; HOLDS only when all that the profile requires was also completed."""
        if self.broken:
            return "BROKEN"
        whole = self.cells and not (self.interrupted or self.failures or self.missing)
        return "HOLDS" if whole else "INCOMPLETE"

    def to_dict(self) -> dict[str, Any]:
        """The content of report.json; pictures are separate files."""
        content = {name: value for name, value in self.__dict__.items() if name != "pictures"}
        for name, conclusions in CONCLUSIONS.items():
            content[name] = [
                asdict(entry) | {word: getattr(entry, word) for word in conclusions}
                for entry in getattr(self, name)
            ]
        head = {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "scenarios": self.scenarios,
            "drawn": self.drawn,
        }
        return {name: sayable(value) for name, value in (head | content).items()}
