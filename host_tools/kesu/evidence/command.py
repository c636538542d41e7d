"""command: `kesu evidence check`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from kesu.documents import printable
from kesu.evidence.checking import Checked, check


@click.group(name="evidence")
def command() -> None:
    """Look after evidence folders that `kesu verify` wrote."""


@command.command(name="check")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--public-key", type=click.Path(path_type=Path), help="minisign public key that must have signed it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def check_command(context: click.Context, folder: Path, public_key: Path | None, as_json: bool) -> None:
    """Is the folder whole and unchanged? Exit status: 0 yes, 1 no, 2 could not be checked.

    This is about the folder, not about the pad: evidence of a broken pad can be genuine.
    """
    checked = check(folder, public_key)
    if as_json:
        click.echo(json.dumps(asdict(checked) | {"genuine": not checked.problems}))
    else:
        click.echo(_text(folder, checked))
    context.exit(1 if checked.problems else 0)


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
    if checked.signed is not None:
        lines.append(f"  Signed with this key: {printable(checked.signed)}")
    elif checked.has_signature:
        lines.append("  It is signed, by whom was not checked: give --public-key FILE.")
    else:
        lines.append("  It is not signed: sums alone do not keep out someone who makes new ones.")
    return "\n".join(lines)
