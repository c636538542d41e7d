"""peers_command: `kesu dev benchmark peers`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click
from kesu.common.command_types import IMAGE, INPUT_FILE, Command
from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.images import toolchain
from kesu.images.toolchain.request import STOCK
from kesu.spec.panels import PANELS

from kesu_dev.benchmarks import recipes as known
from kesu_dev.benchmarks.peers import measure_driver, measure_ours
from kesu_dev.benchmarks.sending import Sending
from kesu_dev.benchmarks.table import aligned


@click.command(
    "peers",
    cls=Command,
    short_help="Compare how public drivers and Kesu send a frame.",
    examples=(
        "kesu dev benchmark peers",
        "kesu dev benchmark peers --driver epaper4in2.py",
    ),
)
@click.option(
    "--driver",
    "drivers",
    multiple=True,
    type=INPUT_FILE,
    help="File of a MicroPython driver to measure; may be repeated.",
)
@click.option(
    "--recipes",
    "recipe_file",
    type=INPUT_FILE,
    default=known.OWN,
    show_default="for the drivers in docs/figures.md",
    help="File that says how each driver is used.",
)
@click.option(
    "--image",
    type=IMAGE,
    show_default="built stock MicroPython",
    help="UF2 with a console to run drivers on.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def peers(drivers: tuple[Path, ...], recipe_file: Path, image: Path | None, seed: int, as_json: bool) -> None:
    """Compare how public drivers and Kesu send a frame to the panel. The drivers are not included."""
    recipes = known.recipes(recipe_file)
    for driver in drivers:
        if driver.name not in recipes:
            raise KesuError(
                f"There is no recipe for {driver.name}.",
                hint=f"Recipes are there for: {', '.join(sorted(recipes))}. Others: --recipes FILE.",
                code=Exit.DATA,
            )
    found: dict[str, list[Sending]] = {}
    if drivers and image is None:
        image = toolchain.ensure(STOCK).uf2
    for driver in drivers:
        recipe = recipes[driver.name]
        with Progress(f"Running {driver.name}"):
            assert image is not None
            found[f"{driver.name} on {recipe.panel}"] = measure_driver(recipe, driver, image, seed)
    for panel in PANELS:
        with Progress(f"Running Kesu on {panel}"):
            found[f"Kesu on {panel}"] = measure_ours(toolchain.ensure("sealed", panel=panel).uf2, seed)
    if as_json:
        click.echo(
            json.dumps({name: [one.to_dict() for one in frames] for name, frames in found.items()}, indent=2)
        )
    else:
        click.echo(table(found))


def table(found: dict[str, list[Sending]]) -> str:
    """A line for each frame of each sender."""
    rows: list[tuple[str, ...]] = [
        (
            "",
            "bytes",
            "request to 20h, ms",
            "first byte to 20h, ms",
            "wire in use",
            "longest gap, us",
            "waveform",
        )
    ]
    for name, frames in found.items():
        rows += [
            (
                f"{name}, {one.what}",
                f"{one.sent:,}",
                f"{one.to_trigger_ms:.1f}",
                f"{one.on_wire_ms:.1f}",
                f"{one.wire_use:.1%}",
                f"{one.longest_gap_us:,.0f}",
                one.waveform,
            )
            for one in frames
        ]
    return aligned(rows)
