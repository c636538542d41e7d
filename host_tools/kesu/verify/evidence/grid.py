"""grid: groups the cells of a run by event and resource, and lists the reasons for what does not hold."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kesu.verify.evidence.words import EVENTS, RESOURCES, event_order, milliseconds
from kesu.verify.outcome import Cell
from kesu.verify.results import Run

GONE_LATE = "the note was not gone in time"
State = Literal["holds", "BROKEN", "not run"]


@dataclass(frozen=True)
class Square:
    """All cells of one event and one resource."""

    event: str
    resource: str
    cells: tuple[Cell, ...]

    @property
    def state(self) -> State:
        if not self.cells:
            return "not run"
        return "holds" if all(cell.holds for cell in self.cells) else "BROKEN"

    @property
    def note(self) -> str:
        """Number of cells and slowest time until clean, if there is one."""
        if not self.cells:
            return ""
        failed = sum(not cell.holds for cell in self.cells)
        if failed:
            return f"{failed} of {len(self.cells)} failed"
        times = [cell.at_ms for cell in self.cells if cell.at_ms is not None]
        return f"{len(self.cells)} × {milliseconds(max(times))}" if times else f"{len(self.cells)} ×"


def events_of(run: Run) -> list[str]:
    """Every event of the guarantee, and any other that the run tried, in order."""
    return sorted(EVENTS.keys() | {cell.event for cell in run.cells}, key=event_order)


def resources_of(run: Run) -> list[str]:
    """Every resource of the guarantee, and any other that the run checked, in order."""
    return sorted(RESOURCES.keys() | {cell.resource for cell in run.cells}, key=event_order)


def squares(run: Run) -> list[list[Square]]:
    """A row for each event, a square for each resource."""
    gathered: dict[tuple[str, str], list[Cell]] = {}
    for cell in run.cells:
        gathered.setdefault((cell.event, cell.resource), []).append(cell)
    return [
        [
            Square(event, resource, tuple(gathered.get((event, resource), ())))
            for resource in resources_of(run)
        ]
        for event in events_of(run)
    ]


def reasons(run: Run) -> list[str]:
    """One sentence for each thing that does not hold, the matrix first."""
    found = []
    for row in squares(run):
        for square in row:
            bad = [cell for cell in square.cells if not cell.holds]
            if bad:
                what = bad[0].reason
                more = f" ({len(bad)} of {len(square.cells)} scenarios)" if len(square.cells) > 1 else ""
                found.append(f"{_named(square.event)}, {_named(square.resource)}: {what}{more}")
    found += [
        f"{_named(timing.event)}, {timing.step}: {timing.slowest}, "
        f"allowed are {milliseconds(timing.bound_ms)}"
        for timing in run.timings
        if not timing.holds
    ]
    for pair in run.pairs:
        if not pair.holds:
            open_bytes = sum(part.differing for part in pair.differences if not part.mask)
            places = ", ".join(pair.open_places)
            what = pair.reason or f"{open_bytes} bytes depend on what was written, in {places}"
            found.append(f"Two runs compared ({pair.kind}, {_named(pair.event)}, seed {pair.seed}): {what}")
    found += [f"Walk, seed {walk.seed}: {walk.reason}" for walk in run.walks if not walk.holds]
    found += [
        f"Guided search, seed {search.seed}: {search.reason or 'reached nothing'}"
        for search in run.guided
        if not search.holds
    ]
    found += [f"{kind.kind}: {name} places ran with ink" for kind in run.coverage for name in kind.open]
    found += [f"Structure, {finding.rule}: {finding.detail}" for finding in run.findings if not finding.holds]
    found += [
        f"The seeded leak “{mutant.name}” was not caught: the check is not good enough"
        for mutant in run.mutants
        if not (mutant.caught or mutant.drawn)
    ]
    found += [
        f"Fault ({trial.campaign}), {trial.fault}, seed {trial.seed}: {trial.reason or GONE_LATE}"
        for trial in run.faults
        if not trial.holds
    ]
    if run.interrupted:
        found.append("The run was interrupted")
    found += [f"Could not be run: {failure.job}: {failure.reason}" for failure in run.failures]
    found += [f"Missing: {part}" for part in run.missing]
    if not run.cells and not run.interrupted:
        found.append("No wipe event was tried, so nothing is shown")
    return found


def _named(identity: str) -> str:
    name = EVENTS.get(identity) or RESOURCES.get(identity)
    return f"{name} ({identity})" if name else identity
