"""Parts of the page that need no browser: their own tests, under node. `./dev lint` checks their types."""

# SPDX-License-Identifier: MIT
import re
from pathlib import Path

from kesu.demo.page.bundle import SOURCES, install_packages
from kesu.images.toolchain.tools import run

FEWEST = 10


def test_parts_of_the_page(tmp_path: Path) -> None:
    install_packages()
    bundle = tmp_path / "page.test.mjs"
    run(
        [
            "node_modules/.bin/esbuild",
            "test/page.test.ts",
            "--bundle",
            "--platform=node",
            "--format=esm",
            f"--outfile={bundle}",
        ],
        cwd=SOURCES,
    )
    output = run(["node", "--test", str(bundle)])
    counted = re.search(r"^(?:#|ℹ) pass (\d+)", output, re.MULTILINE)
    assert counted is not None, output
    assert int(counted.group(1)) >= FEWEST, output
