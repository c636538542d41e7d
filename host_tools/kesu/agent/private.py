"""private: files that hold a password or token, and must be readable by their owner only."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import stat
from pathlib import Path

from kesu.errors import KesuError

NO_PERMISSION = 77  # EX_NOPERM of sysexits.h
NO_INPUT = 66  # EX_NOINPUT
LONGEST = 65_536


def read_private(path: Path) -> bytes:
    """The content of a file that only its owner (this user, or root) may read.

    Raises KesuError when it cannot be read, is not a plain file, is larger than LONGEST, or others may read
    or change it. The check is made on the open file. On Windows the folder's access list protects the file;
    it is not looked at here.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise KesuError(f"{path} cannot be read: {error.strerror}.", code=NO_INPUT) from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise KesuError(f"{path} is not a plain file.", code=NO_INPUT)
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid not in (0, os.geteuid())):
            raise KesuError(
                f"{path} holds a secret, and others than its owner may read or change it.",
                hint=f"chmod 600 {path}; its owner is to be the user that runs this.",
                code=NO_PERMISSION,
            )
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise KesuError(f"{path} is larger than a file of secrets may be.", code=NO_INPUT)
    return content
