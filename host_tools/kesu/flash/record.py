"""record: the list of pads that were written, as CSV. A line is there whole or not at all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import errno
import io
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from kesu.atomic import clear_leftovers, replace_file
from kesu.documents import MOST_BYTES, read_plain
from kesu.errors import KesuError

CANNOT_WRITE = 73  # EX_CANTCREAT
LOCK_S = 30.0
"""A record is locked for moments. Whoever holds it for this long, it is not one of our runs."""
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Entry:
    """One line. time: UTC, ISO 8601. port: the USB port path. sha256: of the UF2 file. proof: what was
    compared."""

    time: str
    serial: str
    port: str
    chip: str
    image: str
    sha256: str
    action: str
    result: str
    proof: str
    note: str


COLUMNS = tuple(field.name for field in fields(Entry))


class Record:
    """A CSV file that several runs may append to at once. Raises KesuError for a file that is not ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> list[Entry]:
        """All lines; none when there is no file yet."""
        try:
            text = read_plain(self.path, MOST_BYTES).decode("utf-8")
            reader = csv.reader(io.StringIO(text, newline=""))
            head = next(reader, None)
            if head is not None and tuple(head) != COLUMNS:
                raise self._unusable("it is not a record of pads")
            rows = list(reader)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(f"it cannot be read ({error.strerror})") from error
        except (ValueError, csv.Error) as error:
            raise self._unusable("it cannot be read") from error
        if any(len(row) != len(COLUMNS) for row in rows):
            raise self._unusable("a line of it is damaged")
        return [Entry(*row) for row in rows]

    def check(self) -> None:
        """Raise now what `append` would raise later: a folder that is not there, a file that is not ours."""
        try:
            with self._locked():
                self.entries()
        except OSError as error:
            raise self._unusable(f"it cannot be written ({error.strerror})") from error

    def append(self, entry: Entry) -> None:
        """Add a line: a whole new file beside the old one, on disk, then renamed over it."""
        try:
            with self._locked():
                self._replace([*self.entries(), entry])
        except OSError as error:
            raise self._unusable(f"it cannot be written ({error.strerror})") from error

    def _replace(self, entries: list[Entry]) -> None:
        text = io.StringIO()
        plain = csv.writer(text, lineterminator="\n")
        quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        plain.writerow(COLUMNS)
        for one in entries:
            row = [*asdict(one).values()]
            # With this line end the module does not quote a carriage return, and could not read it back.
            (quoted if any("\r" in value for value in row) else plain).writerow(row)
        clear_leftovers(self.path)
        replace_file(self.path, text.getvalue().encode("utf-8", "backslashreplace"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self.path.is_symlink():
            # Written over, the link would be a file of its own; followed, it would write where it leads.
            raise OSError(errno.ELOOP, "it is a link; name the file itself")
        flags = os.O_RDWR | os.O_CREAT
        for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"):  # Windows has none of them
            flags |= getattr(os, name, 0)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), flags, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(lock).st_mode):
                raise OSError(errno.EINVAL, "its lock is not a plain file")
            deadline = time.monotonic() + LOCK_S
            while not _lock(lock):
                if time.monotonic() >= deadline:
                    raise OSError(errno.EBUSY, "another program holds its lock")
                time.sleep(_LOOK_EVERY_S)
            yield
        finally:
            os.close(lock)

    def _unusable(self, reason: str) -> KesuError:
        return KesuError(
            f"The record {self.path}: {reason}.",
            hint="Give another file with --record, and keep this one.",
            code=CANNOT_WRITE,
        )


def _lock(handle: int) -> bool:
    """Whether the lock is ours now."""
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
