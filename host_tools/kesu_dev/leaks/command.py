"""command: `kesu dev leaks`: draws leaks by seed and reports which the checks notice."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path

import click
from kesu.common.command_types import OUTPUT_FILE, Command
from kesu.common.errors import Exit
from kesu.emulator.core.executor import executor
from kesu.emulator.core.fork import Failed
from kesu.images.toolchain.request import BOARDS
from kesu.spec.panels import DEFAULT_PANEL, PANELS
from kesu.verify.leaks import campaign
from kesu.verify.leaks.campaign import Outcome
from kesu.verify.profile import LEAKS
from kesu.verify.runner import drawn


@click.command(
    "leaks",
    cls=Command,
    examples=(
        "kesu dev leaks --count 24",
        "kesu dev leaks --seed 941 --count 500 --out leaks.jsonl --scheduler tcp://10.0.0.5:8786",
        "kesu dev leaks --seed 941 --only 7",
    ),
)
@click.option("--count", type=click.IntRange(1, 100_000), default=24, help="Number of leaks.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), show_default="random", help="Seed of the leaks.")
@click.option("--only", type=click.IntRange(0), multiple=True, help="Draw only the leak with this number.")
@click.option("--board", type=click.Choice([*BOARDS]), default="pico", help="Board of the images.")
@click.option("--panel", type=click.Choice([*PANELS]), default=DEFAULT_PANEL, help="Panel of the images.")
@click.option("--out", type=OUTPUT_FILE, help="Add each outcome to this file, and resume from it.")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, help="Number of local processes.")
@click.option(
    "--without",
    type=click.Choice((*LEAKS.checks, drawn.REVIEWS)),
    multiple=True,
    help="Leave out a check, or the lists of reviewed code.",
)
@click.option("--scheduler", default="", help="Run on the cluster of this dask scheduler.")
def command(
    count: int,
    seed: int | None,
    only: tuple[int, ...],
    board: str,
    panel: str,
    out: Path | None,
    jobs: int,
    without: tuple[str, ...],
    scheduler: str,
) -> None:
    """Draw leaks by seed, build each into an image, and report which of them the checks notice.

    A leak leads ink from a source to a store or an output, when a trigger is met, at a moment. Each is run first
    without the checks: if no ink reaches its place, it is void and drawn again. Exit code 0: all were noticed, 1: some
    survived.
    """
    chosen = secrets.randbelow(2**31) if seed is None else seed
    numbers = only or tuple(range(count))
    outcomes: list[Outcome] = []
    lost = 0
    for outcome in campaign.run(
        executor(jobs, scheduler), drawn.work(without), board, panel, chosen, numbers, out
    ):
        if isinstance(outcome, Failed):
            lost += 1
            click.echo(f"{outcome.job} could not be run: {outcome.why}", err=True)
            continue
        outcomes.append(outcome)
        click.echo(_line(outcome))
    click.echo(summary(outcomes, chosen))
    if lost:
        raise SystemExit(Exit.INCOMPLETE)
    raise SystemExit(Exit.NO if any(outcome.survived for outcome in outcomes) else Exit.OK)


def _line(outcome: Outcome) -> str:
    verdict = "SURVIVED" if outcome.survived else f"caught by {outcome.caught_by}"
    return f"{outcome.name} {verdict}: {outcome.path}"


def summary(outcomes: list[Outcome], seed: int) -> str:
    """Rate, survivors by group, voids and CPU time."""
    survivors = [outcome for outcome in outcomes if outcome.survived]
    caught = len(outcomes) - len(survivors)
    voids = sum(len(outcome.voids) for outcome in outcomes)
    spent = [sum((outcome.build_s, outcome.probe_s, outcome.judge_s)) for outcome in outcomes]
    lines = [
        f"seed {seed}: {caught} of {len(outcomes)} leaks noticed, {voids} draws were void",
        f"CPU a leak: {sum(spent) / max(1, len(spent)):.1f} s",
    ]
    groups = Counter(outcome.group for outcome in survivors)
    lines += [f"survived in {group}: {number}" for group, number in groups.most_common()]
    return "\n".join(lines)
