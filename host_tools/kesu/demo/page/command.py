"""command: `kesu pad`, the pad in a browser."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from kesu.common.command_types import OUTPUT_FOLDER, Command
from kesu.demo.page.serve import PageServer
from kesu.demo.page.site import build_site, default_site

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
    show_default="dist/pad",
    help="Folder for the static page; any web server can serve it.",
)
@click.option("--build-only", is_flag=True, help="Build the page and do not serve it.")
def command(port: int, no_open: bool, out: Path | None, build_only: bool) -> None:
    """Try the pad in a browser, with its real firmware.

    Builds the page if necessary, serves it on this machine only and opens it. Nothing that is written leaves
    the page.
    """
    folder = out if out is not None else default_site()
    if build_only:
        click.echo(f"Page: {build_site(folder)}")
        return
    with PageServer(
        port
    ) as server:  # open the port first, so that a port in use is reported before the build
        build_site(folder)
        click.echo(f"The pad is at {server.address} (Ctrl-C ends it)")
        if not no_open:
            webbrowser.open(server.address)
        try:
            server.serve(folder)
        except KeyboardInterrupt:
            click.echo("Ended.")
