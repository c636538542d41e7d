"""command: `kesu flash`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kesu.common.command_types import OUTPUT_FILE, Command
from kesu.devices.discovery.host import Host
from kesu.devices.flash.going import has_picotool, loaded, rehearsed_or_real, shared
from kesu.devices.flash.plan import Plan
from kesu.devices.flash.record import Record, rehearsal_record


@click.command(
    "flash",
    cls=Command,
    examples=(
        "kesu flash IMAGE",
        "kesu flash IMAGE --pad 1-1.3 --pad 1-1.4",
        "kesu flash IMAGE --all --via drive",
        "kesu flash IMAGE --policy policy.toml --all",
        "kesu flash IMAGE --all --rehearse",
    ),
)
@shared
@click.option(
    "--via",
    type=click.Choice(["auto", "drive", "picotool"]),
    default="auto",
    help="picotool: erase, write, verify. drive: copy to the BOOTSEL drive, without verification.",
)
@click.option("--keep-files", is_flag=True, help="With picotool: do not erase, and verify only the image.")
@click.option("--record", type=OUTPUT_FILE, help="Append results to this CSV file.")
@click.pass_context
def command(
    ctx: click.Context, /, image: Path, via: str, keep_files: bool, record: Path | None, **rest: Any
) -> None:
    """Flash IMAGE (a .uf2 with its .json) to one or more pads and verify it.

    Exit code 1: a pad failed; the table and --json show the result of each.
    """
    host = ctx.find_object(Host) or Host()
    if rest["resume"] and record is None:
        raise click.UsageError("--resume needs --record, to know what is done.")
    checked = loaded(image, **rest)

    def plan(machine: Host, mark: str) -> Plan:
        picotool = via == "picotool" or (via == "auto" and machine.linux and has_picotool(machine))
        if keep_files and not picotool:
            raise click.UsageError("--keep-files is for picotool; a drive never erases more than it writes.")
        kept = rehearsal_record(record) if record and mark else record
        return Plan(
            checked,
            "flash",
            picotool,
            erase=not keep_files,
            resume=rest["resume"],
            record=Record(kept) if kept else None,
            allow_older=rest["allow_older"],
            mark=mark,
        )

    rehearsed_or_real(ctx, host, checked, plan, **rest)
