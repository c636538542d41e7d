"""command: `kesu assets`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.assets.fonts import FOLDER, extract
from kesu.assets.strings import read_strings
from kesu.checkout import repository


@click.command(name="assets")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with strings.toml (firmware/assets).",
)
@click.option(
    "--fonts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Folder with the Shinonome fonts ({FOLDER}).",
)
def command(folder: Path | None, fonts: Path | None) -> None:
    """Take the glyphs that the pad's texts need from Debian's Shinonome fonts."""
    assets = folder if folder is not None else repository() / "firmware" / "assets"
    texts, _ = read_strings(assets)
    for path in extract(texts, assets, fonts if fonts is not None else FOLDER):
        click.echo(path)
