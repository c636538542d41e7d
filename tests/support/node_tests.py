"""node_tests: bundles TypeScript of host_tools/web for Node, and runs it or its tests."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from kesu.demo.page.bundle import SOURCES, install_packages
from kesu.images.toolchain.tools import run

ESBUILD = "node_modules/.bin/esbuild"


def bundled(entry: str, out: Path) -> Path:
    """Bundle `entry`, a path below host_tools/web, into the file `out`."""
    install_packages()
    run(
        [ESBUILD, entry, "--bundle", "--platform=node", "--format=esm", f"--outfile={out}"],
        cwd=SOURCES,
    )
    return out


def run_tests(entry: str, folder: Path) -> int:
    """Run the tests of `entry` under Node, and return how many passed. KesuError with their output if one fails."""
    output = run(["node", "--test", str(bundled(entry, folder / f"{Path(entry).stem}.mjs"))])
    counted = re.search(r"^(?:#|ℹ) pass (\d+)", output, re.MULTILINE)
    assert counted is not None, output
    return int(counted.group(1))


def answer(program: Path, given: str) -> str:
    """What a bundled program prints when it reads `given`."""
    done = subprocess.run(["node", str(program)], input=given, capture_output=True, text=True, check=True)
    return done.stdout
