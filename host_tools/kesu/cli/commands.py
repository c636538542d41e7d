"""commands: the command `kesu`. A subcommand's module is imported only when that subcommand is used."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import errno
import importlib
import importlib.util
import io
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from kesu.common import extras
from kesu.common.command_types import DEBUG, Group, debug_option
from kesu.common.errors import Exit, KesuError
from kesu.common.stopping import stoppable
from kesu.verify.runner import targets

Table = dict[str, dict[str, tuple[str, str]]]
"""Heading of `--help`; name; module that has a click command called `command`, and the line for `--help`."""

COMMANDS: Table = {
    "Operators and trainers": {
        "pad": ("kesu.demo.page.command", "Try the pad in a browser, with its real firmware."),
        "demo": ("kesu.demo.command", "Write a note, end the call, and show that nothing is left."),
    },
    "IT": {
        "flash": ("kesu.devices.flash.command", "Flash an image to one or more pads and verify it."),
        "seal": (
            "kesu.devices.flash.seal",
            "Flash a sealed image, verify the entire flash, and log the pad.",
        ),
        "policy": ("kesu.images.policy.command", "Show the policy of an image, or put another one into it."),
        "card": ("kesu.images.policy.card_command", "Write the operator's card that fits a policy."),
        "devices": ("kesu.devices.listing.command", "List the connected pads."),
        "doctor": ("kesu.devices.doctor.command", "Diagnose connected pads and suggest fixes."),
        "agent": ("kesu.agent.command", "Pass the call state of this PC's phone to its pads."),
        "hook": ("kesu.agent.hook_command", "Report a call event to the agent, from a softphone."),
        "fleet": (
            "kesu.agent.fleet_command",
            "Print the counts that this agent reports, or a Grafana board.",
        ),
        "relay": ("kesu.relay.command", "Pass call states from the PBX to the agent of each seat."),
        "line": ("kesu.virtual_port.command", "Run a virtual pad in real time as a serial port."),
        "images": ("kesu.images.command", "List the sealed images of this installation."),
        "harden": ("kesu.devices.otp.command", "Print a plan to lock a Pico 2 with its one-time bits."),
    },
    "Testers and auditors": {
        "verify": ("kesu.verify.runner.command", "Verify that an image erases every note; write evidence."),
        "audit": ("kesu.verify.structure.command", "Check the structure of an image without running it."),
        "faults": (
            "kesu.verify.faults.command",
            "Inject power, part, USB and software faults into an image.",
        ),
        "glass": ("kesu.verify.photos.command", "Compare photographs of a pad before and after a wipe."),
        "evidence": ("kesu.verify.evidence.command", "Check that evidence is complete and unchanged."),
    },
    "Contributors": {
        "dev": ("kesu.cli.commands", "Build the firmware and measure it: commands for development."),
        "release": ("kesu.release.command", "Build, verify and sign a release folder."),
    },
}

DEV_COMMANDS: Table = {
    "Commands": {
        "build": ("kesu.images.toolchain.command", "Build a firmware image from pinned sources."),
        "sync": ("kesu.devices.sync.command", "Copy changed files to a development pad."),
        "assets": ("kesu.images.assets.command", "Regenerate the pad's fonts from its texts."),
    },
}

CHECKOUT_COMMANDS = {
    "benchmark": (
        "kesu_dev.benchmarks.command",
        "Measure latency, legibility and timing on the virtual pad.",
    ),
    "agree": ("kesu_dev.crosscheck.command", "Run all scenarios on both test benches and compare."),
    "review-trace": ("kesu_dev.trace_review.command", "Renew the list of functions that branch on ink."),
    "leaks": ("kesu_dev.leaks.command", "Draw leaks by seed and report which the checks notice."),
    "oracle": ("kesu_dev.oracle.command", "Compare the emulator's core with unicorn."),
    "uses": ("kesu_dev.uses.command", "Print what an image uses and its allow-lists lack."),
    "micropython-tests": (
        "kesu_dev.micropython_tests.command",
        "Run MicroPython's own tests.",
    ),
    "generate": ("kesu_dev.generate.command", "Renew what is generated from the specifications."),
    "rehearse": ("kesu_dev.rehearsal.command", "Place real calls against the virtual pad."),
    "wheel": ("kesu_dev.distribution.command", "Build wheels and source archive of this package."),
}
"""Commands of `kesu dev` whose package is in a checkout, but not in the wheel."""

TESTERS_CHECKOUT_COMMANDS = {
    "rig": ("kesu_dev.rig.command", "Build and drive a test rig that plays all around a pad."),
}
"""The same for commands right below `kesu`."""

if importlib.util.find_spec("kesu_dev"):
    DEV_COMMANDS["Commands"] |= CHECKOUT_COMMANDS
    COMMANDS["Testers and auditors"] |= TESTERS_CHECKOUT_COMMANDS
    targets.MODULES["rig"] = "kesu_dev.rig_verify.run"

SUBCOMMANDS = {name: entry for section in COMMANDS.values() for name, entry in section.items()}
DEV_SUBCOMMANDS = {name: entry for section in DEV_COMMANDS.values() for name, entry in section.items()}
WITH_CALLS = {"agent", "fleet", "hook", "relay"}
"""Commands that handle data of real calls: the text of an unexpected exception may hold some, so it is
never printed."""


class LazyGroup(Group):
    """A group that knows its subcommands from a table and imports one when it is used."""

    def __init__(self, *arguments: Any, table: Table, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.table = table
        self.entries = {name: entry for section in table.values() for name, entry in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all subcommands, sorted."""
        return sorted(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one subcommand. None when there is no such name."""
        if cmd_name not in self.entries:
            return None
        if cmd_name == "dev":
            return dev
        try:
            module = importlib.import_module(self.entries[cmd_name][0])
        except ModuleNotFoundError as error:
            refusal = extras.refusal(cmd_name)
            if refusal is None:
                raise
            raise refusal from error
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is not a click command")
        command.short_help = self.entries[cmd_name][1]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. KesuError when its packages are not installed, unless only its help is wanted."""
        wants_help = ctx.resilient_parsing or set(args) & {"-h", "--help"}
        refusal = None if wants_help or not args else extras.refusal(args[0])
        if refusal is not None:
            raise refusal
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from the table, so that `--help` imports none of them."""
        width = max(map(len, self.entries))
        for heading, entries in self.table.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), line) for name, (_, line) in entries.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names from the table, so that completion imports no subcommand."""
        found = [
            CompletionItem(name, help=line)
            for name, (_, line) in sorted(self.entries.items())
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def unknown(self, ctx: click.Context, name: str) -> str:
        """What to say about a command that does not exist, or that is a contributors' one."""
        if self is main and name in DEV_SUBCOMMANDS:
            return f"'kesu {name}' is now 'kesu dev {name}'."
        if self is dev and name in CHECKOUT_COMMANDS:
            return f"'kesu dev {name}' needs a checkout of the project; it is not in the installed package."
        return super().unknown(ctx, name)


class _Root(LazyGroup):
    """The whole command line: turns every failure into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; 0 when it returns."""
        _print_anything()
        try:
            with stoppable():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            private = ctx.invoked_subcommand in WITH_CALLS
            if ctx.meta.get(DEBUG):
                _say(_traceback(error, private=private))
            ctx.exit(_report(error, private=private))
        except KeyboardInterrupt:
            _say("kesu: stopped.")
            ctx.exit(Exit.INTERRUPTED)


def _report(error: Exception, *, private: bool) -> Exit:
    """Say what failed and what to do, and return the exit code."""
    if isinstance(error, KesuError):
        _tell(error.message, error.hint)
        return error.code
    if isinstance(error, click.Abort):
        _say("kesu: stopped.")
        return Exit.INTERRUPTED
    if isinstance(error, BrokenPipeError):  # `| head`: the reader has seen enough
        _give_up_output()
        return Exit.IO
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        _tell(f"{where}{error.strerror or error}.", "Free some space, then run it again." if full else "")
        _give_up_output()
        return Exit.NO_PERMISSION if isinstance(error, PermissionError) else Exit.IO
    text = "" if private else f": {error}"
    _tell(
        f"internal error: {type(error).__name__}{text} ({_place(error)}).",
        "Run again with --debug and report the output.",
    )
    return Exit.INTERNAL


def _place(error: Exception) -> str:
    """File and line where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "no traceback"


def _traceback(error: BaseException, *, private: bool) -> str:
    """Where it was raised, with its causes. private: without the texts of exceptions."""
    if not private:
        return "".join(traceback.format_exception(error)).rstrip()
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    first = f"{_traceback(before, private=True)}\nthen:\n" if before else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{first}{frames}{type(error).__name__} (its text is not shown)"


def _tell(message: str, hint: str = "") -> None:
    _say(f"kesu: {message}" + (f"\n  -> {hint}" if hint else ""))


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # if stderr cannot be written, the exit code still says it
        click.echo(text, err=True)


def _print_anything() -> None:
    """Print characters that the terminal's encoding lacks as escapes, so that none ends a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Discard unflushed stdout, so that a second write error cannot mask our exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=_Root,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    examples=(
        "kesu pad                                 write on the pad in a browser",
        "kesu seal IMAGE --all                    flash all connected pads for operators",
        "kesu agent --check                       show what the agent sees",
        "kesu verify IMAGE --out evidence         verify an image and keep the evidence",
        "kesu COMMAND --help                      show options and examples of a command",
    ),
)
@click.version_option(package_name="kesu")
def main() -> None:
    """Flash, run and verify Kesu, an e-ink memo pad that erases every note after the call.

    docs/cli.md lists exit codes and sets up shell completion.
    """


main.params.append(debug_option())


@click.group(
    "dev",
    cls=LazyGroup,
    table=DEV_COMMANDS,
    examples=(
        "kesu dev build --board pico2",
        "kesu dev sync --dry-run",
        "kesu dev benchmark writing",
    ),
)
def dev() -> None:
    """Build the firmware, copy it to a development pad, and measure it.

    These commands need a checkout of the project.
    """
