"""command: `kesu dev agree`, the scenario suite on all benches."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
from kesu.common.command_types import Command
from kesu.common.errors import Exit
from kesu.images import toolchain
from kesu.images.toolchain.request import BOARDS, BuiltImage
from kesu.spec.panels import FILMS

from kesu_dev.crosscheck import node_bench
from kesu_dev.crosscheck.answer import Answer
from kesu_dev.crosscheck.compare import Agreement, compare
from kesu_dev.crosscheck.node_bench import Run
from kesu_dev.crosscheck.play import Stage
from kesu_dev.crosscheck.suite import Scenario, load, load_ink
from kesu_dev.crosscheck.unicorn_windows import Compared

CORES = {"pico": (node_bench.RP2040JS, node_bench.PAGE), "pico2": (node_bench.PAGE,)}
"""For each board, what executes its image on the bench in TypeScript."""
DEFAULT_EVERY = 997


@dataclass(frozen=True)
class Row:
    """One scenario on one board and panel: the virtual pad compared with one other bench.

    windows: what unicorn executed again while the virtual pad played; in one row only of those with the same answer.
    """

    scenario: Scenario
    board: str
    panel: str
    core: str
    python: Answer
    node: Answer
    agreement: Agreement
    windows: Compared


def image_of(panel: str, board: str = "pico") -> BuiltImage:
    """The sealed image that runs on a board and a panel with one of its films, a key of FILMS."""
    return toolchain.ensure("sealed", board=board, panel=FILMS[panel].panel.name)


def agree(
    scenarios: list[Scenario],
    panels: Sequence[str] = (),
    seed: int = 1,
    boards: Sequence[str] = ("pico",),
    every: int = DEFAULT_EVERY,
) -> Iterator[Row]:
    """Play `scenarios` on all benches, for `boards`, on their panels, limited to `panels` if given.

    every: unicorn executes again one of so many windows of the virtual pad's run; 0: none.
    """
    ink = load_ink()
    for board in boards:
        runs = [
            Run(scenario, board, panel, image_of(panel, board))
            for scenario in scenarios
            for panel in scenario.panels
            if not panels or panel in panels
        ]
        stages = {run.panel: Stage(run.image.uf2, run.panel, seed, every) for run in runs}
        others = {core: node_bench.play(runs, seed, core) for core in CORES[board]}
        for run in runs:
            python, windows = stages[run.panel].play(run.scenario, ink)
            for core, answers in others.items():
                node = next(answers)
                yield Row(run.scenario, board, run.panel, core, python, node, compare(python, node), windows)
                windows = Compared()


HEAD = """\
| scenario | board | panel | the other bench | checks | time apart | planes | grey | emulated s | real s, both | |
|---|---|---|---|---|---|---|---|---|---|---|"""


def line(row: Row) -> str:
    """One row of the table, in Markdown."""
    found = row.agreement
    emulated = f"{row.node.emulated_ms / 1e3:.1f}"
    real = f"{row.python.real_ms / 1e3:.1f} / {row.node.real_ms / 1e3:.1f}"
    verdict = "agree" if found.agrees else "DIFFER"
    return (
        f"| {row.scenario.name} | {row.board} | {row.panel} | {row.core} | {found.checks} | {found.time_ms:.2f} ms "
        f"| {found.planes} | {found.grey} | {emulated} | {real} | {verdict} |"
    )


def differences(rows: list[Row]) -> str:
    """Every difference above its limit, one line each; empty when all agree."""
    return "\n".join(
        f"- {row.scenario.name}, {row.board}, {row.panel}, {row.core}: {one}"
        for row in rows
        for one in (*row.agreement.differences, *row.windows.differences)
    )


def totals(rows: list[Row]) -> str:
    """One line for each board: what unicorn executed again."""
    lines = []
    for board in dict.fromkeys(row.board for row in rows):
        found = sum((row.windows for row in rows if row.board == board), Compared())
        lines.append(
            f"unicorn, {board}: {found.windows:,} windows, {found.instructions:,} instructions; "
            f"differences {len(found.differences):,}; not compared {found.excluded:,}"
        )
    return "\n".join(lines)


@click.command(
    "agree",
    cls=Command,
    examples=(
        "kesu dev agree",
        "kesu dev agree NAME --board pico2 --panel 2in9",
    ),
)
@click.argument("names", nargs=-1)
@click.option(
    "--board",
    "boards",
    multiple=True,
    type=click.Choice([*BOARDS]),
    help="Run the image for this board only; may be repeated.",
    show_default="all",
)
@click.option(
    "--panel",
    "panels",
    multiple=True,
    type=click.Choice([*FILMS]),
    help="Run on this panel only; may be repeated.",
    show_default="all",
)
@click.option(
    "--seed",
    type=click.IntRange(1, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option(
    "--every",
    type=click.IntRange(0),
    default=DEFAULT_EVERY,
    help="Let unicorn execute again one of so many windows of the virtual pad's run; 0: none.",
)
def command(
    names: tuple[str, ...], boards: tuple[str, ...], panels: tuple[str, ...], seed: int, every: int
) -> None:
    """Run the scenarios NAMES, or all, on every test bench and compare.

    The virtual pad plays each one. The bench in TypeScript plays it by rp2040js (Pico), and by the cores in C that the
    page runs (both boards). Unicorn executes windows of the virtual pad's run again. Exit code 1: something differs.
    """
    rows = []
    click.echo(HEAD)
    for row in agree(load(names), panels, seed, boards or tuple(BOARDS), every):
        click.echo(line(row))
        rows.append(row)
    click.echo(totals(rows))
    if differences(rows):
        click.echo(differences(rows))
        raise SystemExit(Exit.NO)
