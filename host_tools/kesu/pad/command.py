"""command: `kesu pad`, the pad in a browser."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from kesu.pad.serve import PageServer
from kesu.pad.site import build_site, default_site

DEFAULT_PORT = 8631


@click.command("pad")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes any free one.",
)
@click.option("--no-open", is_flag=True, help="Do not open a browser; only say where the page is.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the static page (dist/pad): copy it to any web server.",
)
@click.option("--build-only", is_flag=True, help="Build the folder and stop.")
def command(port: int, no_open: bool, out: Path | None, build_only: bool) -> None:
    """Write on the real firmware in a browser: builds the page if need be, serves it on loopback, opens it.

    The page needs no server but one for static files. Nothing that is written leaves it.
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
