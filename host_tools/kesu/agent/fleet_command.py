"""fleet_command: `kesu fleet`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from kesu.agent import status
from kesu.common.command_types import OUTPUT_FILE, Command
from kesu.common.errors import Exit, KesuError
from kesu.fleet import otlp
from kesu.fleet.board import board
from kesu.fleet.counts import Counts, from_numbers
from kesu.fleet.metrics import prometheus, samples


@click.command(
    "fleet",
    cls=Command,
    examples=(
        "kesu fleet",
        "kesu fleet --format otlp",
        "kesu fleet --board kesu-seats.json",
    ),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["prometheus", "otlp"]),
    default="prometheus",
    help="Form of the counts.",
)
@click.option("--board", "target", type=OUTPUT_FILE, help="Write a Grafana board for a site to this file.")
def command(form: str, target: Path | None) -> None:
    """Print what the running agent of this user reports about itself: counts, no calls, no notes.

    The agent sends or serves them only as [fleet] in its settings says; this command sends nothing.
    """
    if target is not None:
        target.write_text(json.dumps(board(), indent=1) + "\n", encoding="utf-8")
        click.echo(f"{target}: import it into Grafana and choose a Prometheus data source.", err=True)
        return
    found = status.ask()
    if found is None:
        raise KesuError(
            "No agent of this user is running.", hint="Start `kesu agent`.", code=Exit.UNAVAILABLE
        )
    seat, counts = _read(found)
    if form == "prometheus":
        click.echo(prometheus(samples(counts, seat)), nl=False)
        return
    now_ns = time.time_ns()
    began_ns = now_ns - counts.uptime_s * 10**9
    text = otlp.document(
        samples(counts, seat), seat=seat, version=counts.version, began_ns=began_ns, now_ns=now_ns
    )
    click.echo(json.dumps(json.loads(text), indent=2))


def _read(found: dict[str, Any]) -> tuple[str, Counts]:
    try:
        fleet = found["fleet"]
        return str(fleet["seat"]), from_numbers(fleet["version"], fleet["counts"])
    except (KeyError, TypeError, ValueError):
        raise KesuError(
            "The running agent is of another version, and its counts cannot be read.",
            hint="Restart it.",
            code=Exit.UNAVAILABLE,
        ) from None
