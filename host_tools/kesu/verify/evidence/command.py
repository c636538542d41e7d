"""command: `kesu evidence check`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kesu.common.command_types import INPUT_FILE, INPUT_FOLDER, Group
from kesu.common.documents import printable
from kesu.common.errors import Exit

if TYPE_CHECKING:
    from kesu.verify.evidence.checking import Checked


@click.group(
    "evidence",
    cls=Group,
    examples=("kesu evidence check evidence --public-key kesu.pub",),
)
def command() -> None:
    """Check evidence folders that `kesu verify` wrote."""


@command.command(
    "check",
    short_help="Check that evidence is complete and unchanged.",
    examples=(
        "kesu evidence check evidence",
        "kesu evidence check evidence --public-key kesu.pub --json",
        "kesu evidence check evidence --image kesu-pico-4in2-sealed.uf2",
    ),
)
@click.argument("folder", type=INPUT_FOLDER)
@click.option("--public-key", type=INPUT_FILE, help="Require that this minisign key has signed it.")
@click.option(
    "--image",
    type=INPUT_FILE,
    help="Repeat the structure audit on this image (UF2 or ELF; its policy may differ) and compare.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check_command(
    context: click.Context, folder: Path, public_key: Path | None, image: Path | None, as_json: bool
) -> None:
    """Check that an evidence folder is complete, unchanged and consistent with its measurements.

    With --image, a copy of the verified image with another policy is accepted, too: its policy block is put back,
    and the hashes then show that nothing else differs. This concerns the folder, not the pad: evidence of a broken
    pad can be genuine. Exit code 1: a file is missing, was changed or added, a conclusion does not follow from the
    measurements, the signature is wrong, or the audit of the image contradicts the report.
    """
    from kesu.verify.evidence.checking import check

    checked = check(folder, public_key, image)
    if as_json:
        click.echo(json.dumps(asdict(checked) | {"genuine": not checked.problems}))
    else:
        click.echo(_text(folder, checked))
    context.exit(Exit.NO if checked.problems else Exit.OK)


def _text(folder: Path, checked: Checked) -> str:
    """The result as text. Strings from the folder may be forged, so control characters are escaped."""
    if checked.problems:
        lines = [f"{folder} is NOT as it was written:"]
        return "\n".join(
            lines + [f"  {printable(problem.file)}: {problem.what}" for problem in checked.problems]
        )
    lines = [
        f"{folder} is whole and unchanged.",
        f"  It says: {printable(checked.verdict)} ({printable(checked.target)}).",
    ]
    lines += [f"  Computed again from its values: {part}." for part in checked.computed]
    lines += [f"  Taken from the report: {part}." for part in checked.taken]
    if checked.signed is not None:
        lines.append(f"  Signed with this key: {printable(checked.signed)}")
    elif checked.has_signature:
        lines.append("  It is signed, by whom was not checked: give --public-key FILE.")
    else:
        lines.append("  It is not signed: sums alone do not keep out someone who makes new ones.")
    return "\n".join(lines)
