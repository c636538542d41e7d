"""options: options shared by `kesu devices` and `kesu doctor`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from kesu.common.command_types import INPUT_FILE, OUTPUT_FOLDER


def about_pads(images_for: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options --images, --record and --json. images_for: help text of --images."""
    options = (
        click.option("--images", type=OUTPUT_FOLDER, default="dist", help=images_for),
        click.option("--record", type=INPUT_FILE, help="Look pads up in this record of `kesu seal`."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
