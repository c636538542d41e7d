"""command: `kesu harden --plan`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kesu.errors import KesuError
from kesu.harden.listing import UNUSABLE, rows_of, value_of
from kesu.harden.steps import ROWS, STEPS, Step

NO_DEVICE = 249
"""Exit status of picotool 2.1.1 without a device (errors.h: -7)."""
SECONDS = 30.0


@click.command("harden")
@click.option(
    "--plan", is_flag=True, help="Print the plan. There is nothing else: kesu never sets such a bit."
)
@click.option(
    "--from", "listing", type=click.Path(path_type=Path), help="A saved output of `picotool otp get`."
)
@click.option("--picotool", default="picotool", show_default=True, help="The program.")
def command(plan: bool, listing: Path | None, picotool: str) -> None:
    """Which one-time bits close the Pico 2 that is connected in BOOTSEL mode, and in which order.

    The plan is printed, never carried out: every step is for good. See docs/hardening-rp2350.md.
    """
    if not plan:
        raise KesuError(
            "kesu harden only makes a plan", hint="add --plan; carry out the steps yourself", code=UNUSABLE
        )
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
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KesuError(f"{path} cannot be read: {error}", hint="give a text file", code=UNUSABLE) from error


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
            f"picotool cannot be run: {error}", hint="install picotool 2.1 or newer", code=UNUSABLE
        ) from error
    if done.returncode == NO_DEVICE:
        raise KesuError(
            "no Pico 2 is connected in BOOTSEL mode",
            hint="hold BOOTSEL while you plug it in, or give a saved listing with --from",
            code=UNUSABLE,
        )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise KesuError(
            f"picotool otp get failed: {said[-1] if said else 'it printed nothing'}",
            hint="run it by hand to see more",
            code=UNUSABLE,
        )
    return done.stdout
