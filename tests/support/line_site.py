"""line_site: the page, the worker and the stand-in of @kesu/line, bundled for a browser."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import shutil
from pathlib import Path

from kesu.demo.page.bundle import SOURCES, install_packages
from kesu.images.toolchain.tools import run
from node_tests import ESBUILD

FILES = {
    "page.js": "test/line_page.ts",
    "stand-in.js": "test/line_stand_in.ts",
    "kesu-line-worker.js": "line/worker.ts",
}


def build(folder: Path) -> Path:
    """Write the site into `folder`."""
    install_packages()
    folder.mkdir(parents=True, exist_ok=True)
    for name, entry in FILES.items():
        run(
            [ESBUILD, entry, "--bundle", "--format=esm", "--target=es2022", f"--outfile={folder / name}"],
            cwd=SOURCES,
        )
    shutil.copyfile(SOURCES / "test" / "line_page.html", folder / "index.html")
    return folder
