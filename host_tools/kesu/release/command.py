"""command: `kesu release`."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from importlib.metadata import version as installed_version
from itertools import product
from pathlib import Path

import click

from kesu.common.checkout import repository
from kesu.common.command_types import INPUT_FILE, INPUT_FOLDER, OUTPUT_FOLDER, Command
from kesu.common.paths import images
from kesu.images.toolchain.request import BOARDS
from kesu.spec.panels import PANELS


@click.command(
    "release",
    cls=Command,
    examples=(
        "kesu release --sign kesu.key",
        "kesu release --board pico --verify quick --once",
        "kesu release --evidence verified --public-key kesu.pub",
    ),
)
@click.option(
    "--board",
    "boards",
    multiple=True,
    type=click.Choice([*BOARDS]),
    show_default="all",
    help="Release this board only; may be repeated.",
)
@click.option(
    "--panel",
    "panels",
    multiple=True,
    type=click.Choice([*PANELS]),
    show_default="all",
    help="Release this panel only; may be repeated.",
)
@click.option(
    "--verify",
    type=click.Choice(["full", "quick", "none"]),
    default="full",
    help="Profile of `kesu verify` for each image.",
)
@click.option(
    "--evidence",
    multiple=True,
    type=INPUT_FOLDER,
    help="Use evidence of `kesu verify` for these images instead of verifying them; may be repeated.",
)
@click.option("--public-key", type=INPUT_FILE, help="Require that this minisign key has signed the evidence.")
@click.option("--once", is_flag=True, help="Build once and do not compare two builds; the index says so.")
@click.option(
    "--other-toolchain", is_flag=True, help="Accept another compiler than the pinned one; the index says so."
)
@click.option(
    "--sign",
    type=INPUT_FILE,
    help="Sign images, packages, index and sums with this minisign secret key.",
)
@click.option(
    "--windows",
    type=INPUT_FOLDER,
    help="Put in the agent's Windows installer, made from this folder of its programs.",
)
@click.option(
    "--out", type=OUTPUT_FOLDER, show_default="dist", help="Folder in which the release folder is made."
)
def command(
    boards: tuple[str, ...],
    panels: tuple[str, ...],
    verify: str,
    evidence: tuple[Path, ...],
    public_key: Path | None,
    once: bool,
    other_toolchain: bool,
    sign: Path | None,
    windows: Path | None,
    out: Path | None,
) -> None:
    """Build, verify and sign a release folder.

    It holds sealed images for boards and panels, each with manifest and ELF, built twice and
    compared; structure audits; evidence; the presets of `kesu policy`; the agent's packages, @kesu/line, the
    browser extension and policy files; an SBOM (CycloneDX 1.6); third-party notices; index, sums and signatures.
    If it is interrupted, finished evidence is kept beside the folder for --evidence. Exit code 1: an image
    breaks the promise, or two builds differ.
    """
    repository()
    from kesu.release.images import Which
    from kesu.release.make import Plan, make

    if public_key is not None and not evidence:
        raise click.UsageError("--public-key is for the evidence given with --evidence.")
    chosen = [Which(*which) for which in product(boards or BOARDS, panels or PANELS)]
    version = installed_version("kesu")
    target = (out if out is not None else images()) / f"release-{version}"
    plan = Plan(version, tuple(chosen), verify, evidence, public_key, once, sign, other_toolchain, windows)
    click.echo(make(plan, target))
