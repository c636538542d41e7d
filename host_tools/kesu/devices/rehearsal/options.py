"""options: `--rehearse` and `--rehearse-pads` of `kesu flash` and `kesu seal`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import click

MARK = "REHEARSAL"
"""Begins every line that a rehearsal prints."""
KINDS = ("good", "worn", "wrong-chip", "unplugged", "mute")
"""worn: a byte of its flash cannot be changed. unplugged: while it is written. mute: it never starts."""
DEFAULT = "good,good,good,good,good,worn,wrong-chip,unplugged"
MOST = 20


def kinds(_ctx: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    """The list of `--rehearse-pads`."""
    found = value.split(",")
    for one in found:
        if one not in KINDS:
            raise click.BadParameter(f"'{one}' is none of {', '.join(KINDS)}.")
    if len(found) > MOST:
        raise click.BadParameter(f"{MOST} pads at most.")
    return found


OPTIONS = (
    click.option(
        "--rehearse",
        is_flag=True,
        help=f"Practise with stand-in pads: no pad is touched, every line says {MARK}.",
    ),
    click.option(
        "--rehearse-pads",
        callback=kinds,
        default=DEFAULT,
        help=f"Stand-in pads to plug in, separated by commas: {', '.join(KINDS)}.",
    ),
)
