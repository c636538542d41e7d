"""hook_command: `kesu hook` without an event: help, installation, settings for other phones.

`kesu.__main__` passes `kesu hook EVENT` to `kesu.agent.hook`.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

import click

from kesu.agent import microsip
from kesu.common.command_types import INPUT_FILE, Command
from kesu.common.errors import Exit, KesuError

# Product -> where to enter the commands. {0}: the command. Sources: the manuals, see docs/agent.md.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "auerswald": (
        "COMfortel SoftPhone: Automation > event rules, one per call state, action `Execute application`:",
        "  incoming {0} ring | connected {0} start | held {0} hold | ended {0} end",
    ),
    "gointegrator": (
        "GoIntegrator: Configuration > Events, action `Run program`:",
        "  Ringing {0} ring | Connected {0} start | Completed {0} end | Missed {0} end",
    ),
    "swyx": (
        "Swyx: skin actions take a URL, not a program: point them to a page of yours that calls the HTTP",
        "  source.",
        "  Incoming ring | Connection created start | Connection terminated end",
    ),
    "procall": (
        "estos ProCall: user-defined actions, program and command line:",
        "  incoming {0} ring | connected {0} start | ended {0} end",
    ),
    "mypbx": (
        "innovaphone myPBX: `Start with call`, without $n $u $d $c. It knows the start only: use it with a",
        "  source that knows the end.",
        "  start {0} start",
    ),
    "samsung": (
        "Samsung communicator: program on ringing, on answer. It knows no end: use it with a source that",
        "  does.",
        "  ringing {0} ring | answer {0} start",
    ),
}


@click.command(
    "hook",
    cls=Command,
    examples=(
        "kesu hook start",
        "kesu hook --install microsip microsip.ini",
        "kesu hook --install swyx",
    ),
)
@click.option(
    "--install",
    "install",
    type=click.Choice(["microsip", *PRODUCTS]),
    help="Install the hook in this softphone, or print its settings.",
)
@click.option("--undo", is_flag=True, help="With --install microsip: restore the previous settings.")
@click.option("--program", show_default="the installed one", help="Path of the `kesu` that the phone runs.")
@click.argument("path", required=False, type=INPUT_FILE)
@click.pass_context
def command(
    ctx: click.Context, install: str | None, undo: bool, program: str | None, path: Path | None
) -> None:
    """Report a call event to the agent: kesu hook EVENT. Extra arguments are ignored.

    EVENT: ring, start, hold, end, wrapup, busy, away, ready, mute, unmute, pay, paid, alive. Exit code 0: the
    agent has taken the event, 75: no agent has taken it within a second, 2: no such event.

    kesu hook --install microsip PATH enters the hook in microsip.ini.
    """
    if install is None:
        click.echo(ctx.get_help())
        return
    chosen = program or _program()
    if install != "microsip":
        if path is not None or undo:
            raise click.UsageError(f"--install {install} prints lines; it changes no file.")
        quoted = f'"{chosen}"' if " " in chosen else chosen
        click.echo("\n".join(text.format(f"{quoted} hook") for text in PRODUCTS[install]))
        return
    if path is None:
        raise click.UsageError("--install microsip needs the PATH of microsip.ini.")
    if undo:
        microsip.undo(path)
        click.echo(f"{path}: restored.")
        return
    keys = microsip.install(path, chosen)
    click.echo(f"{path}: {', '.join(keys)} now run `{chosen} hook ...`.")
    click.echo(f"The previous settings are in {path.name}{microsip.BACKUP}; --undo restores them.")


def _program() -> str:
    """Path of the installed `kesu` for the phone to run. Raises KesuError if `kesu` is not installed."""
    if getattr(sys, "frozen", False):  # the Windows package: its program without a console opens no window
        return str(Path(sys.executable).with_name("kesu-agent.exe"))
    # `python -m kesu` has the path of __main__.py in argv[0], which no phone can run. pip installs `kesu` into
    # the interpreter's folder of scripts, whether or not that is on the PATH.
    running = shutil.which(sys.argv[0]) if Path(sys.argv[0]).stem == "kesu" else None
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    scripts = os.pathsep.join(sysconfig.get_path("scripts", scheme) for scheme in schemes)
    found = running or shutil.which("kesu", path=scripts) or shutil.which("kesu")
    if found is None:
        raise KesuError(
            "Hook: no installed `kesu` was found that a phone could run.",
            hint="Install it (docs/agent.md), or give its path with --program.",
            code=Exit.UNAVAILABLE,
        )
    return str(Path(found).resolve())
