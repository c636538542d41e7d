"""command: `kesu dev oracle`, the emulator's core against unicorn."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
from kesu.common.command_types import INPUT_FILE, Command
from kesu.common.errors import Exit, KesuError
from kesu.emulator.uf2 import read_uf2

from kesu_dev.oracle import instructions, sites, windows


def _excluded(counts: Counter[str]) -> str:
    return "; ".join(f"{reason} {count:,}" for reason, count in sorted(counts.items())) or "none"


@click.command(
    "oracle", cls=Command, examples=("kesu dev oracle IMAGE.uf2", "kesu dev oracle IMAGE.uf2 --rounds 4")
)
@click.argument("image", type=INPUT_FILE)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=2,
    help="Random states for each instruction and each core (C, Python).",
)
@click.option(
    "--every", type=click.IntRange(1), default=3, help="Compare one of so many windows of the running image."
)
@click.option("--seed", type=click.IntRange(1, 2**31 - 1), default=1, help="Seed of the random states.")
def command(image: Path, rounds: int, every: int, seed: int) -> None:
    """Compare the emulator's core with unicorn, over all instructions of an image.

    First each instruction singly, from random states; then windows of the running image: boot, writing, wiping.
    IMAGE is a UF2 for the Pico with its ELF beside it. What unicorn has no answer for is counted by reason.
    Exit code 1: the cores differ.
    """
    segments = read_uf2(image).segments
    elf = image.with_suffix(".elf")
    if not elf.is_file():
        raise KesuError(f"{elf} is missing.", hint="Run `kesu dev build`.", code=Exit.DATA)
    code = instructions.of_image(elf)
    found = sites.check(code, segments, rounds=rounds, seed=seed)
    click.echo(f"instructions of {image.name}: {len(code.sites):,}, compared {found.sites:,}")
    click.echo(
        f"  runs {found.runs:,}, of these {found.faults:,} faults in both; differences {found.different:,}"
    )
    click.echo(f"  not compared: {_excluded(found.excluded)}")
    for difference in found.differences:
        click.echo(f"  {difference}")
    running = windows.check(image, every=every, seed=seed)
    click.echo(
        f"windows: {running.windows:,}, {running.instructions:,} instructions; differences {running.different:,}"
    )
    click.echo(f"  not compared: {_excluded(running.excluded)}")
    for difference in running.differences:
        click.echo(f"  {difference}")
    if found.different or running.different:
        raise SystemExit(Exit.NO)
