"""record: the list of pads that were written, as CSV. A line is there whole or not at all."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from kesu.errors import KesuError

CANNOT_WRITE = 73  # EX_CANTCREAT


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
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise self._unusable("it cannot be read") from error
        reader = csv.reader(io.StringIO(text))
        head = next(reader, None)
        if head is not None and tuple(head) != COLUMNS:
            raise self._unusable("it is not a record of pads")
        rows = list(reader)
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
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(asdict(one).values() for one in entries)
        fresh = self.path.with_name(f".{self.path.name}.new")
        with fresh.open("w", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        if os.name == "posix":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self.path.with_name(f".{self.path.name}.lock").open("a+b") as lock:
            if sys.platform == "win32":
                import msvcrt

                lock.seek(0)
                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _unusable(self, reason: str) -> KesuError:
        return KesuError(
            f"The record {self.path}: {reason}.",
            hint="Give another file with --record, and keep this one.",
            code=CANNOT_WRITE,
        )
