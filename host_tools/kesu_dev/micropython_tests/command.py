"""command: `kesu dev micropython-tests`, MicroPython's own tests on the virtual pad."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from kesu.common.command_types import Command
from kesu.common.errors import Exit, KesuError
from kesu.images import toolchain
from kesu.images.toolchain.request import BOARDS

from kesu_dev.micropython_tests import play, suite

ROOT = Path(__file__).parents[3]


def source() -> Path:
    """The unpacked MicroPython source tree."""
    found = sorted((ROOT / ".cache" / "sources").glob("micropython-*/tests/run-tests.py"))
    if not found:
        raise KesuError(
            "MicroPython's source tree is missing.", hint="Run `kesu dev build`.", code=Exit.UNAVAILABLE
        )
    return found[-1].parents[1]


def surprises(outcomes: Iterable[play.Outcome], board: str) -> list[str]:
    """Outcomes that known.toml does not state for the board, and the reverse, one line each."""
    known, lines = suite.known(board), []
    for outcome in outcomes:
        expected = known.get(outcome.name, (play.PASS, ""))[0]
        if outcome.result == play.SKIPPED and outcome.name not in known:
            continue
        if outcome.result != expected:
            lines.append(f"{outcome.name}: {outcome.result}, expected: {expected}\n{outcome.printed}")
    return lines


@click.command(
    "micropython-tests",
    cls=Command,
    examples=("kesu dev micropython-tests", "kesu dev micropython-tests --board pico2 basics/int1"),
)
@click.argument("names", nargs=-1)
@click.option(
    "--board",
    type=click.Choice([*BOARDS]),
    default=next(iter(BOARDS)),
    show_default=True,
    help="Board of the service image: Pico (RP2040) or Pico 2 (RP2350).",
)
@click.option("--processes", type=click.IntRange(1), default=2, help="Boards at a time.")
@click.option("--seed", type=click.IntRange(1, 2**31 - 1), default=1, help="Seed of the virtual pad.")
def command(names: tuple[str, ...], board: str, processes: int, seed: int) -> None:
    """Run the tests NAMES, or all, of MicroPython's source tree on the service image, on the virtual pad.

    A test that does not pass must be listed with its reason in known.toml, and one that is listed must not pass.
    Exit code 1: a test did otherwise.
    """
    chosen = [test for test in suite.tests(source()) if not names or test.name in names]
    if missing := set(names) - {test.name for test in chosen}:
        raise KesuError(f"There is no test {sorted(missing)[0]}.", code=Exit.USAGE)
    pad = play.board(toolchain.ensure("service", board=board).uf2, seed)
    outcomes = []
    for outcome in play.run(pad, chosen, processes):
        outcomes.append(outcome)
        if outcome.result not in (play.PASS, play.SKIPPED):
            click.echo(f"{outcome.name}: {outcome.result}")
    counts = Counter(outcome.result for outcome in outcomes)
    click.echo(", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts)))
    lines = surprises(outcomes, board)
    for line in lines:
        click.echo(line)
    if lines:
        raise SystemExit(Exit.NO)
