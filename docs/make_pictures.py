"""make_pictures: `./dev pictures [NAME ...]`, makes the pictures of the documents by pictures/makers.toml."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"


def makers() -> dict[str, dict[str, Any]]:
    """The entries of makers.toml by name."""
    return tomllib.loads((PICTURES / "makers.toml").read_text(encoding="utf-8"))


def make(command: str, take: dict[str, str]) -> None:
    """Run one command from the checkout's root and copy its output to its place."""
    with tempfile.TemporaryDirectory() as out:
        words = [word.format(out=out, python=sys.executable) for word in shlex.split(command)]
        subprocess.run(words, cwd=ROOT, check=True)
        for made, picture in take.items():
            (PICTURES / picture).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(out) / made, PICTURES / picture)


def main(names: list[str]) -> int:
    """Make the pictures of these makers, or of all. Returns 2 for an unknown name, 1 for a failure."""
    known = makers()
    if wrong := [name for name in names if name not in known]:
        print(f"no pictures called {', '.join(wrong)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names or known:
        print(f"{name}: {known[name]['command']}", flush=True)
        try:
            make(known[name]["command"], known[name].get("take", {}))
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{name} was not made: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
