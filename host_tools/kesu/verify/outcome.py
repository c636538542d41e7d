"""outcome: what a verification run found, as plain records; a runner fills them, evidence prints them."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = 1
"""Version of report.json; raised when a field changes its meaning or goes away."""

Verdict = Literal["HOLDS", "BROKEN", "INTERRUPTED"]


@dataclass(frozen=True)
class Cell:
    """One wipe event against one resource, in one scenario.

    before: hits (or L* of contrast for R8) while the note was there, the positive control. after: the same
    once the bound was over. at_ms: emulated ms from the event's edge until the resource was clean for good,
    None if never. reason: one sentence when it does not hold.
    """

    event: str
    resource: str
    scenario: str
    seed: int
    before: float
    after: float
    at_ms: float | None
    bound_ms: float
    holds: bool
    reason: str = ""


@dataclass(frozen=True)
class Difference:
    """A run of bytes that differs between the two pads of a pair; mask is the entry that allows it."""

    resource: str
    address: int
    length: int
    place: str
    mask: str | None


@dataclass(frozen=True)
class Pair:
    """Two runs of equal timing and different ink, compared byte for byte after the wipe."""

    kind: str
    event: str
    seed: int
    compared_bytes: int
    differences: tuple[Difference, ...]
    reason: str = ""

    @property
    def holds(self) -> bool:
        return not self.reason and all(difference.mask for difference in self.differences)


@dataclass(frozen=True)
class MaskEntry:
    """An allowed difference: where, how many bytes, why it cannot carry ink."""

    name: str
    resource: str
    place: str
    size: int
    reason: str


@dataclass(frozen=True)
class Mutant:
    """A seeded leak: caught when one of the checks it names reports it."""

    name: str
    change: str
    teaches: str
    expected: tuple[str, ...]
    caught_by: tuple[str, ...]
    detail: str = ""

    @property
    def caught(self) -> bool:
        return bool(set(self.expected) & set(self.caught_by))


@dataclass(frozen=True)
class Finding:
    """One rule of the structure audit, read from ELF, UF2, manifest or the enumerated device."""

    rule: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Timing:
    """The distribution of one step of design §1 for one event: emulated ms of every scenario."""

    event: str
    step: str
    bound_ms: float
    samples_ms: tuple[float, ...]

    @property
    def holds(self) -> bool:
        """Whether the step happened, and in time in every scenario."""
        return bool(self.samples_ms) and max(self.samples_ms) <= self.bound_ms


@dataclass(frozen=True)
class Trial:
    """What one fault of a campaign did.

    seen: how the pad noticed it, in words. gone_ms: emulated ms from the fault until neither RAM nor planes
    nor the glass's legible contrast told of the note; None: never. ended: the state that the pad reached.
    reason: why it does not hold, in a sentence; empty if it does. figures: what was measured besides, by name
    with its unit.
    """

    campaign: str
    fault: str
    seed: int
    seen: str
    gone_ms: float | None
    ended: str
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.reason


JUDGED = {
    "cells": "holds",
    "pairs": "holds",
    "findings": "holds",
    "mutants": "caught",
    "timings": "holds",
    "faults": "holds",
}
"""The parts of a run that its verdict counts, and what each entry of them must be."""


def verdict_of(interrupted: bool, results: Callable[[str, str], list[bool]]) -> Verdict:
    """The verdict on a run, or on its report. results: of a part of JUDGED, by its word, for each entry."""
    if interrupted:
        return "INTERRUPTED"
    found = {part: results(part, word) for part, word in JUDGED.items()}
    return "HOLDS" if found["cells"] and all(all(part) for part in found.values()) else "BROKEN"


@dataclass
class Run:
    """Everything one run of `kesu verify` found."""

    target: Literal["EMULATED", "HARDWARE"]
    profile: str
    seed: int
    started: str
    image: dict[str, Any]
    versions: dict[str, str]
    seconds: float = 0.0
    interrupted: bool = False
    cells: list[Cell] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    mask: list[MaskEntry] = field(default_factory=list)
    mutants: list[Mutant] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    faults: list[Trial] = field(default_factory=list)
    search: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """PNG files by name: glass-before, glass-after, ram-before, ram-after."""

    @property
    def scenarios(self) -> int:
        """Scenarios run: distinct (event, scenario, seed) of the matrix, one per pair (the reference, which
        pairs share, is not counted), one per mutant."""
        played = {(cell.event, cell.scenario, cell.seed) for cell in self.cells}
        return len(played) + len(self.pairs) + len(self.mutants)

    @property
    def verdict(self) -> Verdict:
        """HOLDS only when something was checked and everything that was checked holds."""
        return verdict_of(
            self.interrupted, lambda part, word: [getattr(entry, word) for entry in getattr(self, part)]
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of report.json; pictures are files of their own."""
        content = {name: value for name, value in self.__dict__.items() if name != "pictures"}
        for name in ("cells", "pairs", "mask", "mutants", "findings", "timings", "faults"):
            content[name] = [asdict(entry) for entry in content[name]]
        for entry, pair in zip(content["pairs"], self.pairs, strict=True):
            entry["holds"] = pair.holds
        for entry, mutant in zip(content["mutants"], self.mutants, strict=True):
            entry["caught"] = mutant.caught
        for entry, timing in zip(content["timings"], self.timings, strict=True):
            entry["holds"] = timing.holds
        for entry, fault in zip(content["faults"], self.faults, strict=True):
            entry["holds"] = fault.holds
        return {"schema": SCHEMA, "verdict": self.verdict, "scenarios": self.scenarios, **content}
