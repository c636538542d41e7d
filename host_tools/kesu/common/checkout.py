"""checkout: finds the files of the project's checkout."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.errors import Exit, KesuError


def repository() -> Path:
    """Root of the checkout that this package is installed from. Raises KesuError when it is not one."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "firmware" / "main.py").exists() and not (root / "firmware" / "boards").is_dir():
        raise KesuError(
            "The firmware's sources are not next to this package.",
            hint="Run `./dev setup` in a checkout of the project; it installs `kesu` from there.",
            code=Exit.UNAVAILABLE,
        )
    return root
