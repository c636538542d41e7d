"""command: `kesu line`, a virtual pad with a serial port."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kesu.common.command_types import IMAGE, Command
from kesu.common.progress import Progress
from kesu.images.sealed import sealed

if TYPE_CHECKING:
    from kesu.emulator.board.pad import VirtualPad
    from kesu.virtual_port.server import LineServer

TALK = "T"


@click.command(
    "line",
    cls=Command,
    examples=(
        "kesu line",
        "kesu line IMAGE --rfc2217 4000",
        'kesu line --pen "03-1234-5678"',
    ),
)
@click.argument("image", required=False, type=IMAGE)
@click.option(
    "--rfc2217",
    "tcp_port",
    type=click.IntRange(0, 65535),
    show_default="any free one",
    help="Serve RFC 2217 on this port of 127.0.0.1.",
)
@click.option("--pty", "pseudo", is_flag=True, help="Serve a pseudo-terminal instead, without modem bits.")
@click.option("--pen", metavar="TEXT", help="Write TEXT on the pad when the byte T arrives.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    help="Seed of everything random on the virtual pad.",
)
def command(image: Path | None, tcp_port: int | None, pseudo: bool, pen: str | None, seed: int) -> None:
    """Run a virtual pad with IMAGE in real time and serve its call line as a serial port.

    IMAGE is a UF2; without it, the sealed image for the Pico runs. The first line printed is the port for `kesu agent`
    or pyserial. Then each change is printed: what the PC did, and the three modem bits. Ctrl-C ends it.
    """
    if pseudo and tcp_port is not None:
        raise click.UsageError("Use --rfc2217 or --pty, not both.")
    from kesu.emulator import scenario
    from kesu.virtual_port.server import LineServer

    uf2 = image or sealed().uf2
    with Progress("Starting the pad"):
        pad = scenario.boot_pad(uf2, seed=seed, line=False)
    server = LineServer(pad, tcp_port=None if pseudo else tcp_port or 0, happened=_Teller(pad, pen).happened)
    click.echo(server.url)
    watcher = _Watcher(server)
    try:
        server.serve(lambda: False, watcher.turned)
    except KeyboardInterrupt:
        click.echo("closed", err=True)


class _Teller:
    """Prints the PC's actions, and makes the pen write when a call begins."""

    def __init__(self, pad: VirtualPad, text: str | None) -> None:
        from kesu.emulator import scenario
        from kesu.emulator.touch import handwriting

        self._speed = scenario.PEN_SPEED
        self._pad = pad
        self._strokes = handwriting.strokes(text, 20, 40, 34) if text else []

    def happened(self, what: str) -> None:
        click.echo(f"PC: {what}")
        if what == TALK and self._strokes:
            self._pad.pen.stop()
            self._pad.pen.write(self._strokes, self._speed)


class _Watcher:
    """Prints changes of the modem bits, and when the pad is slower than real time."""

    def __init__(self, server: LineServer) -> None:
        self._server = server
        self._printed: tuple[bool, bool, bool] | None = None
        self._late = False

    def turned(self) -> None:
        port, pace = self._server.port, self._server.pace
        bits = (port.dsr, port.cd, port.ri)
        if bits != self._printed:
            self._printed = bits
            words = ("blank and ready", "a note is present", "fault")
            click.echo(
                "pad: " + (", ".join(word for word, bit in zip(words, bits, strict=True) if bit) or "busy")
            )
        if pace.late != self._late:
            self._late = pace.late
            click.echo(
                f"slower than real time: {pace.behind_ns / 1e9:.1f} s behind"
                if pace.late
                else "in real time again",
                err=True,
            )
