"""docs_site: the site of the documents, built once for all tests that read it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from once import once

ROOT = Path(__file__).parents[2]


def built_site(factory: pytest.TempPathFactory) -> Path:
    """The folder of the site."""
    return once(factory, "docs-site", _build)


def _build(folder: Path) -> Path:
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", folder / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return folder / "site"
