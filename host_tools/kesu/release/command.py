"""command: `kesu release`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from importlib.metadata import version as installed_version
from itertools import product
from pathlib import Path

import click

from kesu.build.geometry import PANELS
from kesu.build.paths import images
from kesu.build.policy import LANGUAGES
from kesu.build.request import BOARDS
from kesu.release.images import Which
from kesu.release.make import Plan, make

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("release")
@click.option("--board", "boards", multiple=True, type=click.Choice([*BOARDS]), help="Only these boards.")
@click.option("--panel", "panels", multiple=True, type=click.Choice([*PANELS]), help="Only these panels.")
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="Only these.")
@click.option(
    "--verify",
    type=click.Choice(["full", "quick", "none"]),
    default="full",
    show_default=True,
    help="How the images that can be emulated are verified; about 10 minutes each for full.",
)
@click.option(
    "--evidence",
    multiple=True,
    type=FOLDER,
    help="Take over what `kesu verify` wrote, if it is of these bytes; a folder of such folders, too.",
)
@click.option("--public-key", type=FILE, help="minisign key that must have signed the evidence at hand.")
@click.option("--once", is_flag=True, help="Build once only; the index says so.")
@click.option(
    "--other-toolchain", is_flag=True, help="Take another compiler than the pinned one; the index says so."
)
@click.option(
    "--sign",
    type=click.Path(dir_okay=False, path_type=Path),
    help="minisign secret key: signs images, index and sums; its password is asked for before the work.",
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Where the folder goes (dist/)."
)
def command(
    boards: tuple[str, ...],
    panels: tuple[str, ...],
    languages: tuple[str, ...],
    verify: str,
    evidence: tuple[Path, ...],
    public_key: Path | None,
    once: bool,
    other_toolchain: bool,
    sign: Path | None,
    out: Path | None,
) -> None:
    """Make one folder with everything that is handed over.

    Sealed images for boards, panels and languages, each with manifest and ELF, built twice and compared;
    structure audits; evidence; SBOM (CycloneDX 1.6); third-party notices; index, sums and signatures. If it
    is stopped, the evidence made until then is kept beside the folder, for --evidence. Exit code 0: made, 1:
    an image breaks the promise, 2: could not be made, 3: two builds differ.
    """
    if public_key is not None and not evidence:
        raise click.UsageError("--public-key is for the evidence given with --evidence.")
    chosen = [Which(*which) for which in product(boards or BOARDS, panels or PANELS, languages or LANGUAGES)]
    version = installed_version("kesu")
    target = (out if out is not None else images()) / f"release-{version}"
    plan = Plan(version, tuple(chosen), verify, evidence, public_key, once, sign, other_toolchain)
    click.echo(make(plan, target))
