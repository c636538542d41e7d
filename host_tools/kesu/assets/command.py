"""command: `kesu assets`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.assets.draw import draw_all
from kesu.build.paths import repository


@click.command(name="assets")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with labels.toml (firmware/assets).",
)
def command(folder: Path | None) -> None:
    """Draw the firmware's labels again from their texts and a font."""
    for path in draw_all(folder if folder is not None else repository() / "firmware" / "assets"):
        click.echo(path)
