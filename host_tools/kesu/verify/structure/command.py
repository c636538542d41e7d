"""command: `kesu audit`: checks the structure of an image from its files alone."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from kesu.common.command_types import IMAGE, Command
from kesu.common.errors import Exit
from kesu.images.toolchain.request import built_files
from kesu.images.toolchain.toolchain import in_words


@click.command(
    "audit",
    cls=Command,
    examples=(
        "kesu audit IMAGE",
        "kesu audit desk.uf2 --base IMAGE",
        "kesu audit IMAGE --json",
    ),
)
@click.argument("image", type=IMAGE)
@click.option(
    "--base", type=IMAGE, help="Check that IMAGE is this one with another policy, and audit this one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(image: Path, base: Path | None, as_json: bool) -> None:
    """Check the structure of IMAGE (a UF2; its .elf and .json in the same folder), for Pico or Pico 2.

    Nothing is run: this is the part of `kesu verify` that needs no emulator. With --base, IMAGE may be a UF2 alone:
    every byte outside of its policy block must be as in the other image, and the block must be valid. Exit
    code 1: a rule does not hold.
    """
    from kesu.verify.structure.audit import audit
    from kesu.verify.structure.base import stamp_finding
    from kesu.verify.structure.identity import read_manifest

    files = built_files(image if base is None else base)
    findings = audit(files) if base is None else [stamp_finding(image, base), *audit(files)]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'holds ' if finding.holds else 'BROKEN'}  {finding.rule}: {finding.detail}")
        differs = in_words(read_manifest(files) or {})
        click.echo(f"toolchain: {differs or 'the pinned one, by the manifest'}.")
    raise SystemExit(Exit.OK if all(finding.holds for finding in findings) else Exit.NO)
