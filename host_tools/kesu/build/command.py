"""command: `kesu build`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import click

from kesu.build import toolchain
from kesu.build.geometry import PANELS
from kesu.build.image import build
from kesu.build.paths import images
from kesu.build.policy import LANGUAGES
from kesu.build.request import BOARDS, PROFILES, STOCK, BuildRequest, BuiltImage
from kesu.documents import from_json, read_plain

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(name="build")
@click.option("--profile", type=click.Choice([*PROFILES, "all", STOCK]), default="sealed", show_default=True)
@click.option(
    "--board",
    type=click.Choice([*BOARDS]),
    default="pico",
    show_default=True,
    help="Pico (RP2040) or Pico 2 (RP2350).",
)
@click.option(
    "--panel",
    type=click.Choice([*PANELS]),
    default="4in2",
    show_default=True,
    help="Panel and touch chip: 4in2 SSD1683 and FT6336U, 2in9 SSD1680 and ICNT86X.",
)
@click.option("--language", type=click.Choice(LANGUAGES), default="ja", show_default=True)
@click.option(
    "--policy", type=click.Path(path_type=Path), help="Policy file instead of firmware/policy.toml."
)
@click.option("--firmware", type=FOLDER, help="Firmware tree instead of firmware/.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the image (dist/).")
@click.option("--micropython", type=FOLDER, help="MicroPython 1.25.0 tree at hand.")
@click.option("--pico-sdk", type=FOLDER, help="pico-sdk 2.1.1 tree at hand.")
@click.option("--tinyusb", type=FOLDER, help="TinyUSB 0.18.0 tree at hand.")
def command(
    profile: str,
    board: str,
    panel: str,
    language: str,
    policy: Path | None,
    firmware: Path | None,
    out: Path | None,
    micropython: Path | None,
    pico_sdk: Path | None,
    tinyusb: Path | None,
) -> None:
    """Build the firmware image from pinned, hashed sources: UF2, ELF and a JSON manifest."""
    for one in PROFILES if profile == "all" else (profile,):
        image = build(
            BuildRequest(
                profile=one,
                board=board,
                panel=panel,
                language=language,
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
