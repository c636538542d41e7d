"""command: `kesu audit`: checks the structure of an image from its files alone."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from kesu.build.request import built_files
from kesu.build.toolchain import in_words
from kesu.verify.structure.audit import audit
from kesu.verify.structure.identity import read_manifest

BROKEN = 1


@click.command("audit")
@click.argument("image", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def command(image: Path, as_json: bool) -> None:
    """Check the structure of IMAGE (a UF2; its .elf and .json in the same folder), for Pico or Pico 2.

    Nothing is run: this is the part of `kesu verify` that needs no emulator. Exit code 0: every rule holds,
    1: one does not, 2: the files cannot be read.
    """
    files = built_files(image)
    findings = audit(files)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'holds ' if finding.holds else 'BROKEN'}  {finding.rule}: {finding.detail}")
        differs = in_words(read_manifest(files) or {})
        click.echo(f"toolchain: {differs or 'the pinned one, by the manifest'}.")
    raise SystemExit(0 if all(finding.holds for finding in findings) else BROKEN)
