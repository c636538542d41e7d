"""extras: what a command needs beyond the base installation, and what to say when it is not installed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from kesu.common.errors import Exit, KesuError

EXTRA_OF = {
    **dict.fromkeys(("flash", "seal", "sync"), "flash"),
    **dict.fromkeys(("demo", "line", "verify", "audit", "faults", "glass", "evidence"), "verify"),
}
"""Command to the extra that it needs. All others run with the base installation, or only in a checkout."""
_OF_EXTRA = re.compile(r"""^([A-Za-z0-9._-]+).*;.*\bextra == ["']([a-z]+)["']""")


def missing(extra: str) -> list[str]:
    """The packages of an extra that are not installed; none where kesu itself is not installed."""
    from importlib import metadata  # here: it is large, and most commands need no extra

    try:
        wanted = metadata.requires("kesu") or []
    except metadata.PackageNotFoundError:
        return []
    found = (_OF_EXTRA.match(line) for line in wanted)
    return [one[1] for one in found if one and one[2] == extra and not any(_versions(one[1]))]


def refusal(command: str) -> KesuError | None:
    """Why a command cannot run here; None when it can."""
    extra = EXTRA_OF.get(command)
    lacking = missing(extra) if extra else []
    if not lacking:
        return None
    return KesuError(
        f"This command needs packages that are not installed: {', '.join(lacking)}.",
        hint=f'Install the extra "{extra}": pip install "kesu[{extra}]"',
        code=Exit.UNAVAILABLE,
    )


def _versions(name: str) -> Iterator[str]:
    """The installed version of a package, if there is one."""
    from importlib import metadata

    with contextlib.suppress(metadata.PackageNotFoundError):
        yield metadata.version(name)
