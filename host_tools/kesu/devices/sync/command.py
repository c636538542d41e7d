"""command: `kesu dev sync`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from kesu.common.command_types import INPUT_FILE, INPUT_FOLDER, Command
from kesu.common.errors import Exit, KesuError
from kesu.common.progress import Progress
from kesu.common.usb_ids import Mode
from kesu.devices.discovery.find import Pad, choose, pads
from kesu.devices.discovery.host import Host
from kesu.devices.sync.folder import application, files_of
from kesu.devices.sync.plan import Plan, carry_out, compare
from kesu.images.toolchain.request import BuildRequest
from kesu.spec.panels import DEFAULT_PANEL, PANELS


@click.command(
    "sync",
    cls=Command,
    examples=(
        "kesu dev sync",
        "kesu dev sync FOLDER --pad 1-1.3 --dry-run",
        "kesu dev sync --policy policy.toml",
    ),
)
@click.argument("folder", required=False, type=INPUT_FOLDER)
@click.option(
    "--pad", "wanted", multiple=True, help="Pad, by serial number, USB port (1-1.3) or serial port."
)
@click.option("--port", help="Serial port or pyserial URL to use, such as socket://127.0.0.1:5000.")
@click.option("--panel", type=click.Choice([*PANELS]), default=DEFAULT_PANEL, help="Panel of the pad.")
@click.option("--policy", type=INPUT_FILE, help="Policy file, instead of the image's policy.")
@click.option(
    "--exclude", multiple=True, help="Pattern of files to skip, here and on the pad; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Print the changes and do not make them.")
@click.option("--restart/--no-restart", default=True, help="Restart the application.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: Path | None,
    wanted: tuple[str, ...],
    port: str | None,
    panel: str,
    policy: Path | None,
    exclude: tuple[str, ...],
    dry_run: bool,
    restart: bool,
    as_json: bool,
) -> None:
    """Copy changed files to a development pad and remove the others, so that it equals FOLDER.

    Every written file is read back. Without FOLDER, the application in firmware/ is copied, with the policy
    of --policy. The pad's clock is not set.
    """
    if folder is not None and policy is not None:
        raise click.UsageError("--policy is for the application; a FOLDER is sent unchanged.")
    started = time.monotonic()
    files = (
        files_of(folder, exclude)
        if folder is not None
        else application(BuildRequest(panel=panel, policy=policy))
    )
    host = ctx.find_object(Host) or Host()
    address = port if port is not None else host.console(_tty(choose(_candidates(host, wanted), wanted)))
    from kesu.devices.sync.console import Console

    with Console.open(address) as console:
        plan = compare(console, files, exclude)
        if not dry_run and not plan.empty:
            try:
                with Progress("Writing files") as bar:
                    carry_out(console, plan, files, lambda path, done, total: bar.update(done, total, path))
            except KeyboardInterrupt as stop:
                raise KesuError(
                    "Stopped: some of the pad's files are new, some are old, and its application is halted.",
                    hint="Run the same command again: what is written already is found equal and left alone.",
                    code=Exit.INTERRUPTED,
                ) from stop
        if restart and not dry_run and not plan.empty:
            console.restart()
    seconds = time.monotonic() - started
    if as_json:
        click.echo(
            json.dumps(
                {"format": 1, "dry_run": dry_run, "seconds": round(seconds, 2), **_lists(plan)}, indent=2
            )
        )
    else:
        _say(plan, files, dry_run, seconds)


def _candidates(host: Host, wanted: tuple[str, ...]) -> list[Pad]:
    found = pads(host)
    return (
        found if wanted else [pad for pad in found if pad.mode in (Mode.SERVICE, Mode.MICROPYTHON)] or found
    )


def _tty(chosen: list[Pad]) -> str:
    """The serial line of the selected pad. Raises KesuError with the reason if it cannot be used."""
    if len(chosen) != 1:
        raise click.UsageError("Only one pad at a time: give --pad once.")
    pad = chosen[0]
    if pad.mode is Mode.SEALED:
        raise KesuError(
            f"The pad at {pad.name} is sealed: no console, no filesystem, so no file can be written to it.",
            hint="Take a development pad: plug one in with BOOTSEL held and `kesu flash` a service image.",
            code=Exit.UNAVAILABLE,
        )
    if pad.mode is Mode.BOOTSEL or pad.tty is None:
        raise KesuError(
            f"The pad at {pad.name} is not running a service image.",
            hint="`kesu flash` one to it first.",
            code=Exit.UNAVAILABLE,
        )
    return pad.tty


def _lists(plan: Plan) -> dict[str, list[str]]:
    return {"removed": plan.remove, "folders": plan.folders, "written": plan.write, "same": plan.same}


def _say(plan: Plan, files: dict[str, bytes], dry_run: bool, seconds: float) -> None:
    would = "would be " if dry_run else ""
    for verb, paths in (("removed", plan.remove), ("made", plan.folders), ("written", plan.write)):
        for path in paths:
            size = f", {len(files[path]):,} bytes" if path in files else ""
            click.echo(f"{would}{verb}: {path}{size}")
    if plan.empty:
        click.echo(f"All {len(plan.same)} files are on the pad already, by SHA-256. {seconds:.1f} s.")
        return
    counts = f"{len(plan.write)} {would}written, {len(plan.remove)} {would}removed, {len(plan.same)} the same"
    proof = "" if dry_run else " All written files were read back and are equal, by SHA-256."
    click.echo(f"{counts}.{proof} {seconds:.1f} s.")
