"""card_command: `kesu card`: the operator's card that fits a policy."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.common.atomic import replace_file
from kesu.common.command_types import IMAGE, INPUT_FILE, OUTPUT_FILE, Command
from kesu.common.errors import unwritable
from kesu.common.uf2 import load, parse
from kesu.images.policy.card import card, sources
from kesu.images.policy.document import PRESETS, given_policy
from kesu.images.policy.stamp import block_of
from kesu.spec.policy import DEFAULTS


@click.command(
    "card",
    cls=Command,
    examples=(
        "kesu card --out card.html",
        'kesu card --policy policy.toml --centre "Support desk" --extension 1234 --out card.html',
        "kesu card desk.uf2 --out card.html",
    ),
)
@click.argument("image", type=IMAGE, required=False)
@click.option("--policy", type=INPUT_FILE, help="Take the settings of this policy file.")
@click.option("--preset", type=click.Choice([*PRESETS]), help="Take the settings of this preset.")
@click.option("--centre", default="", help="Name of the centre, for the last line of the card.")
@click.option("--extension", default="", help="Extension of the lead, for the last line of the card.")
@click.option("--out", type=OUTPUT_FILE, required=True, help="File for the card, HTML to print on A5.")
def command(
    image: Path | None, policy: Path | None, preset: str | None, centre: str, extension: str, out: Path
) -> None:
    """Write the operator's card that fits the policy of IMAGE, of a file or of a preset: one HTML file.

    Language, times, hand and after-call work are those of the policy. Without --centre and --extension their lines stay
    empty, to be filled in by hand. Any browser prints the file.
    """
    given = given_policy(policy, preset)
    if image is not None and given is not None:
        raise click.UsageError("IMAGE, --policy and --preset exclude each other.")
    if image is not None:
        given = block_of(parse(load(image), image), image).values
    filled = {"centre": centre.strip(), "extension": extension.strip()}
    text = card(given if given is not None else DEFAULTS, sources(), filled)
    try:
        replace_file(out, text.encode("utf-8"))
    except OSError as error:
        raise unwritable(out, error) from error
    click.echo(f"{out}: open it in a browser and print it on A5.")
