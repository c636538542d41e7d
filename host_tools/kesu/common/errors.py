"""errors: what a user reads when something cannot be done, and the exit codes of all commands."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import errno
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """How a command ends. One kind of failure has one code in all commands; 65 to 78 are of sysexits.h.

    The table for users is in docs/cli.md; a test compares both.
    """

    OK = 0
    """Done, and every check holds."""
    NO = 1
    """The command ran, and the answer is no: broken, changed, different, or a pad that failed."""
    USAGE = 2
    """Wrong use of the command line; click uses the same code."""
    NOT_PROVEN = 3
    """`--check` of agent and relay: a seat is not seen, or a person should look."""
    INCOMPLETE = 4
    """The check ran, but not all of it: nothing is broken, and nothing is shown."""
    DATA = 65
    """The content of a file cannot be used."""
    NO_INPUT = 66
    """A file or folder to read does not exist or is of another kind."""
    UNAVAILABLE = 69
    """A pad, a program or a part of the installation is missing or does not answer."""
    INTERNAL = 70
    """A defect of kesu itself."""
    CANNOT_CREATE = 73
    """The output cannot be created."""
    IO = 74
    """Reading or writing failed on the way."""
    TRY_AGAIN = 75
    """Something is in use or nobody answered in time."""
    NO_PERMISSION = 77
    """A file may not be read, or others may read or replace it, or the password is wrong."""
    CONFIG = 78
    """The content of a configuration or policy is wrong."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


class KesuError(Exception):
    """A failure with a sentence for the user and, if there is one, the way out.

    message: what is wrong, one sentence. hint: what to do about it. code: how the command ends.
    """

    def __init__(self, message: str, *, hint: str = "", code: Exit) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def unwritable(path: Path, error: OSError) -> KesuError:
    """The failure to write a file whose place the user chose."""
    return KesuError(
        f"{path} cannot be written: {error.strerror}.",
        hint="Give a file in a folder that you may write to.",
        code=Exit.CANNOT_CREATE,
    )


def unreadable(error: OSError) -> Exit:
    """The code for a file that was to be read: may not be, is larger than any good one, or is not there."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return Exit.NO_PERMISSION
    return Exit.DATA if error.errno == errno.EFBIG else Exit.NO_INPUT
