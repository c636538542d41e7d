"""timing_command: `kesu dev benchmark timing`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from pathlib import Path

import click
from kesu.common.command_types import IMAGE, Command
from kesu.common.progress import Progress
from kesu.emulator.chips.rp2040 import xip_cache
from kesu.images import toolchain

from kesu_dev.benchmarks import classify
from kesu_dev.benchmarks.table import aligned
from kesu_dev.benchmarks.timing import Timing, measure
from kesu_dev.benchmarks.timing_hosts import BULK, CHANNELS, CONTROL, NOTIFICATIONS
from kesu_dev.benchmarks.timing_notes import DIGITS, Plan

JITTERS_US = (0.0, 30.0, 125.0)


@click.command(
    "timing",
    cls=Command,
    short_help="Test whether USB timing shows what is written.",
    examples=(
        "kesu dev benchmark timing --notes 40",
        "kesu dev benchmark timing --channel bulk --jitter-us 0",
    ),
)
@click.argument("images", nargs=-1, type=IMAGE)
@click.option(
    "--notes",
    type=click.IntRange(2 * len(DIGITS), 100_000),
    default=280,
    help="Number of digits to write.",
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    type=click.Choice(CHANNELS),
    show_default="all",
    help="USB transfer that the host times; may be repeated.",
)
@click.option(
    "--jitter-us",
    "jitters_us",
    multiple=True,
    type=click.FloatRange(0.0, 1e6),
    show_default="0, 30, 125",
    help="Standard deviation of the host's clock; may be repeated.",
)
@click.option(
    "--during",
    type=click.Choice(["writing", "wipe"]),
    default="writing",
    help="Measure while the pen writes, or from the WIPE key to READY.",
)
@click.option(
    "--pause-us",
    type=click.FloatRange(0.0, 1e6),
    default=200.0,
    help="Pause between an answer and the next control request.",
)
@click.option(
    "--bytes",
    "size",
    type=click.IntRange(1, 64),
    default=1,
    help="Bytes that the host sends at once on bulk OUT.",
)
@click.option(
    "--poll-us",
    type=click.FloatRange(0.0, 1e6),
    default=0.0,
    help="Interval at which the host sends on bulk OUT; 0 is without pause.",
)
@click.option(
    "--flash-misses",
    is_flag=True,
    help="Let instructions take longer when they are not in the flash cache.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def timing(
    images: tuple[Path, ...],
    notes: int,
    channels: tuple[str, ...],
    jitters_us: tuple[float, ...],
    during: str,
    pause_us: float,
    size: int,
    poll_us: float,
    flash_misses: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Test whether USB timing shows which digit is written on IMAGES (UF2), or on the sealed image.

    Attackers try to name the digit from the times of packets, answers and notifications.
    """
    chosen = images or (toolchain.ensure("sealed").uf2,)
    found = []
    for uf2 in chosen:
        for channel in channels or (BULK, CONTROL, NOTIFICATIONS):
            misses = xip_cache.MISS_CYCLES if flash_misses else 0
            plan = Plan(channel, notes, seed, pause_us, during == "wipe", size, poll_us, misses)
            with Progress(f"Timing {uf2.stem}, {channel}") as shown:
                found.append(
                    measure(
                        uf2,
                        plan,
                        sorted(set(jitters_us or JITTERS_US)),
                        lambda part: shown.update(round(100 * part), 100),
                    )
                )
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in found], indent=2))
    else:
        click.echo(table(found))


def table(found: list[Timing]) -> str:
    """A line for each image, channel and jitter, then an explanation of the figures."""
    rows: list[tuple[str, ...]] = [
        ("image, channel, jitter", "named", "of", "rate", "interval", "chance", "verdict", "best attacker")
    ]
    tried = 0
    for one in found:
        during = " in the wipe" if one.plan.during_wipe else ""
        for jitter, figure in one.figures.items():
            tried = figure.tried
            rows.append(
                (
                    f"{one.image}, {one.plan.channel}{during}, {jitter:g} us",
                    str(figure.right),
                    str(figure.notes),
                    f"{figure.rate:.0%}",
                    f"{figure.low:.0%} to {figure.high:.0%}",
                    f"{figure.chance:.0%}",
                    "LEAKS" if figure.above_chance else "not above chance",
                    figure.attacker,
                )
            )
    return (
        f"{aligned(rows)}\n\nThe best of {tried} attackers, by cross-validation. Intervals of "
        f"{classify.CONFIDENCE:.0%} hold for all {tried} together."
    )
