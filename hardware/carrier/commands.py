"""commands: KiCad and what is built on it, run so that no setting of the user's shows."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path


def run(folder: Path, *command: str) -> str:
    """Run a command in `folder`, with an empty home; what it printed. CalledProcessError if it fails."""
    with tempfile.TemporaryDirectory() as home:
        ran = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"HOME": home},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    return ran.stdout


def kicad(folder: Path, *words: str) -> str:
    """Run `kicad-cli WORDS`, as `run`."""
    return run(folder, "kicad-cli", *words)


def check(folder: Path, report: Path, *rules: str) -> bool:
    """What the rules find goes to `report`, without its time; True if they find nothing at all."""
    try:
        kicad(folder, *rules[:2], "--severity-all", "--exit-code-violations", "-o", str(report), *rules[2:])
    except subprocess.CalledProcessError:
        if not report.exists():
            raise
        clean = False
    else:
        clean = True
    text = re.sub(r" ?(on )?20\d\d-\d\d-\d\dT[\d:+]+,?", "", report.read_text(encoding="utf-8"))
    report.write_text(text, encoding="utf-8")
    return clean
