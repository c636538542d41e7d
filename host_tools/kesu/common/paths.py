"""paths: folders of the build's cache and of finished images."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from pathlib import Path

from kesu.common.checkout import repository


def cache() -> Path:
    """Folder for downloads and build trees: KESU_CACHE, or .cache in the checkout."""
    chosen = os.environ.get("KESU_CACHE")
    return Path(chosen).resolve() if chosen else repository() / ".cache"


def images() -> Path:
    """Folder of finished images."""
    return repository() / "dist"
