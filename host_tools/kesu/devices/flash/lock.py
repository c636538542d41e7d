"""lock: a lock file next to a shared file, so that one run at a time writes it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOOK_EVERY_S = 0.02


@contextmanager
def locked(path: Path, patience_s: float) -> Iterator[None]:
    """Hold the lock file of `path`. OSError if it cannot be locked within `patience_s`."""
    if path.is_symlink():
        # Replacing a link would leave its target unchanged; following it would write elsewhere.
        raise OSError(errno.ELOOP, "it is a link; name the file itself")
    beside = path.with_name(f".{path.name}.lock")
    deadline = time.monotonic() + patience_s
    handle = _opened(beside)
    try:
        # Its holder may have removed it meanwhile: an unlinked lock file excludes nobody.
        while not (_lock(handle) and _still_named(handle, beside)):
            if time.monotonic() >= deadline:
                raise OSError(errno.EBUSY, "another program holds its lock")
            if not _still_named(handle, beside):
                os.close(handle)
                handle = -1
                handle = _opened(beside)
                continue
            time.sleep(_LOOK_EVERY_S)
        try:
            yield
        finally:
            # Windows cannot remove an open file; it is left there.
            if os.name == "posix" and not path.exists():
                with suppress(OSError):
                    beside.unlink()
    finally:
        if handle >= 0:
            os.close(handle)


def _opened(beside: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT
    for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"):  # not defined on Windows
        flags |= getattr(os, name, 0)
    handle = os.open(beside, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "its lock is not a plain file")
    return handle


def _still_named(handle: int, beside: Path) -> bool:
    if os.name != "posix":
        return True
    try:
        return os.path.samestat(os.fstat(handle), beside.lstat())
    except FileNotFoundError:
        return False


def _lock(handle: int) -> bool:
    """Try to lock; whether it succeeded."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # flock(2); Windows
        return False
    return True
