"""seal: `kesu seal`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kesu.common.command_types import OUTPUT_FILE, Command
from kesu.common.errors import Exit, KesuError
from kesu.devices.discovery.host import Host
from kesu.devices.flash.going import loaded, rehearsed_or_real, shared
from kesu.devices.flash.plan import Plan
from kesu.devices.flash.record import Record, rehearsal_record


@click.command(
    "seal",
    cls=Command,
    examples=(
        "kesu seal IMAGE --all",
        "kesu seal IMAGE --all --resume",
        "kesu seal IMAGE --pad 1-1.3 --check",
        "kesu seal IMAGE --all --rehearse",
    ),
)
@shared
@click.option("--check", is_flag=True, help="Write nothing; read the entire flash and compare it.")
@click.option(
    "--record",
    type=OUTPUT_FILE,
    default="kesu-sealed.csv",
    help="Record that gets a line for each pad.",
)
@click.pass_context
def command(ctx: click.Context, /, image: Path, check: bool, record: Path, **rest: Any) -> None:
    """Flash the sealed IMAGE, verify the entire flash and the start, and log the pad.

    Needs Linux and picotool. Exit code 1: a pad failed; the table and --json show the result of each.
    """
    host = ctx.find_object(Host) or Host()
    checked = loaded(image, **rest)
    if not checked.sealed:
        raise KesuError(
            f"{checked.name} is a {checked.profile} image, not a sealed one.",
            hint="Write it to a development pad with `kesu flash`.",
            code=Exit.DATA,
        )

    def plan(_: Host, mark: str) -> Plan:
        return Plan(
            checked,
            "seal",
            True,
            only_check=check,
            resume=rest["resume"],
            record=Record(rehearsal_record(record) if mark else record),
            allow_older=rest["allow_older"],
            mark=mark,
        )

    rehearsed_or_real(ctx, host, checked, plan, **rest)
