"""command: `kesu harden --plan`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kesu.common.command_types import INPUT_FILE, Command
from kesu.common.documents import read_plain
from kesu.common.errors import Exit, KesuError, unreadable
from kesu.devices.otp.listing import rows_of, value_of
from kesu.devices.otp.steps import ROWS, STEPS, Step

NO_DEVICE = 249
"""Exit status of picotool 2.1.1 without a device (errors.h: -7)."""
SECONDS = 30.0
SAVED = "Save a listing with `picotool otp get > FILE`, or leave --from out."


@click.command(
    "harden",
    cls=Command,
    examples=(
        "kesu harden --plan",
        "kesu harden --plan --from otp.txt",
    ),
)
@click.option(
    "--plan", is_flag=True, help="Print the plan; required, because kesu never sets a one-time bit."
)
@click.option(
    "--from", "listing", type=INPUT_FILE, help="Read saved output of `picotool otp get` instead of the board."
)
@click.option("--picotool", default="picotool", help="Program that reads the board.")
def command(plan: bool, listing: Path | None, picotool: str) -> None:
    """Print a plan to lock the Pico 2 connected in BOOTSEL mode with its one-time bits.

    The plan is only printed. Every step is irreversible. See docs/hardening-rp2350.md.
    """
    if not plan:
        raise click.UsageError("kesu harden only prints a plan: add --plan. You take the steps yourself.")
    text = _asked(picotool) if listing is None else _read(listing)
    click.echo(text_of(STEPS, rows_of(text), picotool))


def text_of(steps: Sequence[Step], rows: Mapping[str, int], picotool: str) -> str:
    """The plan for a board with these rows."""
    lines = [
        "Every step sets bits that can never be cleared. First try the entire plan on a board that you can lose.",
        "",
    ]
    left = 0
    for number, step in enumerate(steps, 1):
        field, present = step.field, value_of(step.field, rows)
        done = present == step.value
        left += not done
        lines.append(
            f"{number:2}. {field.row}.{field.name}: {'done' if done else f'{present} -> {step.value}'}"
        )
        lines.append(f"    closes: {step.does}")
        lines.append(f"    costs:  {step.costs}")
        if not done:
            lines.append(f"    {picotool} otp set -s {field.row}.{field.name} {step.value}")
    lines += [
        "",
        f"{left} of {len(steps)} steps are left. After each, read its row and start the pad.",
        "Not in the plan: secure boot. It needs keys of your own; see docs/hardening-rp2350.md.",
    ]
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return read_plain(path).decode("utf-8")
    except OSError as error:
        raise KesuError(f"{path} cannot be read: {error.strerror}.", code=unreadable(error)) from error
    except UnicodeDecodeError as error:
        raise KesuError(f"{path} is not a text file.", hint=SAVED, code=Exit.DATA) from error


def _asked(picotool: str) -> str:
    """The output of picotool for the board in BOOTSEL mode."""
    names = [name for name, _ in ROWS]
    try:
        done = subprocess.run(
            [picotool, "otp", "get", *names],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KesuError(
            f"picotool cannot be run: {error}", hint="install picotool 2.1 or newer", code=Exit.UNAVAILABLE
        ) from error
    if done.returncode == NO_DEVICE:
        raise KesuError(
            "no Pico 2 is connected in BOOTSEL mode",
            hint="hold BOOTSEL while you plug it in, or give a saved listing with --from",
            code=Exit.UNAVAILABLE,
        )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise KesuError(
            f"picotool otp get failed: {said[-1] if said else 'it printed nothing'}",
            hint="run it by hand to see more",
            code=Exit.UNAVAILABLE,
        )
    return done.stdout
