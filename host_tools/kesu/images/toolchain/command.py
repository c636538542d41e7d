"""command: `kesu dev build`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.common.command_types import INPUT_FILE, INPUT_FOLDER, OUTPUT_FOLDER, Command
from kesu.common.documents import from_json, read_plain
from kesu.common.paths import images
from kesu.images.toolchain import toolchain
from kesu.images.toolchain.image import build
from kesu.images.toolchain.request import BOARDS, PROFILES, STOCK, BuildRequest, BuiltImage
from kesu.spec.panels import DEFAULT_PANEL, PANELS


@click.command(
    "build",
    cls=Command,
    examples=(
        "kesu dev build",
        "kesu dev build --board pico2 --panel 2in9",
        "kesu dev build --policy policy.toml --out images",
    ),
)
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, "all", STOCK]),
    default="sealed",
    help="Profile: sealed for operators, service for development.",
)
@click.option(
    "--board",
    type=click.Choice([*BOARDS]),
    default="pico",
    help="Board: Pico (RP2040) or Pico 2 (RP2350).",
)
@click.option(
    "--panel",
    type=click.Choice([*PANELS]),
    default=DEFAULT_PANEL,
    help="Panel and touch chip: SSD1683 and FT6336U, or SSD1680 and ICNT86X.",
)
@click.option("--policy", type=INPUT_FILE, show_default="defaults", help="Policy file.")
@click.option("--firmware", type=INPUT_FOLDER, show_default="firmware", help="Firmware tree.")
@click.option("--out", type=OUTPUT_FOLDER, show_default="dist", help="Folder for the image.")
@click.option("--micropython", type=INPUT_FOLDER, help="Existing MicroPython 1.25.0 tree.")
@click.option("--pico-sdk", type=INPUT_FOLDER, help="Existing pico-sdk 2.1.1 tree.")
@click.option("--tinyusb", type=INPUT_FOLDER, help="Existing TinyUSB 0.18.0 tree.")
def command(
    profile: str,
    board: str,
    panel: str,
    policy: Path | None,
    firmware: Path | None,
    out: Path | None,
    micropython: Path | None,
    pico_sdk: Path | None,
    tinyusb: Path | None,
) -> None:
    """Build a firmware image from pinned, hashed sources: UF2, ELF and a JSON manifest."""
    for one in PROFILES if profile == "all" else (profile,):
        image = build(
            BuildRequest(
                profile=one,
                board=board,
                panel=panel,
                policy=policy,
                firmware=firmware,
                out=out if out is not None else images(),
                micropython=micropython,
                pico_sdk=pico_sdk,
                tinyusb=tinyusb,
            )
        )
        click.echo(f"{image.uf2}  {image.uf2.stat().st_size:,} bytes")
        warn(image)


def warn(image: BuiltImage) -> None:
    """Warn that an image was made with another toolchain than the pinned one."""
    differs = toolchain.in_words(from_json(read_plain(image.manifest)))
    if differs:
        click.echo(
            f"WARNING: {image.uf2.name}: {differs}.\n"
            "  -> its bytes may not be those of a release from the same sources; its manifest says so.",
            err=True,
        )
