"""command: `kesu dev wheel`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click
from kesu.common.command_types import INPUT_FOLDER, OUTPUT_FOLDER, Command
from kesu.common.paths import images as built_images

from kesu_dev.distribution.make import make, make_agent, released_images, sealed_images


@click.command(
    "wheel",
    cls=Command,
    examples=(
        "kesu dev wheel",
        "kesu dev wheel --release dist/release-0.1.0",
        "kesu dev wheel --deb",
    ),
)
@click.option("--release", type=INPUT_FOLDER, help="Put in the images of this folder of `kesu release`.")
@click.option("--no-images", is_flag=True, help="Leave images and page out.")
@click.option("--deb", is_flag=True, help="Build the Debian package of the agent instead.")
@click.option("--out", type=OUTPUT_FOLDER, show_default="dist", help="Folder for the files.")
def command(release: Path | None, no_images: bool, deb: bool, out: Path | None) -> None:
    """Build wheels and source archive of the package kesu, with sealed images and page in them.

    One wheel has the emulator's C core compiled for this machine's kind; the other is for any system.
    """
    if release is not None and no_images:
        raise click.UsageError("Use --release or --no-images, not both.")
    target = out if out is not None else built_images()
    if deb:
        if release is not None or no_images:
            raise click.UsageError("--deb takes neither --release nor --no-images.")
        path = make_agent(target)
        click.echo(f"{path}  {path.stat().st_size:,} bytes")
        return
    images = [] if no_images else sealed_images() if release is None else released_images(release)
    for path in make(target, images):
        click.echo(f"{path}  {path.stat().st_size:,} bytes")
