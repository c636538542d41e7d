"""command: `kesu devices`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click

from kesu.common import extras
from kesu.common.command_types import Command
from kesu.devices.discovery.find import Pad, pads
from kesu.devices.discovery.host import Host
from kesu.devices.flash.record import Record
from kesu.devices.listing.listing import Known, ask, by_record, images_in
from kesu.devices.listing.options import about_pads

HEAD = ("pad", "serial", "mode", "chip", "image", "policy", "port", "problem")


@click.command(
    "devices",
    cls=Command,
    examples=(
        "kesu devices",
        "kesu devices --record kesu-sealed.csv",
        "kesu devices --ask --json",
    ),
)
@click.option(
    "--ask",
    "asking",
    is_flag=True,
    help="Ask the pads: interrupt service pads briefly, read those in BOOTSEL mode.",
)
@about_pads("Folder with images to recognise.")
@click.pass_context
def command(ctx: click.Context, /, asking: bool, images: Path, record: Path | None, as_json: bool) -> None:
    """List the connected pads.

    A sealed pad does not report which image it runs; --record looks it up.
    """
    refusal = extras.refusal("sync") if asking else None
    if refusal is not None:
        raise refusal
    host = ctx.find_object(Host) or Host()
    present = images_in(images)
    lines = Record(record).entries() if record else []
    found = []
    for pad in pads(host):
        known = ask(host, pad, present) if asking else Known()
        if not known.source:
            recorded = by_record(pad, lines, present)
            known = Known(recorded.image, recorded.policy, recorded.source, known.problem)
        found.append(dict(zip(HEAD, _row(pad, known), strict=True)) | {"source": known.source})
    if as_json:
        click.echo(json.dumps({"format": 1, "pads": found}, indent=2))
        return
    if not found:
        click.echo("No pad was found. `kesu doctor` finds out what is in the way.")
        return
    rows = [HEAD, *(tuple(entry[name] or "-" for name in HEAD) for entry in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(pad: Pad, known: Known) -> tuple[str, ...]:
    image = f"{known.image} (record)" if known.source == "record" else known.image
    port = pad.tty or (str(pad.drive) if pad.drive else "") or pad.block or ""
    chip = pad.chip.name if pad.chip else ""
    return (pad.name, pad.serial or "", pad.mode.value, chip, image, known.policy, port, known.problem)
