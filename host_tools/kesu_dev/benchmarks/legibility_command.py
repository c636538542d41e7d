"""legibility_command: `kesu dev benchmark legibility`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click
from kesu.common.command_types import IMAGE, OUTPUT_FOLDER, Command
from kesu.common.progress import Progress
from kesu.images import toolchain
from kesu.spec.panels import PANELS

from kesu_dev.benchmarks import legibility as pages
from kesu_dev.benchmarks import reader
from kesu_dev.benchmarks.legibility import Legibility
from kesu_dev.benchmarks.samples import KINDS
from kesu_dev.benchmarks.table import aligned

SIZES_MM = (5.0, 6.0, 7.0, 8.0, 10.0, 12.0)


@click.command(
    "legibility",
    cls=Command,
    short_help="Read notes from the glass by OCR, before and after a wipe.",
    examples=(
        "kesu dev benchmark legibility",
        "kesu dev benchmark legibility --size 6 --pictures out",
    ),
)
@click.argument("images", nargs=-1, type=IMAGE)
@click.option(
    "--size",
    "sizes_mm",
    multiple=True,
    type=click.FloatRange(3.0, 15.0),
    show_default="5, 6, 7, 8, 10, 12",
    help="Height of a kanji in mm; may be repeated.",
)
@click.option(
    "--characters",
    type=click.IntRange(1, 100),
    default=12,
    help="Number of characters of each kind and size.",
)
@click.option(
    "--tremor", "tremor_mm", type=click.FloatRange(0.0, 2.0), default=0.0, help="Tremor of the hand in mm."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option(
    "--pictures",
    type=OUTPUT_FOLDER,
    help="Save the pictures that were read to this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def legibility(
    images: tuple[Path, ...],
    sizes_mm: tuple[float, ...],
    characters: int,
    tremor_mm: float,
    seed: int,
    pictures: Path | None,
    as_json: bool,
) -> None:
    """Read notes from the glass by OCR (tesseract), before and after a wipe.

    IMAGES are UF2 files; without them the sealed image of each panel is built.
    """
    reader.check()
    chosen = images or tuple(toolchain.ensure("sealed", panel=panel).uf2 for panel in PANELS)
    found = []
    for uf2 in chosen:
        with Progress(f"Writing and reading on {uf2.stem}") as shown:
            found.append(
                pages.measure(
                    uf2,
                    list(sizes_mm or SIZES_MM),
                    characters,
                    seed=seed,
                    tremor_mm=tremor_mm,
                    progress=lambda part: shown.update(round(100 * part), 100),
                )
            )
        if pictures is not None:
            pages.save(found[-1], pictures)
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in found], indent=2))
    else:
        click.echo("\n\n".join(table(one) for one in found))


def table(found: Legibility) -> str:
    """Read of written for each size and kind; then the ghost and the wiped glass."""
    sizes = sorted({count.size_mm for count in found.counts})
    rows: list[tuple[str, ...]] = [
        (f"{found.panel}, read of written", *KINDS, "ghost, stretched", "wiped, stretched")
    ]
    for size in sizes:
        here = [count for count in found.counts if count.size_mm == size]
        by_kind = {count.kind: f"{count.read}/{count.written}" for count in here}
        written = sum(count.written for count in here)
        rows.append(
            (
                f"{size:g} mm",
                *(by_kind.get(kind, "-") for kind in KINDS),
                f"{sum(count.ghost for count in here)}/{written}",
                f"{sum(count.after for count in here)}/{written}",
            )
        )
    return aligned(rows)
