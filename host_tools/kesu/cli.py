"""cli: the command `kesu`. A subcommand's module is imported only when that subcommand is used."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import sys

import click

from kesu.errors import KesuError

INPUT_OUTPUT = 74  # EX_IOERR of sysexits.h: a disk, a file or a folder that does not do what is needed
SOFTWARE_FAULT = 70  # EX_SOFTWARE of sysexits.h: a fault of ours, not of the user

# Name, module that has a click command called `command`, and the line for `kesu --help`.
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "agent": ("kesu.agent.command", "Tell the pads which state the call is in; fail closed."),
    "hook": ("kesu.agent.hook_command", "What a softphone runs on a call event; install it there."),
    "agree": ("kesu.benches.command", "Play the scenario suite on both benches and compare."),
    "assets": ("kesu.assets.command", "Draw the firmware's labels again from their texts and a font."),
    "audit": ("kesu.verify.structure.command", "Read from an image's files what it could do; run nothing."),
    "bench": ("kesu.bench.command", "Measure latency, losses and cost of writing on the virtual pad."),
    "build": ("kesu.build.command", "Build the firmware image from pinned, hashed sources."),
    "devices": ("kesu.devices.command", "List the pads on this machine."),
    "doctor": ("kesu.doctor.command", "Find what is in the way of the pads, and how to mend it."),
    "flash": ("kesu.flash.command", "Write an image to one or many pads, and read it back."),
    "seal": ("kesu.flash.seal", "Erase, write, prove the whole flash, check what starts, record."),
    "sync": ("kesu.sync.command", "Make a development pad's files equal to a folder."),
    "demo": ("kesu.demo.command", "Write a note on the virtual pad, end the call, prove the wipe."),
    "line": ("kesu.line.command", "Run the virtual pad in real time, its call line as a serial port."),
    "rehearse": (
        "kesu.rehearsal.command",
        "Real calls here against the virtual pad, every kind of end.",
    ),
    "relay": ("kesu.relay.command", "Tell each seat its call state, from the site's PBX."),
    "harden": ("kesu.harden.command", "Plan which one-time bits close a Pico 2; nothing is written."),
    "faults": ("kesu.campaigns.command", "Break power, parts and USB around a pad with a note on it."),
    "glass": ("kesu.glass.command", "Compare photographs of the glass before and after a wipe."),
    "release": ("kesu.release.command", "Make the folder that is handed over: images, proofs, licences."),
    "pad": ("kesu.pad.command", "Write on the real firmware in a browser; the page needs no server."),
    "verify": ("kesu.run.command", "Check the promise on an image; write the evidence."),
    "evidence": ("kesu.evidence.command", "Check a folder of evidence: sums, completeness, signature."),
}


class LazyGroup(click.Group):
    """A group that knows its subcommands by name and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all subcommands, sorted."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one subcommand. None when there is no such name."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(SUBCOMMANDS[cmd_name][0])
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table, so that `--help` imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(SUBCOMMANDS.items())])

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; turn every failure into a message and an exit status."""
        _print_anything()
        try:
            return super().invoke(ctx)
        except KesuError as error:
            _tell(error.message, error.hint)
            ctx.exit(error.code)
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            _tell(f"{where}{error.strerror or error}.", "Make room, then run it again." if full else "")
            _give_up_output()
            ctx.exit(INPUT_OUTPUT)
        except Exception as error:
            _tell(
                f"an unexpected fault, not of your making: {type(error).__name__}: {error}. "
                "Please report it together with the command you ran."
            )
            ctx.exit(SOFTWARE_FAULT)


def _tell(message: str, hint: str = "") -> None:
    with contextlib.suppress(OSError):  # nowhere to say it: the exit status says it
        click.echo(f"kesu: {message}" + (f"\n  -> {hint}" if hint else ""), err=True)


def _print_anything() -> None:
    """Characters that the terminal's encoding does not have are shown as escapes; they end no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """What standard output did not take would fail once more at the end, and hide the exit status."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=LazyGroup)
@click.version_option(package_name="kesu")
def main() -> None:
    """Kesu: an e-ink memo pad that forgets, and the evidence that it did."""
