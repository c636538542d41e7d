"""paths: where the project's files, the cache and the images are."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from pathlib import Path

from kesu.errors import KesuError


def repository() -> Path:
    """Root of the checkout that this package is installed from. Raises KesuError when it is not one."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "firmware" / "main.py").exists() and not (root / "firmware" / "boards").is_dir():
        raise KesuError(
            "The firmware's sources are not beside this package.",
            hint="Run `./dev setup` in a checkout of the project; it installs `kesu` from there.",
        )
    return root


def cache() -> Path:
    """Folder for downloads and build trees: KESU_CACHE, or .cache in the checkout."""
    chosen = os.environ.get("KESU_CACHE")
    return Path(chosen).resolve() if chosen else repository() / ".cache"


def images() -> Path:
    """Folder of finished images."""
    return repository() / "dist"
