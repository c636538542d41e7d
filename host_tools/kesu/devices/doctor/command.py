"""command: `kesu doctor`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import click

from kesu.common.command_types import Command
from kesu.common.errors import Exit
from kesu.devices.discovery.find import listed, pads
from kesu.devices.discovery.host import Host
from kesu.devices.doctor import machine, pad_checks
from kesu.devices.doctor.finding import Finding, Situation
from kesu.devices.flash.record import Record
from kesu.devices.listing.listing import images_in
from kesu.devices.listing.options import about_pads

CHECKS: tuple[Callable[[Situation], Iterable[Finding]], ...] = (
    machine.nothing_there,
    machine.stuck_ports,
    machine.rules,
    machine.modem_manager,
    machine.picotool,
    pad_checks.permissions,
    pad_checks.busy_ports,
    pad_checks.drivers,
    pad_checks.chips,
    pad_checks.old_images,
)


@click.command(
    "doctor",
    cls=Command,
    examples=(
        "kesu doctor",
        "kesu doctor --record kesu-sealed.csv",
        "kesu doctor --json",
    ),
)
@about_pads("Folder with the images that pads should have.")
@click.pass_context
def command(ctx: click.Context, /, images: Path, record: Path | None, as_json: bool) -> None:
    """Diagnose connected pads and suggest fixes. Nothing is changed.

    Exit code 1: a problem was found.
    """
    host = ctx.find_object(Host) or Host()
    situation = Situation(host, pads(host), images_in(images), Record(record).entries() if record else [])
    found = [finding for check in CHECKS for finding in check(situation)]
    if as_json:
        click.echo(json.dumps({"format": 1, "findings": [asdict(finding) for finding in found]}, indent=2))
    else:
        click.echo(f"Pads: {listed(situation.pads) or 'none'}.")
        for finding in found:
            where = f"{finding.pad}: " if finding.pad else ""
            click.echo(f"\n{where}{finding.problem}\n  -> {finding.command}")
        if not found:
            click.echo("Nothing is in the way.")
    ctx.exit(Exit.NO if found else Exit.OK)
