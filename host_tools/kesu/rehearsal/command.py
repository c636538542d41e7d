"""command: `kesu rehearse`, real calls with the virtual pad."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from pathlib import Path

import click

from kesu import build
from kesu.progress import Progress
from kesu.rehearsal.cases import CASES
from kesu.rehearsal.run import Ending, rehearse

NOT_WIPED = 1


@click.command("rehearse")
@click.argument("image", required=False, type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--only", metavar="TEXT", default="", help="Only cases whose name has TEXT in it.")
@click.option(
    "--times", type=click.IntRange(1, 100), default=1, show_default=True, help="Play each so often."
)
@click.option("--json", "as_json", is_flag=True, help="Print the endings as JSON.")
def command(image: Path | None, only: str, times: int, as_json: bool) -> None:
    """Let SIPp call baresip on this machine, the agent follow, a note be written, and every kind of end come.

    IMAGE (UF2; default: the sealed image) runs on the virtual pad, its call line served over RFC 2217.
    Prints how each call ended and how long it took until the note's buffers were zero. Exit status 1 when
    one did not.
    """
    uf2 = image or build.ensure("sealed").uf2
    cases = [case for case in CASES if only in case.name] * times
    if not cases:
        raise click.UsageError("no case has that in its name")
    with Progress("Rehearsing") as shown:
        endings = rehearse(uf2, cases, progress=lambda done, name: shown.update(done, len(cases), name))
    click.echo(json.dumps([one.to_dict() for one in endings], indent=2) if as_json else table(endings))
    if any(one.faults for one in endings):
        raise SystemExit(NOT_WIPED)


def table(endings: list[Ending]) -> str:
    """Markdown, one row for each ending."""
    rows = [
        "| how the call ends | sent to the pad | edge to line, ms real | to R1 zero, ms emulated | ends |",
        "|---|---|---|---|---|",
    ]
    for one in endings:
        r1 = "never" if one.r1_ms is None else f"{one.r1_ms:.1f}"
        ends = "; ".join(one.faults) or "wiped"
        rows.append(f"| {one.case} | {one.wiped_by} | {one.on_line_ms:,.0f} | {r1} | {ends} |")
    return "\n".join(rows)
