"""peers_command: `kesu bench peers`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click

from kesu import build
from kesu.bench import recipes as known
from kesu.bench.peers import measure_driver, measure_ours
from kesu.bench.sending import Sending
from kesu.bench.table import aligned
from kesu.build.geometry import PANELS
from kesu.build.request import STOCK
from kesu.errors import KesuError
from kesu.progress import Progress


@click.command("peers")
@click.option(
    "--driver",
    "drivers",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A MicroPython driver's file; may be given more than once.",
)
@click.option(
    "--recipes",
    "recipe_file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=known.OWN,
    help="How each driver is used.  [default: that of the public drivers named in docs/figures.md]",
)
@click.option(
    "--image",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A UF2 with a console to run drivers on, instead of building stock MicroPython.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def peers(drivers: tuple[Path, ...], recipe_file: Path, image: Path | None, seed: int, as_json: bool) -> None:
    """How others' drivers and Kesu bring a frame to the panel. Fetch the drivers yourself."""
    recipes = known.recipes(recipe_file)
    for driver in drivers:
        if driver.name not in recipes:
            raise KesuError(
                f"There is no recipe for {driver.name}.",
                hint=f"Recipes are there for: {', '.join(sorted(recipes))}. Others: --recipes FILE.",
                code=2,
            )
    found: dict[str, list[Sending]] = {}
    if drivers and image is None:
        image = build.ensure(STOCK).uf2
    for driver in drivers:
        recipe = recipes[driver.name]
        with Progress(f"Running {driver.name}"):
            assert image is not None
            found[f"{driver.name} on {recipe.panel}"] = measure_driver(recipe, driver, image, seed)
    for panel in PANELS:
        with Progress(f"Running Kesu on {panel}"):
            found[f"Kesu on {panel}"] = measure_ours(build.ensure("sealed", panel=panel).uf2, seed)
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
