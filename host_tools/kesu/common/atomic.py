"""atomic: atomic, durable writes of files and folders: temporary file, fsync, rename.

The temporary file is in the same folder, has an unpredictable name and is created with O_EXCL, so that no
planted link is followed. It is synced to disk before the rename.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ENDING = ".new"


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace the content of `path`. mode: default is that of the existing file, else by the umask. OSError."""
    passing = path.with_name(f".{path.name}.{secrets.token_hex(6)}{_ENDING}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(passing, flags, 0o666 if mode is None else mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is None and path.exists():
            shutil.copymode(path, passing)
        passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def clear_leftovers(path: Path) -> None:
    """Remove temporary files that killed writers of `path` left. The caller must hold the lock of `path`."""
    length = len(f".{path.name}.") + 12 + len(_ENDING)
    for left in path.parent.glob(f".*{_ENDING}"):
        if left.name.startswith(f".{path.name}.") and len(left.name) == length:
            left.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that is renamed to `target` at the end, or removed on any failure, Ctrl-C included.

    OSError if that fails, also when something other than an empty folder has that name by then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield part
        for path in part.rglob("*"):
            if path.is_dir():
                _settle(path)
            else:
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        part.chmod(0o755)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """Sync the entries of a folder to disk."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
