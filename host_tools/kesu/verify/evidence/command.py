"""command: `kesu evidence check` and `print`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kesu.common.atomic import replace_file
from kesu.common.command_types import INPUT_FILE, INPUT_FOLDER, OUTPUT_FILE, Group
from kesu.common.documents import printable
from kesu.common.errors import Exit, unwritable
from kesu.verify.evidence.summary_words import LANGUAGES

if TYPE_CHECKING:
    from kesu.verify.evidence.checking import Checked


@click.group(
    "evidence",
    cls=Group,
    examples=("kesu evidence check evidence --public-key kesu.pub",),
)
def command() -> None:
    """Check evidence folders that `kesu verify` wrote, and print their summary."""


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


@command.command(
    "print",
    short_help="Print a summary of two pages.",
    examples=(
        "kesu evidence print evidence --out summary.pdf",
        "kesu evidence print evidence --language en --public-key kesu.pub --out summary.html",
    ),
)
@click.argument("folder", type=INPUT_FOLDER)
@click.option("--public-key", type=INPUT_FILE, help="Require that this minisign key has signed the folder.")
@click.option("--language", type=click.Choice(LANGUAGES), default="ja", help="Language of the summary.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the summary: .pdf or .html.")
@click.pass_context
def print_command(
    context: click.Context, folder: Path, public_key: Path | None, language: str, out: Path
) -> None:
    """Check an evidence folder, and write its summary: two A4 pages with verdict, checks, times, limits, and fields for
    pad, place, tester, date and signature.

    A PDF needs Chromium, Chrome or Edge on this machine, and a font for the language; HTML needs neither. Exit code 1:
    the folder is not as it was written, and nothing is printed.
    """
    from kesu.verify.evidence.checking import checked_run
    from kesu.verify.evidence.folder import SUMS
    from kesu.verify.evidence.printing import pdf_of
    from kesu.verify.evidence.summary import signature_of, summary_page

    if out.suffix not in (".html", ".pdf"):
        raise click.BadParameter("the name must end in .pdf or .html.", param_hint="--out")
    checked, run = checked_run(folder, public_key)
    if checked.problems or run is None:
        click.echo(_text(folder, checked))
        context.exit(Exit.NO)
    sums = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
    signature = signature_of(language, checked.signed, checked.has_signature)
    page = summary_page(run, language, sums, signature).encode("utf-8", "backslashreplace")
    try:
        replace_file(out, pdf_of(page) if out.suffix == ".pdf" else page)
    except OSError as error:
        raise unwritable(out, error) from error
    click.echo(f"{out}: {checked.verdict} ({checked.target}), two A4 pages.")


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
