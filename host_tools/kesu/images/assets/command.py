"""command: `kesu dev assets`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.common.checkout import repository
from kesu.common.command_types import INPUT_FOLDER, Command
from kesu.images.assets.fonts import FOLDER, extract
from kesu.images.assets.strings import read_strings


@click.command(
    "assets",
    cls=Command,
    examples=(
        "kesu dev assets",
        "kesu dev assets --fonts fonts",
    ),
)
@click.option(
    "--folder",
    type=INPUT_FOLDER,
    show_default="firmware/assets",
    help="Folder with strings.toml.",
)
@click.option(
    "--fonts",
    type=INPUT_FOLDER,
    show_default=str(FOLDER),
    help="Folder with the Shinonome fonts.",
)
def command(folder: Path | None, fonts: Path | None) -> None:
    """Regenerate the pad's fonts: glyphs that its texts need, from Debian's Shinonome fonts and BIZ UDGothic."""
    assets = folder if folder is not None else repository() / "firmware" / "assets"
    texts = read_strings(assets)
    for path in extract(texts, assets, fonts if fonts is not None else FOLDER):
        click.echo(path)
