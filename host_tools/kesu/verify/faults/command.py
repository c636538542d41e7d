"""command: `kesu faults`: campaigns of faults on an image, on the virtual pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from kesu.common.command_types import IMAGE, Command
from kesu.common.errors import Exit
from kesu.common.progress import Progress
from kesu.emulator.board.revision import REVISIONS, SECOND
from kesu.emulator.core.fork import Failed, run_jobs
from kesu.images.toolchain.request import BuiltImage, built_files
from kesu.verify import notes, outcome
from kesu.verify.faults import bounded, broken_parts, calls, hostile_usb, power, software
from kesu.verify.faults.trial import Task, broke, run_tasks
from kesu.verify.found import Found
from kesu.verify.outcome import Trial
from kesu.verify.scenes import scenario
from kesu.verify.scenes.scenario import Policy
from kesu.verify.search.measure import EVERY_PAGE

CAMPAIGNS = ("power", "parts", "usb", "software", "allocations", "calls")
DEFAULTS = {"power": 100, "parts": 0, "usb": 5_000, "software": 60, "allocations": 40, "calls": 100}
"""Default sample of statements and allocations; a high enough --count takes all of them."""
SEARCH_ONE_IN = 20


@click.command(
    "faults",
    cls=Command,
    examples=(
        "kesu faults IMAGE",
        "kesu faults IMAGE --campaign power --count 500",
        "kesu faults IMAGE --seed 4711 --json",
    ),
)
@click.argument("image", type=IMAGE)
@click.option(
    "--campaign",
    type=click.Choice(CAMPAIGNS),
    multiple=True,
    show_default="all",
    help="Run this campaign only; may be repeated.",
)
@click.option(
    "--count",
    type=click.IntRange(1),
    show_default="by campaign",
    help="Number of faults of the one --campaign.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), show_default="random", help="Seed: reproduces a run."
)
@click.option(
    "--board",
    type=click.Choice(list(REVISIONS)),
    default=SECOND.name,
    show_default=True,
    help="Revision of the board whose supply the campaign power runs on.",
)
@click.option(
    "--pessimistic",
    is_flag=True,
    help="Run the campaign power on the worst hold-up cell, in hot cases and on docks.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, help="Number of processes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    image: Path,
    campaign: tuple[str, ...],
    count: int | None,
    seed: int | None,
    board: str,
    pessimistic: bool,
    jobs: int,
    as_json: bool,
) -> None:
    """Inject power, part, USB and software faults into IMAGE while a note is on the pad.

    The note must be gone within its bound after every fault and never come back. Exit code 1: it was not.
    """
    if count is not None and len(campaign) != 1:
        raise click.UsageError("--count needs one --campaign: add --campaign NAME.")
    if (board != SECOND.name or pessimistic) and "power" not in (campaign or CAMPAIGNS):
        raise click.UsageError("--board and --pessimistic act on --campaign power only.")
    chosen = secrets.randbelow(2**31) if seed is None else seed
    powered = partial(power.tasks, board=REVISIONS[board], pessimistic=pessimistic)
    files = built_files(image)
    began = time.monotonic()
    trials: list[Trial] = []
    for name in campaign or CAMPAIGNS:
        number = count if count is not None else DEFAULTS[name]
        if name == "calls":
            trials += _calls(files, chosen, number, jobs)
        elif name in ("software", "allocations"):
            trials += _software(files, name, chosen, number, jobs)
        else:
            trials += _campaign(files, name, chosen, number, jobs, powered)
    broken = [trial for trial in trials if not trial.holds]
    if as_json:
        click.echo(json.dumps([asdict(trial) | {"holds": trial.holds} for trial in trials], indent=1))
    else:
        click.echo(_text(trials, broken, chosen, time.monotonic() - began))
    raise SystemExit(Exit.NO if broken else Exit.OK)


def _campaign(
    image: BuiltImage, name: str, seed: int, count: int, jobs: int, powered: Callable[[int, int], list[Task]]
) -> list[Trial]:
    mine, others = notes.family("kanji", ("digits",), seed)
    written = scenario.write(scenario.boot(image, seed), mine, Policy.of(image), EVERY_PAGE)
    tasks = powered(seed, count) if name == "power" else _tasks(image, name, others, seed, count)
    found: list[Trial] = []
    with Progress(f"Breaking {name} ({len(tasks)} trials, seed {seed})") as step:
        for trial in run_tasks(written, tasks, jobs):
            found.append(trial)
            step.update(len(found), len(tasks), trial.fault)
    return found


def _tasks(image: BuiltImage, name: str, others: notes.Note, seed: int, count: int) -> list[Task]:
    if name == "parts":
        return broken_parts.tasks(seed)
    other = scenario.write(scenario.boot(image, seed), others, Policy.of(image)).pad
    floods = hostile_usb.flood_tasks(seed, bounded.FLOODS)
    return hostile_usb.pair_tasks(other, seed, count) + hostile_usb.storm_tasks(seed) + floods


def _software(image: BuiltImage, name: str, seed: int, count: int, jobs: int) -> list[Trial]:
    found: list[Trial] = []
    with Progress(f"Breaking {name} (seed {seed})") as step:

        def tell(trial: Trial, total: int) -> None:
            found.append(trial)
            step.update(len(found), total, trial.fault)

        run = software.exceptions if name == "software" else software.allocations
        coverage = run(image, seed, count, jobs, tell)
    return [*found, coverage.as_trial(name, seed)]


def _calls(image: BuiltImage, seed: int, count: int, pads: int) -> list[Trial]:
    found = Found()
    with Progress(f"Taking {count} calls (seed {seed})") as step:
        for job, result in run_jobs(calls.jobs(image, seed, count, -(-count // SEARCH_ONE_IN), pads), pads):
            found.add(Found.failed(result) if isinstance(result, Failed) else result)
            step.update(found.scenarios, count, job.name)
    return found.faults + [broke(failure.job, failure.reason) for failure in found.failures]


def _text(trials: list[Trial], broken: list[Trial], seed: int, seconds: float) -> str:
    lines = []
    for name in dict.fromkeys(trial.campaign for trial in trials):
        part = [trial for trial in trials if trial.campaign == name]
        slowest = max((trial.gone_ms for trial in part if trial.gone_ms is not None), default=0.0)
        held = sum(trial.holds for trial in part)
        lines.append(
            f"{name}: {held} of {len(part)} trials hold; the slowest was over after {slowest:,.0f} ms"
        )
        lines += [
            f"  {trial.fault}: {trial.seen}; {trial.ended}"
            for trial in part
            if name in ("parts", "calls") or trial.fault == outcome.COVERAGE
        ]
    lines += [
        f"BROKEN {trial.campaign}, {trial.fault} (seed {trial.seed}): {trial.reason}" for trial in broken
    ]
    lines.append(f"{'BROKEN' if broken else 'HOLDS'}: {len(trials)} trials in {seconds:.0f} s, seed {seed}")
    return "\n".join(lines)
