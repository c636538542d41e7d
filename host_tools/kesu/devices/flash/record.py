"""record: the list of written pads, as CSV. Lines are added atomically."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import csv
import errno
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from kesu.common.atomic import clear_leftovers, replace_file
from kesu.common.documents import MOST_BYTES, read_plain
from kesu.common.errors import Exit, KesuError, unreadable
from kesu.devices.flash.lock import locked

LOCK_S = 30.0
"""Our runs lock the record only for moments: after this time another program holds it."""


@dataclass(frozen=True)
class Entry:
    """One line. time: UTC, ISO 8601. port: the USB port path. sha256: of the UF2 file. proof: what was
    compared. version: of the image, "" if unknown."""

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
    version: str = ""


COLUMNS = tuple(field.name for field in fields(Entry))
WITHOUT_VERSION = COLUMNS[:-1]
"""Columns of the records of older releases; the next `append` adds the missing column."""


def rehearsal_record(path: Path) -> Path:
    """The record of a rehearsal: another file, so that the real one never has a line of it."""
    return path.with_name(f"rehearsal-{path.name}")


class Record:
    """A CSV file that several runs may append to at once. Raises KesuError for a file that is not ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, *, to_write: bool = False) -> list[Entry]:
        """All lines; none when there is no file yet. to_write: what cannot be read cannot be written, too."""
        try:
            text = read_plain(self.path, MOST_BYTES).decode("utf-8")
            reader = csv.reader(io.StringIO(text, newline=""))
            head = next(reader, None)
            if head is not None and tuple(head) not in (COLUMNS, WITHOUT_VERSION):
                raise self._unusable("it is not a record of pads", Exit.DATA)
            rows = list(reader)
        except FileNotFoundError:
            return []
        except OSError as error:
            code = Exit.CANNOT_CREATE if to_write else unreadable(error)
            raise self._unusable(f"it cannot be read ({error.strerror})", code) from error
        except (ValueError, csv.Error) as error:
            raise self._unusable("it cannot be read", Exit.DATA) from error
        if any(len(row) != len(head or ()) for row in rows):
            raise self._unusable("a line of it is damaged", Exit.DATA)
        return [Entry(*row) for row in rows]

    def check(self) -> None:
        """Raise now what `append` would raise later: a missing folder, a file that is not a record."""
        try:
            with locked(self.path, LOCK_S):
                self.entries(to_write=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def append(self, entry: Entry) -> None:
        """Add a line: write a new file, sync it, then rename it over the old one."""
        try:
            with locked(self.path, LOCK_S):
                self._replace([*self.entries(to_write=True), entry])
        except OSError as error:
            raise self._unwritable(error) from error

    def _replace(self, entries: list[Entry]) -> None:
        text = io.StringIO()
        plain = csv.writer(text, lineterminator="\n")
        quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        plain.writerow(COLUMNS)
        for one in entries:
            row = [*asdict(one).values()]
            # With this line end the csv module does not quote a carriage return and cannot read it back.
            (quoted if any("\r" in value for value in row) else plain).writerow(row)
        clear_leftovers(self.path)
        replace_file(self.path, text.getvalue().encode("utf-8", "backslashreplace"))

    def _unwritable(self, error: OSError) -> KesuError:
        code = Exit.TRY_AGAIN if error.errno == errno.EBUSY else Exit.CANNOT_CREATE
        return self._unusable(f"it cannot be written ({error.strerror})", code)

    def _unusable(self, reason: str, code: Exit) -> KesuError:
        return KesuError(
            f"The record {self.path}: {reason}.",
            hint="Give another file with --record, and keep this one.",
            code=code,
        )
