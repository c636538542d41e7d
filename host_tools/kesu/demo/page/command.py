"""command: `kesu pad`, the pad in a browser."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path

import click

from kesu.common import packaged
from kesu.common.checkout import is_checkout
from kesu.common.command_types import OUTPUT_FOLDER, Command
from kesu.common.paths import images
from kesu.demo.page.place import refuse_other_folders, replaced
from kesu.demo.page.serve import PageServer

DEFAULT_PORT = 8631


@click.command(
    "pad",
    cls=Command,
    examples=(
        "kesu pad",
        "kesu pad --no-open --port 0",
        "kesu pad --build-only --out public",
    ),
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    help="Port on 127.0.0.1; 0 takes any free one.",
)
@click.option("--no-open", is_flag=True, help="Print the address and do not open a browser.")
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    show_default="dist/pad; of an installed package, its own",
    help="Folder for the static page; any web server can serve it.",
)
@click.option("--build-only", is_flag=True, help="Build the page and do not serve it.")
def command(port: int, no_open: bool, out: Path | None, build_only: bool) -> None:
    """Try the pad in a browser, with its real firmware.

    Serves the page on this machine only and opens it; a checkout builds it first. Nothing that is written
    leaves the page.
    """
    if build_only:
        click.echo(f"Page: {_page(out)}")
        return
    with PageServer(
        port
    ) as server:  # open the port first, so that a port in use is reported before the build
        folder = _page(out)
        click.echo(f"The pad is at {server.address} (Ctrl-C ends it)")
        if not no_open:
            webbrowser.open(server.address)
        try:
            server.serve(folder)
        except KeyboardInterrupt:
            click.echo("Ended.")


def _page(out: Path | None) -> Path:
    """The folder of the page: built in a checkout, unpacked from an installed package."""
    if is_checkout():
        from kesu.demo.page.site import build_site

        return build_site(out if out is not None else images() / "pad")
    folder = packaged.unpacked(packaged.PAGE)
    if out is None:
        return folder
    out = out.resolve()
    refuse_other_folders(out)
    with replaced(out) as fresh:
        shutil.copytree(folder, fresh, dirs_exist_ok=True)
    return out
