"""command: `kesu glass compare`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click
from PIL import Image, UnidentifiedImageError

from kesu.build.geometry import PANELS
from kesu.errors import KesuError
from kesu.glass.compare import UNUSABLE, Comparison, compare

LEFT = 1
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(name="glass")
def command() -> None:
    """Look at photographs of a pad's glass."""


@command.command(name="compare")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--panel", type=click.Choice([*PANELS]), default="4in2", show_default=True)
@click.option("--blank", type=FILE, help="The pad at READY before the note, if it has a template.")
@click.option("--out", type=click.Path(path_type=Path), help="Write both, upright and stretched, as one PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def compare_command(
    before: Path, after: Path, panel: str, blank: Path | None, out: Path | None, as_json: bool
) -> None:
    """Is anything of the note in BEFORE still there in AFTER, two photographs of one pad?

    Exit code 0: nothing is left, 1: something is, 2: the photographs do not tell. A camera sees more than an
    eye: contrast is stretched as far as it goes.
    """
    ready = None if blank is None else _picture(blank)
    found = compare(_picture(before), _picture(after), panel, (before.name, after.name), ready)
    if out is not None:
        _write(out, found)
    if as_json:
        result = {"verdict": found.verdict, "ink": found.ink, "contrast": found.contrast, "z": found.z}
        click.echo(json.dumps(result))
    else:
        click.echo(_text(found, after.name))
    raise SystemExit(LEFT if found.verdict == "LEFT" else 0)


def _text(found: Comparison, name: str) -> str:
    share = f"the note was {100 * found.ink:.1f} % of the glass"
    darker = f"{100 * found.contrast:.2f} % darker than the paper around it ({found.z:.1f} standard errors)"
    if found.verdict == "LEFT":
        return f"LEFT: {name} still shows the note: its places are {darker}; {share}."
    return f"CLEAN: nothing of the note is found in {name}: its places are {darker}; {share}."


def _picture(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture.convert("L")
    except OSError as error:
        why = (
            "it is not a picture"
            if isinstance(error, UnidentifiedImageError)
            else error.strerror or str(error)
        )
        raise KesuError(
            f"{path} cannot be read: {why}", hint="give two JPEG or PNG files", code=UNUSABLE
        ) from error


def _write(out: Path, found: Comparison) -> None:
    width, height = found.before.size
    sheet = Image.new("L", (2 * width + 10, height), 128)
    sheet.paste(found.before, (0, 0))
    sheet.paste(found.after, (width + 10, 0))
    try:
        sheet.save(out, format="PNG")
    except OSError as error:
        raise KesuError(
            f"{out} cannot be written: {error.strerror}", hint="give another --out", code=UNUSABLE
        ) from error
