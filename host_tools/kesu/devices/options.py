"""options: options shared by `kesu devices` and `kesu doctor`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


def about_pads(images_for: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options --images, --record and --json. images_for: help text of --images."""
    options = (
        click.option("--images", type=_FOLDER, default="dist", show_default=True, help=images_for),
        click.option("--record", type=_FILE, help="The record of `kesu seal`."),
        click.option("--json", "as_json", is_flag=True, help="JSON on standard output."),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
