"""command: `kesu demo`."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import click

from kesu.common.command_types import IMAGE, OUTPUT_FOLDER, Command
from kesu.common.errors import Exit
from kesu.common.progress import Progress
from kesu.images.sealed import sealed
from kesu.images.toolchain.request import BOARDS, built_files


@click.command(
    "demo",
    cls=Command,
    examples=(
        "kesu demo",
        "kesu demo --seed 7 --out out/seven",
        "kesu demo --board pico2",
        "kesu demo --image IMAGE",
    ),
)
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    default=Path("out/demo"),
    help="Folder for the pictures and report.json.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option(
    "--image",
    type=IMAGE,
    default=None,
    show_default="sealed image",
    help="UF2 to run, with its .elf beside it.",
)
@click.option(
    "--board",
    type=click.Choice(list(BOARDS)),
    default="pico",
    help="Board of the sealed image: Pico (RP2040) or Pico 2 (RP2350).",
)
def command(out: Path, seed: int, image: Path | None, board: str) -> None:
    """Write a note on the virtual pad, end the call, and show that nothing is left.

    Exit code 0: the note was found everywhere before the event and nowhere after it, within the promised
    times. Exit code 1: it was not.
    """
    from PIL import Image

    from kesu.demo import report, story
    from kesu.emulator.panel import render
    from kesu.verify.search import picture

    uf2, elf = _image(image, board)
    with Progress("Running the pad") as shown:
        run = story.tell(uf2, elf, seed, lambda doing, part: shown.update(round(100 * part), 100, doing))
    render.save(Image.fromarray(run.glass_before), out / "glass-before.png")
    render.save(Image.fromarray(run.glass_after), out / "glass-after.png")
    for name, sram, found in (
        ("ram-before", run.sram_before, run.found_before),
        ("ram-after", run.sram_after, run.found_after),
    ):
        picture.memory_picture(sram, found, run.regions).save(out / f"{name}.png", optimize=True)
    report.save(run.outcome, out / "report.json")
    click.echo(report.table(run.outcome))
    click.echo(f"Pictures and report.json: {out}")
    if run.outcome.faults():
        raise SystemExit(Exit.NO)


def _image(image: Path | None, board: str) -> tuple[Path, Path]:
    """The UF2 to run and its ELF. Raises KesuError when a file is missing."""
    files = sealed(board) if image is None else built_files(image)
    return files.uf2, files.elf
