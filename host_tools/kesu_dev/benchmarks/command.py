"""command: `kesu dev benchmark`, figures of the ink's way to the glass, of what can be read of it, of others."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click
from kesu.common.command_types import IMAGE, Group
from kesu.common.progress import Progress
from kesu.emulator.panel import films
from kesu.images import toolchain
from kesu.spec.panels import PANELS

from kesu_dev.benchmarks import ink_figures
from kesu_dev.benchmarks.figures import Figures, measure
from kesu_dev.benchmarks.legibility_command import legibility
from kesu_dev.benchmarks.peers_command import peers
from kesu_dev.benchmarks.table import aligned
from kesu_dev.benchmarks.timing_command import timing


@click.group(
    "benchmark",
    cls=Group,
    examples=(
        "kesu dev benchmark writing",
        "kesu dev benchmark legibility --pictures out",
    ),
)
def command() -> None:
    """Measure latency, legibility and timing on the virtual pad, in emulated time."""


@command.command(
    "writing",
    short_help="Measure latency, losses and cost of writing.",
    examples=(
        "kesu dev benchmark writing",
        "kesu dev benchmark writing IMAGE --json",
    ),
)
@click.argument("images", nargs=-1, type=IMAGE)
@click.option("--panel", show_default="as built", help="Fit this panel instead: 2in9-v2.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option(
    "--drawn",
    type=click.IntRange(0, films.DRAWN),
    default=films.DRAWN,
    show_default=True,
    help="Panels to draw from what nobody has measured.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def writing(images: tuple[Path, ...], panel: str | None, seed: int, drawn: int, as_json: bool) -> None:
    """Measure latency, losses and cost of writing on IMAGES (UF2), or on the sealed image of each panel.

    The second table is what an eye sees: for each variant of the panel, when points become grey and black, and what a
    wipe leaves of the note and of its charge.
    """
    chosen = images or tuple(toolchain.ensure("sealed", panel=each).uf2 for each in PANELS)
    found, seen = [], []
    for uf2 in chosen:
        with Progress(f"Writing on {uf2.stem}"):
            found.append(measure(uf2, seed=seed, panel=panel))
        with Progress(f"Looking at {uf2.stem}") as progress:
            seen.append(ink_figures.measure(uf2, seed=seed, panel=panel, drawn=drawn, step=progress.update))
    if as_json:
        both = zip(found, seen, strict=True)
        click.echo(json.dumps([one.to_dict() | {"ink": ink.to_dict()} for one, ink in both], indent=2))
        return
    click.echo(table(found))
    for ink in seen:
        click.echo(f"\n{aligned(ink_figures.rows_of(ink))}\n{ink_figures.summary(ink)}")


def table(found: list[Figures]) -> str:
    """One column for each pad."""
    return aligned(
        [
            ("", *(f"{one.panel} ({one.film})" for one in found)),
            (
                "touch report to waveform, pad at rest, ms, median / worst",
                *(_two(one, "idle") for one in found),
            ),
            ("the same while writing", *(_two(one, "writing") for one in found)),
            (
                "touch reports, of these not read",
                *(f"{one.reports}, {one.reports_not_read}" for one in found),
            ),
            ("samples lost to a full ring", *(str(one.samples_lost) for one in found)),
            ("refreshes per second while writing", *(f"{one.refreshes_per_s:.2f}" for one in found)),
            ("SPI bytes per stroke", *(f"{one.spi_bytes_per_stroke:,.0f}" for one in found)),
            ("CPU while writing", *(f"{one.cpu_writing:.2%}" for one in found)),
            ("CPU at rest", *(f"{one.cpu_idle:.3%}" for one in found)),
        ]
    )


def _two(one: Figures, which: str) -> str:
    spread = one.idle_latency if which == "idle" else one.writing_latency
    return f"{spread.median_ms:.1f} / {spread.worst_ms:.1f}"


command.add_command(legibility)
command.add_command(peers)
command.add_command(timing)
