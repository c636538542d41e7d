"""paths: folders of the build's cache and of finished images."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import sys
from pathlib import Path

from kesu.common.checkout import is_checkout, repository


def cache() -> Path:
    """Folder for downloads, build trees and unpacked files: KESU_CACHE, or .cache in the checkout.

    Without a checkout, it is in the user's folder for caches. OSError if the user has none.
    """
    chosen = os.environ.get("KESU_CACHE")
    if chosen:
        return Path(chosen).resolve()
    return repository() / ".cache" if is_checkout() else _of_user() / "kesu"


def _of_user() -> Path:
    """The folder where this user's programs keep what they can make again."""
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute():
        raise OSError("this user has no home folder: set KESU_CACHE to a folder for caches")
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def images() -> Path:
    """Folder of finished images."""
    return repository() / "dist"
