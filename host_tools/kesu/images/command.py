"""command: `kesu images`: the sealed images that an installed package has."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from kesu.common import packaged
from kesu.common.checkout import is_checkout
from kesu.common.command_types import OUTPUT_FOLDER, Command
from kesu.common.errors import Exit, KesuError


@click.command(
    "images",
    cls=Command,
    examples=(
        "kesu images",
        "kesu images --out release",
    ),
)
@click.option("--out", type=OUTPUT_FOLDER, help="Copy the images, with ELF and manifest, to this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(out: Path | None, as_json: bool) -> None:
    """List the sealed images of this installation, and copy them to a folder.

    A command that takes an IMAGE also takes the name of one of these instead of a path.
    """
    if is_checkout():
        raise KesuError(
            "A checkout has no packaged images; it builds its own.",
            hint="`kesu dev build` writes them to dist/.",
            code=Exit.UNAVAILABLE,
        )
    folder = packaged.unpacked(packaged.IMAGES)
    images = [_described(folder / name) for name in packaged.names(packaged.IMAGES, ".uf2")]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name in packaged.names(packaged.IMAGES):
            shutil.copyfile(folder / name, out / name)
    if as_json:
        click.echo(json.dumps({"format": 1, "images": images}, indent=2))
        return
    for image in images:
        click.echo(f"{image['name']}  {image['version']}  SHA-256 {image['sha256']}")
    if out is not None:
        click.echo(f"Copied to {out}: {len(packaged.names(packaged.IMAGES))} files.")


def _described(uf2: Path) -> dict[str, str]:
    manifest = json.loads(uf2.with_suffix(".json").read_text(encoding="utf-8"))
    digest = packaged.contents()[f"{packaged.IMAGES}/{uf2.name}"]
    return {"name": uf2.stem, "version": str(manifest.get("version", "")), "sha256": digest}
