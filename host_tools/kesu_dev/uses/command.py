"""command: `kesu dev uses`, the allow-lists of registers and commands."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click
from kesu.common.atomic import replace_file
from kesu.common.command_types import IMAGE, Command
from kesu.emulator.chips.select import chip_of
from kesu.emulator.uf2 import read_uf2
from kesu.images.toolchain.request import built_files
from kesu.verify.profile import PROFILES
from kesu.verify.uses import rules

from kesu_dev.uses import names, observe, propose


@click.command(
    "uses",
    cls=Command,
    examples=(
        "kesu dev uses dist/kesu-pico-4in2-sealed.uf2",
        "kesu dev uses IMAGE --profile full --write",
    ),
)
@click.argument("image", type=IMAGE)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, help="Seed of the notes.")
@click.option(
    "--profile",
    type=click.Choice(("quick", "full")),
    default="full",
    help="Scenes to play, as in kesu verify.",
)
@click.option("--write", is_flag=True, help="Add the lacking rules to the lists, in groups without a reason.")
@click.pass_context
def command(ctx: click.Context, image: Path, seed: int, profile: str, write: bool) -> None:
    """Print the registers and commands that IMAGE uses from READY on and that its allow-lists lack.

    The lists are in host_tools/kesu/verify/uses/allowed. `kesu verify` refuses a group without a reason: say what
    the image does with its registers, and why no part of a note can stay in them. Exit code 1: a list lacks something.
    """
    chip = chip_of(read_uf2(image).family)
    assert chip is not None
    built = built_files(image)
    allowed = rules.chip(chip.board)
    found = observe.image(built, seed, allowed.spans, allowed.kept, click.echo, PROFILES[profile])
    known = names.of(chip.name.lower())
    lacking = [use for use in found.registers if not allowed.allows(use)]
    proposed = propose.registers(lacking, known, ())
    panel = image.stem.split("-")[2]
    commands, touch = rules.panel(panel)
    others = {
        "panel": propose.commands(use for use in found.panel if not commands.allows(use)),
        "touch": propose.touch(use for use in found.touch if not touch.allows(use)),
    }
    for block, lines in (proposed | others).items():
        for line in lines:
            click.echo(f"{block}: {line}")
    click.echo(
        f"{found.scenes} scenes, {len(found.registers)} uses, {allowed.entries} rules for {chip.board}"
    )
    if write:
        for name, new in ((chip.board, proposed), (panel, others)):
            path = rules.FOLDER / f"{name}.toml"
            replace_file(path, propose.merged(path, new).encode("utf-8"))
    if any((proposed | others).values()):
        ctx.exit(1)
