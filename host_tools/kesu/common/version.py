"""version: the version of the installed package."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """Such as 0.1.0; 0 where the package has no metadata (run from a folder without an installation)."""
    from importlib import metadata  # here: it is large, and `kesu hook` must start quickly

    try:
        return metadata.version("kesu")
    except metadata.PackageNotFoundError:
        return "0"
