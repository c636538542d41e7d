"""traps: links, pipes and others in place of a file, some of them pointing to another user's file."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

VICTIM = "somebody else's file\n"


def link(path: Path) -> None:
    path.symlink_to(path.with_name("victim"))


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("not-there"))


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/full")


def folder(path: Path) -> None:
    path.mkdir()


def hard_link(path: Path) -> None:
    path.hardlink_to(path.with_name("victim"))


TRAPS = {trap.__name__: trap for trap in (link, dangling, pipe, device, folder)}
Lay = Callable[[Path], None]


def untouched(victim: Path) -> bool:
    """The other user's file is unchanged, and none was made where a dangling link points."""
    return victim.read_text() == VICTIM and not victim.with_name("not-there").exists()
