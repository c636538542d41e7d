"""command: `kesu dev generate`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import click
from kesu.common.atomic import replace_file
from kesu.common.checkout import repository
from kesu.common.command_types import Command
from kesu.common.errors import Exit, KesuError

from kesu_dev.generate.texts import NoPlace, stale


@click.command(
    "generate",
    cls=Command,
    examples=(
        "kesu dev generate",
        "kesu dev generate --check",
    ),
)
@click.option("--check", is_flag=True, help="Write nothing; exit with code 1 if a file is not current.")
@click.pass_context
def command(ctx: click.Context, check: bool) -> None:
    """Renew what is generated from the specifications in host_tools/kesu/spec.

    Prints the path of each file that changed.
    """
    try:
        changed = stale(repository())
    except NoPlace as error:
        raise KesuError(
            f"{error}.", hint="Restore the marks of the generated lines from git.", code=Exit.DATA
        ) from error
    for path, text in changed.items():
        if not check:
            replace_file(path, text.encode("utf-8"))
        click.echo(path)
    if check and changed:
        ctx.exit(1)
