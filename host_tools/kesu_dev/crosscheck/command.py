"""command: `kesu dev agree`, the scenario suite on both benches."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
from kesu.common.command_types import Command
from kesu.common.errors import Exit
from kesu.images import toolchain
from kesu.images.toolchain.request import BuiltImage
from kesu.spec.panels import FILMS

from kesu_dev.crosscheck import node_bench
from kesu_dev.crosscheck.answer import Answer
from kesu_dev.crosscheck.compare import Agreement, compare
from kesu_dev.crosscheck.play import Stage
from kesu_dev.crosscheck.suite import Scenario, load, load_ink


@dataclass(frozen=True)
class Row:
    """One scenario on one panel, on both benches."""

    scenario: Scenario
    panel: str
    python: Answer
    node: Answer
    agreement: Agreement


def image_of(panel: str) -> BuiltImage:
    """The sealed image that runs on a panel with one of its films, a key of FILMS."""
    return toolchain.ensure("sealed", panel=FILMS[panel].panel.name)


def agree(scenarios: list[Scenario], panels: tuple[str, ...] = (), seed: int = 1) -> Iterator[Row]:
    """Play `scenarios` on both benches, on their panels, limited to `panels` if given."""
    ink = load_ink()
    runs = [
        (scenario, panel, image_of(panel))
        for scenario in scenarios
        for panel in scenario.panels
        if not panels or panel in panels
    ]
    stages = {panel: Stage(image.uf2, panel, seed) for _, panel, image in runs}
    for (scenario, panel, _), node in zip(runs, node_bench.play(runs, seed), strict=True):
        python = stages[panel].play(scenario, ink)
        yield Row(scenario, panel, python, node, compare(python, node))


HEAD = """\
| scenario | panel | checks | time apart | planes | grey | emulated s | real s, Python / Node | |
|---|---|---|---|---|---|---|---|---|"""


def line(row: Row) -> str:
    """One row of the table, in Markdown."""
    found = row.agreement
    emulated = f"{row.node.emulated_ms / 1e3:.1f}"
    real = f"{row.python.real_ms / 1e3:.1f} / {row.node.real_ms / 1e3:.1f}"
    verdict = "agree" if found.agrees else "DIFFER"
    return (
        f"| {row.scenario.name} | {row.panel} | {found.checks} | {found.time_ms:.2f} ms "
        f"| {found.planes} | {found.grey} | {emulated} | {real} | {verdict} |"
    )


def differences(rows: list[Row]) -> str:
    """Every difference above its limit, one line each; empty when all agree."""
    return "\n".join(
        f"- {row.scenario.name}, {row.panel}: {one}" for row in rows for one in row.agreement.differences
    )


@click.command(
    "agree",
    cls=Command,
    examples=(
        "kesu dev agree",
        "kesu dev agree NAME --panel 2in9",
    ),
)
@click.argument("names", nargs=-1)
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
def command(names: tuple[str, ...], panels: tuple[str, ...], seed: int) -> None:
    """Run the scenarios NAMES, or all, on both test benches (rp2040py, rp2040js) and compare.

    Exit code 1: the benches differ.
    """
    rows = []
    click.echo(HEAD)
    for row in agree(load(names), panels, seed):
        click.echo(line(row))
        rows.append(row)
    if not all(row.agreement.agrees for row in rows):
        click.echo(differences(rows))
        raise SystemExit(Exit.NO)
