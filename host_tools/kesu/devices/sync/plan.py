"""plan: compares a pad's files with the wanted ones, and carries out the difference."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from kesu.common.errors import Exit, KesuError
from kesu.devices.sync.folder import excluded

Progress = Callable[[str, int, int], None]
"""Callback: a path, bytes done and total bytes."""


class Files(Protocol):
    """The part of a pad's console that is needed."""

    def files(self, folder: str = "") -> dict[str, int]: ...
    def sha256(self, path: str) -> str: ...
    def write(
        self, path: str, content: bytes, progress: Callable[[int, int], None] | None = None
    ) -> None: ...
    def make_folder(self, path: str) -> None: ...
    def remove(self, path: str) -> None: ...


@dataclass(frozen=True)
class Plan:
    """Paths in the order of processing. Folders end in a slash; `same` needs no change."""

    remove: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    write: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.remove or self.folders or self.write)


def compare(pad: Files, wanted: Mapping[str, bytes], patterns: Sequence[str] = ()) -> Plan:
    """The changes after which the pad has exactly the `wanted` files, besides those that the patterns exclude."""
    present = pad.files()
    folders = _folders(wanted)
    write: list[str] = []
    same: list[str] = []
    for path, content in sorted(wanted.items()):
        equal = present.get(path) == len(content) and pad.sha256(path) == hashlib.sha256(content).hexdigest()
        (same if equal else write).append(path)
    kept = {path for path in present if excluded(path, patterns)}
    needed = folders | _folders(kept)
    extra = [path for path in present if path not in wanted and path not in kept and path not in needed]
    # A file with the name of a wanted folder, or the reverse, is removed first; the content of a folder before
    # the folder.
    return Plan(
        remove=sorted(extra, key=lambda path: (-path.rstrip("/").count("/"), path)),
        folders=sorted(folder for folder in folders if folder not in present),
        write=write,
        same=same,
    )


def _folders(paths: Iterable[str]) -> set[str]:
    """All parent folders of the paths, at every depth."""
    found = set()
    for path in paths:
        parts = path.rstrip("/").split("/")
        found |= {f"{'/'.join(parts[:end])}/" for end in range(1, len(parts))}
    return found


def carry_out(pad: Files, plan: Plan, wanted: Mapping[str, bytes], progress: Progress) -> None:
    """Carry out the plan, and check the hash of every written file. progress: path, bytes done, total bytes."""
    total = sum(len(wanted[path]) for path in plan.write)
    done = 0
    for path in plan.remove:
        pad.remove(path)
    for folder in plan.folders:
        pad.make_folder(folder)
    for path in plan.write:
        pad.write(path, wanted[path], partial(_tell, progress, path, done, total))
        done += len(wanted[path])
        if pad.sha256(path) != hashlib.sha256(wanted[path]).hexdigest():
            raise KesuError(
                f"{path} reads back different from what was written.",
                hint="Run the command again. If it fails again, the pad's flash is worn or full.",
                code=Exit.NO,
            )
        progress(path, done, total)


def _tell(progress: Progress, path: str, before: int, total: int, sent: int, _size: int) -> None:
    progress(path, before + sent, total)
