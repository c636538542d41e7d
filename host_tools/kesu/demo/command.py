"""command: `kesu demo`."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

import click
from PIL import Image

from kesu import build
from kesu.demo import report, story
from kesu.errors import KesuError
from kesu.progress import Progress
from kesu.verify.search import picture
from kesu.virtual import render

SOMETHING_LEFT = 1


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the pictures and report.json.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Seed of everything random on the virtual pad.",
)
@click.option(
    "--image",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="A UF2 to run instead of building the sealed image; its .elf beside it names addresses.",
)
def command(out: Path, seed: int, image: Path | None) -> None:
    """Write a note on the virtual pad, end the call, and show that nothing is left.

    Exit code 0 only when the note was found everywhere before the event and nowhere after it, within the
    promised times.
    """
    uf2, elf = _image(image)
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
        raise SystemExit(SOMETHING_LEFT)


def _image(image: Path | None) -> tuple[Path, Path]:
    """The UF2 to run and its ELF, built when none is given. Raises KesuError when a file is missing."""
    if image is None:
        built = build.ensure("sealed")
        return built.uf2, built.elf
    if not image.is_file():
        raise KesuError(
            f"there is no image {image}", hint="leave --image out to build one, or run `kesu build` first"
        )
    elf = image.with_suffix(".elf")
    if not elf.is_file():
        raise KesuError(
            f"there is no {elf.name} next to {image.name}",
            hint="keep the files of dist/ together: the ELF names the addresses",
        )
    return image, elf
