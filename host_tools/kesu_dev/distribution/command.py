"""command: `kesu dev wheel`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click
from kesu.common.command_types import INPUT_FOLDER, OUTPUT_FOLDER, Command
from kesu.common.paths import images as built_images

from kesu_dev.distribution.carried import line_packages
from kesu_dev.distribution.deb import MAINTAINER
from kesu_dev.distribution.make import make, make_agent, released_images, sealed_images
from kesu_dev.distribution.msi import make_msi


@click.command(
    "wheel",
    cls=Command,
    examples=(
        "kesu dev wheel",
        "kesu dev wheel --release dist/release-0.1.0",
        "kesu dev wheel --deb",
        "kesu dev wheel --msi dist/kesu-agent",
    ),
)
@click.option("--release", type=INPUT_FOLDER, help="Put in the images of this folder of `kesu release`.")
@click.option("--no-images", is_flag=True, help="Leave images and page out.")
@click.option("--deb", is_flag=True, help="Build the Debian package of the agent instead.")
@click.option(
    "--maintainer",
    default=MAINTAINER,
    help="With --deb: your name and address, as the package shows them.",
)
@click.option(
    "--msi",
    type=INPUT_FOLDER,
    help="Build the Windows installer of the agent instead, from this folder of its programs.",
)
@click.option("--line", is_flag=True, help="Build the package @kesu/line and the browser extension instead.")
@click.option("--out", type=OUTPUT_FOLDER, show_default="dist", help="Folder for the files.")
def command(
    release: Path | None,
    no_images: bool,
    deb: bool,
    maintainer: str,
    msi: Path | None,
    line: bool,
    out: Path | None,
) -> None:
    """Build wheels and source archive of the package kesu, with sealed images and page in them.

    One wheel has the emulator's C core compiled for this machine's kind; the other is for any system.
    """
    if release is not None and no_images:
        raise click.UsageError("Use --release or --no-images, not both.")
    target = out if out is not None else built_images()
    others = [name for name, given in (("--deb", deb), ("--msi", msi), ("--line", line)) if given]
    if len(others) > 1 or (others and (release is not None or no_images)):
        raise click.UsageError(f"{others[0]} goes with no option but --out.")
    if deb:
        paths = [make_agent(target, maintainer)]
    elif msi is not None:
        paths = [make_msi(msi, version("kesu"), target)]
    elif line:
        paths = line_packages(target)
    else:
        paths = make(
            target, [] if no_images else sealed_images() if release is None else released_images(release)
        )
    for path in paths:
        click.echo(f"{path}  {path.stat().st_size:,} bytes")
