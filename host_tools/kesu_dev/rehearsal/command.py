"""command: `kesu dev rehearse`, real calls against the virtual pad."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from pathlib import Path

import click
from kesu.common.command_types import IMAGE, Command
from kesu.common.errors import Exit
from kesu.common.progress import Progress
from kesu.images import toolchain

from kesu_dev.rehearsal.cases import CASES
from kesu_dev.rehearsal.run import Ending, rehearse


@click.command(
    "rehearse",
    cls=Command,
    examples=(
        "kesu dev rehearse",
        "kesu dev rehearse --only hold --times 5",
        "kesu dev rehearse IMAGE --json",
    ),
)
@click.argument("image", required=False, type=IMAGE)
@click.option("--only", metavar="TEXT", default="", help="Run only the cases whose name contains TEXT.")
@click.option("--times", type=click.IntRange(1, 100), default=1, help="Run each case this many times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(image: Path | None, only: str, times: int, as_json: bool) -> None:
    """Place real calls (SIPp to baresip) against the virtual pad and end them in every way.

    IMAGE is a UF2; without it the sealed image is built. Prints how each call ended and the time until the
    note's buffers were zero. Exit code 1: a note was not erased.
    """
    uf2 = image or toolchain.ensure("sealed").uf2
    cases = [case for case in CASES if only in case.name] * times
    if not cases:
        raise click.UsageError(f"No case has '{only}' in its name.")
    with Progress("Rehearsing") as shown:
        endings = rehearse(uf2, cases, progress=lambda done, name: shown.update(done, len(cases), name))
    click.echo(json.dumps([one.to_dict() for one in endings], indent=2) if as_json else table(endings))
    if any(one.faults for one in endings):
        raise SystemExit(Exit.NO)


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
