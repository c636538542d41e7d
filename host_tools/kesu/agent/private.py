"""private: files that hold a password or token, and must be readable by their owner only."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from pathlib import Path

from kesu.agent.place import is_replaceable
from kesu.common.documents import open_plain
from kesu.common.errors import Exit, KesuError, unreadable

LONGEST = 65_536


def read_private(path: Path) -> bytes:
    """The content of a file that only its owner (this user, or root) may read.

    Raises KesuError when it cannot be read, is not a plain file, is larger than LONGEST, or others may read
    it, change it or replace it. The check uses the open file. On Windows the access list of the folder protects
    the file; this function does not check it.
    """
    try:
        replaceable = is_replaceable(str(path))
        opened = open_plain(path)
    except OSError as error:
        raise KesuError(f"{path} cannot be read: {error.strerror}.", code=unreadable(error)) from None
    with opened as file:
        found = os.fstat(file.fileno())
        if replaceable:
            raise KesuError(
                f"{path} holds a secret, and stands below a folder in which anybody may replace it.",
                hint="Move it to a folder of its owner's.",
                code=Exit.NO_PERMISSION,
            )
        if os.name == "posix" and (found.st_mode & 0o077 or found.st_uid not in (0, os.geteuid())):
            raise KesuError(
                f"{path} holds a secret, and others than its owner may read or change it.",
                hint=f"chmod 600 {path}; its owner is to be the user that runs this.",
                code=Exit.NO_PERMISSION,
            )
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise KesuError(f"{path} is larger than a file of secrets may be.", code=Exit.DATA)
    return content
