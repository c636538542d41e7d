"""command: `kesu glass compare`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kesu.common.command_types import INPUT_FILE, OUTPUT_FILE, Group
from kesu.common.errors import Exit, KesuError, unreadable
from kesu.spec.panels import DEFAULT_PANEL, PANELS

if TYPE_CHECKING:
    from PIL import Image

    from kesu.verify.photos.compare import Comparison


@click.group(
    "glass",
    cls=Group,
    examples=("kesu glass compare before.jpg after.jpg",),
)
def command() -> None:
    """Compare photographs of a pad's glass before and after a wipe."""


@command.command(
    "compare",
    short_help="Find ink that is still visible after a wipe.",
    examples=(
        "kesu glass compare before.jpg after.jpg",
        "kesu glass compare before.jpg after.jpg --out sheet.png",
    ),
)
@click.argument("before", type=INPUT_FILE)
@click.argument("after", type=INPUT_FILE)
@click.option("--panel", type=click.Choice([*PANELS]), default=DEFAULT_PANEL, help="Panel of the pad.")
@click.option(
    "--blank",
    type=INPUT_FILE,
    help="Photograph at READY before the note; needed if the pad shows a template.",
)
@click.option("--out", type=OUTPUT_FILE, help="Write both, rectified and with maximum contrast, to this PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare_command(
    before: Path, after: Path, panel: str, blank: Path | None, out: Path | None, as_json: bool
) -> None:
    """Compare two photographs of one pad: find ink of BEFORE that is still visible in AFTER.

    Contrast is stretched to the maximum, so a camera finds more than an eye. Exit code 0: nothing is left, 1:
    ink is left, 65: the photographs cannot be compared.
    """
    from kesu.verify.photos.compare import compare

    ready = None if blank is None else _picture(blank)
    found = compare(_picture(before), _picture(after), panel, (before.name, after.name), ready)
    if out is not None:
        _write(out, found)
    if as_json:
        result = {"verdict": found.verdict, "ink": found.ink, "contrast": found.contrast, "z": found.z}
        click.echo(json.dumps(result))
    else:
        click.echo(_text(found, after.name))
    raise SystemExit(Exit.NO if found.verdict == "LEFT" else Exit.OK)


def _text(found: Comparison, name: str) -> str:
    share = f"the note was {100 * found.ink:.1f} % of the glass"
    darker = f"{100 * found.contrast:.2f} % darker than the paper around it ({found.z:.1f} standard errors)"
    if found.verdict == "LEFT":
        return f"LEFT: {name} still shows the note: its places are {darker}; {share}."
    return f"CLEAN: nothing of the note is found in {name}: its places are {darker}; {share}."


def _picture(path: Path) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            picture.load()
            return picture.convert("L")
    except OSError as error:
        if error.errno is not None:
            raise KesuError(f"{path} cannot be read: {error.strerror}.", code=unreadable(error)) from error
        why = "is not a picture" if isinstance(error, UnidentifiedImageError) else f"is damaged: {error}"
        raise KesuError(f"{path} {why}.", hint="Give two JPEG or PNG files.", code=Exit.DATA) from error


def _write(out: Path, found: Comparison) -> None:
    from PIL import Image

    width, height = found.before.size
    sheet = Image.new("L", (2 * width + 10, height), 128)
    sheet.paste(found.before, (0, 0))
    sheet.paste(found.after, (width + 10, 0))
    try:
        sheet.save(out, format="PNG")
    except OSError as error:
        raise KesuError(
            f"{out} cannot be written: {error.strerror}", hint="give another --out", code=Exit.CANNOT_CREATE
        ) from error
