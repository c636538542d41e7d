"""bundle: bundles the TypeScript for the browser, with Node and the packages pinned in package-lock.json."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.paths import cache
from kesu.common.progress import Progress
from kesu.images.toolchain.image import exclusive
from kesu.images.toolchain.inputs import file_hash
from kesu.images.toolchain.tools import require, run

SOURCES = Path(__file__).resolve().parents[3] / "web"
NODE = {"node": "nodejs", "npm": "npm"}
OLDEST_NODE = 20


def require_node() -> None:
    """Raise KesuError unless Node (20 or newer) and npm are installed."""
    require(NODE, purpose="build the page")
    version = run(["node", "--version"]).strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        raise KesuError(
            f"Node {version} is too old to build the page.",
            hint=f"Install Node {OLDEST_NODE} or newer (Debian 13: packages nodejs and npm).",
            code=Exit.UNAVAILABLE,
        )


def install_packages(sources: Path = SOURCES) -> None:
    """Install node_modules from the lock file unless up to date. Install scripts are not run."""
    modules = sources / "node_modules"
    mark = modules / ".kesu-lock"
    wanted = file_hash(sources / "package-lock.json")
    with exclusive(cache() / "pad" / "packages"):
        if mark.is_file() and mark.read_text(encoding="ascii") == wanted:
            return
        with Progress("Fetching the page's packages"):
            run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=sources,
                hint="npm fetches the packages once; this step needs a network or a filled npm cache.",
            )
        mark.write_text(wanted, encoding="ascii")


def write_bundle(folder: Path, sources: Path = SOURCES) -> None:
    """Write page, style and worker into `folder`. Raises KesuError with the bundler's message."""
    run(["node", "build.mjs", str(folder.resolve())], cwd=sources)
