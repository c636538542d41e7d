"""trial: one fault on a copy of a pad with a note on it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, Send, run_jobs
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS, LEGIBLE_LIGHTNESS
from kesu.verify.outcome import NOT_JUDGED, Trial
from kesu.verify.scenes.scenario import Written
from kesu.verify.search import measure, on_glass
from kesu.verify.subject import on_copy

QUICK_MS = 1_000.0
CHUNK = 8
"""Trials in one job: enough to make the cost of a process negligible."""


@dataclass(frozen=True)
class Task:
    """A trial to run. The pad passed to `run` cannot be used afterwards."""

    campaign: str
    fault: str
    seed: int
    run: Callable[[Written], Trial]


def run_tasks(written: Written, tasks: Sequence[Task], processes: int) -> Iterator[Trial]:
    """Run every trial on its own fork of one written pad; a trial that fails to run does not hold."""

    def job(part: Sequence[Task]) -> Job[Trial | Failed]:
        def run(send: Send[Trial | Failed]) -> None:
            for task in part:
                send(done(written, task))

        return Job(part[0].fault, run, len(part), float(len(part)))

    parts = [tasks[at : at + CHUNK] for at in range(0, len(tasks), CHUNK)]
    for _, result in run_jobs([job(part) for part in parts], processes):
        yield broke(result.job, result.why) if isinstance(result, Failed) else result


def broke(job: str, why: str) -> Trial:
    """A job that could not be judged, as a trial that does not hold."""
    return Trial("campaign", job, 0, "", None, NOT_JUDGED, f"the trial broke: {why}")


def done(written: Written, task: Task) -> Trial | Failed:
    """Run one trial on a copy of the pad; Failed if its process was lost, which says nothing about the
    pad."""
    return on_copy(
        f"{task.campaign}, {task.fault}, seed {task.seed}",
        written,
        task.run,
        lambda why: Trial(
            task.campaign, task.fault, task.seed, "", None, NOT_JUDGED, f"the trial broke: {why}"
        ),
    )


def left_in_memory(written: Written) -> int:
    """Hits in RAM, USB RAM, registers, planes and the touch chip."""
    pad, search = written.pad, written.searcher.search
    planes = search(bytes(pad.panel.bw)).hits + search(bytes(pad.panel.red)).hits
    return measure.residue(pad, written.searcher) + planes


def legible(written: Written) -> bool:
    """Whether the eye can read the note on the glass."""
    return on_glass.contrast(written.pad, written.ink, written.reference) >= LEGIBLE_LIGHTNESS


def dirty(written: Written) -> bool:
    """Whether a camera can see a residual image of the note on the glass."""
    return on_glass.ghost(written.pad, written.ink, written.reference) >= CLEAN_LIGHTNESS


def at_end(written: Written, *, glass: bool = True) -> dict[str, float | None]:
    """Figures of a trial that its verdict depends on: hits in memory and, with `glass`, the residual image,
    L*."""
    return {
        "left_hits": float(left_in_memory(written)),
        "ghost_L": float(on_glass.ghost(written.pad, written.ink, written.reference)) if glass else None,
    }


def wait_gone(
    written: Written, bound_ms: float, *, glass: bool = True, every_ms: float = 5.0
) -> float | None:
    """Emulated ms until nothing is left in memory, and with `glass` nothing legible; None when never."""
    pad: VirtualPad = written.pad
    began = pad.now_ms
    while pad.now_ms - began <= bound_ms:
        if not (glass and legible(written)) and left_in_memory(written) == 0:
            return pad.now_ms - began
        # A search costs more than running: poll less often the longer it takes.
        pad.run_for(every_ms if pad.now_ms - began < QUICK_MS else 20 * every_ms)
    return None
