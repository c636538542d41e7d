"""checkout: finds the files of the project's checkout."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

from kesu.common.errors import Exit, KesuError

ROOT = Path(__file__).resolve().parents[3]


def is_checkout() -> bool:
    """Whether this package is in a checkout of the project, not in an installed wheel."""
    return (ROOT / "firmware" / "main.py").exists() or (ROOT / "firmware" / "boards").is_dir()


def repository() -> Path:
    """Root of the checkout that this package is installed from. Raises KesuError when it is not one."""
    if not is_checkout():
        raise KesuError(
            "This needs a checkout of the project: the installed package has no firmware sources.",
            hint="Run `./dev setup` in a checkout of the project; it installs `kesu` from there.",
            code=Exit.UNAVAILABLE,
        )
    return ROOT
