"""seal: `kesu seal`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kesu.errors import KesuError
from kesu.flash.going import go, shared
from kesu.flash.image import load_image
from kesu.flash.plan import Plan
from kesu.flash.record import Record
from kesu.pads.host import Host
from kesu.uf2 import UNUSABLE


@click.command(name="seal")
@shared
@click.option("--check", is_flag=True, help="Write nothing: read the whole flash back and compare it.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    default="kesu-sealed.csv",
    show_default=True,
    help="The record that gets a line for each pad.",
)
@click.pass_context
def command(ctx: click.Context, /, image: Path, check: bool, record: Path, **rest: Any) -> None:
    """Erase pads wholly, write the sealed IMAGE, prove the whole flash, check what starts, record it.

    Needs Linux and picotool.
    """
    host = ctx.find_object(Host) or Host()
    checked = load_image(image, rest["public_key"])
    if not checked.sealed:
        raise KesuError(
            f"{checked.name} is a {checked.profile} image, not a sealed one.",
            hint="Write it to a development pad with `kesu flash`.",
            code=UNUSABLE,
        )
    plan = Plan(
        checked,
        "seal",
        True,
        only_check=check,
        resume=rest["resume"],
        record=Record(record),
        allow_older=rest["allow_older"],
    )
    go(ctx, host, plan, **rest)
