"""command: `kesu rig`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from kesu.common.atomic import replace_file
from kesu.common.command_types import OUTPUT_FILE, OUTPUT_FOLDER, Command, Group
from kesu.common.errors import Exit, KesuError, unwritable
from kesu.emulator.scenario import PEN_SPEED
from kesu.images.toolchain.command import warn
from kesu.spec.panels import DEFAULT_PANEL, FILMS

from kesu_dev.rig.actions import KEYS, Actions
from kesu_dev.rig.check import Step, check
from kesu_dev.rig.image import build_rig
from kesu_dev.rig.link import Rig
from kesu_dev.rig.measure import Panel, measured, table
from kesu_dev.rig.serial_port import SerialPort, connected

SRAM_BYTES = {"rp2040": 264 * 1024, "rp2350": 520 * 1024}

port_option = click.option("--port", default="", show_default="the only rig", help="Port of the rig.")
film_option = click.option(
    "--film", type=click.Choice([*FILMS]), default=DEFAULT_PANEL, help="Film that the pad's image is for."
)


@click.group(
    "rig",
    cls=Group,
    examples=("kesu rig build", "kesu rig check", "kesu rig measure --film 4in2 --out panel.toml"),
)
def command() -> None:
    """Build and drive a test rig that plays all around a pad.

    It is a second Pico, wired to a pad's board: panel, pen, keys, cable and debug probe.
    """


@command.command("build", cls=Command, examples=("kesu rig build", "kesu rig build --out images"))
@click.option("--out", type=OUTPUT_FOLDER, show_default="dist", help="Folder for the image.")
def build_command(out: Path | None) -> None:
    """Build the rig's firmware from pinned, hashed sources: UF2, ELF and manifest."""
    image = build_rig(out)
    click.echo(f"{image.uf2}  {image.uf2.stat().st_size:,} bytes")
    warn(image)


def _rig(port: str) -> Rig:
    ports = [port] if port else [name for name, _ in connected()]
    if len(ports) != 1:
        raise KesuError(
            "No rig is connected." if not ports else f"{len(ports)} rigs are connected.",
            hint="Plug it in." if not ports else f"Choose one with --port: {', '.join(ports)}.",
            code=Exit.UNAVAILABLE,
        )
    return Rig(SerialPort(ports[0]))


@command.command("list", cls=Command, examples=("kesu rig list",))
def list_command() -> None:
    """List the connected rigs: port and version."""
    found = connected()
    if not found:
        click.echo("No rig is connected.")
    for name, version in found:
        click.echo(f"{name}  {version}")


@command.command("check", cls=Command, examples=("kesu rig check", "kesu rig check --film 2in9"))
@port_option
@film_option
def check_command(port: str, film: str) -> None:
    """Check the wiring step by step, and stop at the first fault."""
    rig = _rig(port)

    def say(step: Step) -> None:
        click.echo(f"{'ok' if step.right else 'WRONG':5}  {step.name}: {step.seen}")

    right = check(rig, Actions(rig, time.sleep, film), time.sleep, say)
    rig.close()
    raise SystemExit(Exit.OK if right else Exit.NO)


@command.command(
    "play", cls=Command, examples=("kesu rig play on", "kesu rig play write", "kesu rig play WIPE")
)
@click.argument("what", type=click.Choice(["on", "off", "reset", "bootsel", "write", *KEYS]))
@port_option
@film_option
@click.option("--celsius", type=click.IntRange(0, 100), help="Temperature that the panel senses from now on.")
def play_command(what: str, port: str, film: str, celsius: int | None) -> None:
    """Run one action on the pad: its supply, a reset, a line of ink, or a key."""
    rig = _rig(port)
    actions = Actions(rig, time.sleep, film, fitted=True)
    if celsius is not None:
        actions.feel(celsius)
    done: dict[str, Callable[[], None]] = {
        "on": actions.power_on,
        "off": actions.power_off,
        "reset": actions.reset,
        "bootsel": actions.into_boot_rom,
        "write": lambda: _write_line(actions, film),
    }
    done.get(what, lambda: actions.tap(what))()
    rig.close()


def _write_line(actions: Actions, film: str) -> None:
    actions.write([_zigzag(film)], PEN_SPEED)


def _zigzag(film: str) -> list[tuple[float, float]]:
    page = FILMS[film].panel
    return [
        (page.width * (0.2 + 0.06 * step), page.height * (0.3 if step % 2 else 0.6)) for step in range(10)
    ]


@command.command("planes", cls=Command, examples=("kesu rig planes --out planes",))
@port_option
@film_option
@click.option("--out", type=OUTPUT_FOLDER, default=Path("planes"), help="Folder for bw.bin and red.bin.")
def planes_command(port: str, film: str, out: Path) -> None:
    """Write both planes of the panel's RAM, and the driver's errors."""
    rig = _rig(port)
    planes = Actions(rig, time.sleep, film, fitted=True).planes()
    out.mkdir(parents=True, exist_ok=True)
    for name, data in (("bw.bin", planes.bw), ("red.bin", planes.red)):
        _write(out / name, data)
    click.echo(json.dumps(planes.errors))
    rig.close()


@command.command("dump", cls=Command, examples=("kesu rig dump --target rp2040 --out ram.bin",))
@port_option
@click.option("--target", type=click.Choice([*SRAM_BYTES]), default="rp2040", help="Chip of the pad.")
@click.option("--out", type=OUTPUT_FILE, default=Path("ram.bin"), help="File for the RAM.")
def dump_command(port: str, target: str, out: Path) -> None:
    """Read all RAM of the running pad by SWD. The file may hold a note: delete it."""
    rig = _rig(port)
    actions = Actions(rig, time.sleep, DEFAULT_PANEL, fitted=True)
    actions.connect(target, 5)
    _write(out, actions.peek(0x2000_0000, SRAM_BYTES[target]))
    actions.disconnect()
    rig.close()
    click.echo(f"{out}  {SRAM_BYTES[target]:,} bytes")


@command.command("measure", cls=Command, examples=("kesu rig measure --film 4in2 --out panel.toml",))
@port_option
@film_option
@click.option("--photodiode", is_flag=True, help="A photodiode on GP28 looks at the glass.")
@click.option("--out", type=OUTPUT_FILE, default=Path("measured.toml"), help="File for the table.")
def measure_command(port: str, film: str, photodiode: bool, out: Path) -> None:
    """Measure a real panel that is plugged into the rig instead of the pad."""
    rig = _rig(port)
    found = measured(Panel(rig, film), click.echo, photodiode)
    _write(out, table(found, rig.version, datetime.now(UTC).date().isoformat()).encode())
    rig.close()
    click.echo(f"{out}: HARDWARE, panel {film}")


def _write(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except OSError as error:
        raise unwritable(path, error) from error
