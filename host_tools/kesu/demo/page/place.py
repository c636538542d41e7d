"""place: the folder of the static page: replaced whole, and never one that holds something else."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kesu.common.errors import Exit, KesuError


def refuse_other_folders(out: Path) -> None:
    """Raise KesuError if `out` holds files that are not a page of this kind."""
    if not out.exists():
        return
    ours = out.is_dir() and ((out / "images" / "index.json").is_file() or not any(out.iterdir()))
    if not ours:
        raise KesuError(
            f"{out} holds something that is not the page.",
            hint="Give a new or empty folder with --out.",
            code=Exit.CANNOT_CREATE,
        )


@contextmanager
def replaced(out: Path) -> Iterator[Path]:
    """A new folder that takes the place of `out` at the end."""
    fresh, old = out.with_name(f"{out.name}.new"), out.with_name(f"{out.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    yield fresh
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)
