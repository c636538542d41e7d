"""log: events as JSON, one object a line, without content, bounded in size.

The types allow only fixed words, names from the configuration and counters.
A full disk or a missing folder never stops the agent: it wipes the pads once (`on_failure`) and tries the log
again later.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import errno
import json
import os
import stat
import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import NewType

Name = NewType("Name", str)  # of a pad or a source, checked by `kesu.agent.config`
Value = Enum | Name | int | float

RETRY_S = 30.0


class Kind(Enum):
    """The subject of a log line."""

    STARTED = "started"
    STOPPED = "stopped"
    PAD_FOUND = "pad found"
    PAD_LOST = "pad lost"
    PAD_BLANK = "pad blank"  # DSR: the requested wipe is complete
    PAD_NOT_BLANK = "pad not blank"  # no DSR within the timeout
    PAD_FAULT = "pad fault"  # RI
    PAD_SPOKE = "pad spoke"  # bytes from the pad: it is not sealed
    SOURCE_HERE = "source here"
    SOURCE_LOST = "source lost"
    STATE = "state"
    STALLED = "agent stalled"
    LOG_LOST = "log lines lost"


class Log:
    """A file and its predecessor, `NAME.1`; both together stay below `most_bytes`. None: no file."""

    def __init__(
        self,
        path: Path | None,
        most_bytes: int,
        on_failure: Callable[[], None],
        noted: Callable[[Kind, Mapping[str, Value]], None] = lambda kind, fields: None,
    ) -> None:
        """`noted`: gets each line, too, whether or not there is a file that can be written."""
        self._path = path
        self._noted = noted
        self._each = most_bytes // 2
        self._on_failure = on_failure
        self._descriptor: int | None = None
        self._size = 0
        self._failed_at: float | None = None
        self.lost_lines = 0

    @property
    def failing(self) -> bool:
        """Whether the last line could not be written."""
        return self._failed_at is not None

    def write(self, kind: Kind, **fields: Value) -> None:
        """Write one line. A file error is not raised."""
        self._noted(kind, fields)
        if self._path is None:
            return
        now = time.monotonic()
        if self._failed_at is not None and now - self._failed_at < RETRY_S:
            self.lost_lines += 1
            return
        try:
            if self.lost_lines:
                lost: dict[str, Value] = {"lines": self.lost_lines}
                self._append(_line(Kind.LOG_LOST, lost))
                self._noted(Kind.LOG_LOST, lost)
            self._append(_line(kind, fields))
            self.lost_lines = 0
            self._failed_at = None
        except OSError:
            self.close()
            self.lost_lines += 1
            first = self._failed_at is None
            self._failed_at = now
            if first:
                self._on_failure()

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, line: bytes) -> None:
        assert self._path is not None
        if self._descriptor is None:
            self._open(os.O_CREAT)
        if self._size + len(line) > self._each:
            self.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._open(os.O_CREAT | os.O_EXCL)
        assert self._descriptor is not None
        written = os.write(self._descriptor, line)
        if written < len(line):
            os.ftruncate(self._descriptor, self._size)
            raise OSError(errno.ENOSPC, "disk full")
        self._size += written

    def _open(self, how: int) -> None:
        """Open the file; OSError for anything but a plain file of this user with a single link."""
        assert self._path is not None
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY"):  # not defined on Windows
            how |= getattr(os, name, 0)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | how, 0o600)
        found = os.fstat(self._descriptor)
        if os.name == "posix":
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid != os.geteuid():
                raise OSError(errno.EPERM, "not a file of ours")
            if found.st_mode & 0o077:
                os.fchmod(self._descriptor, 0o600)
        self._size = found.st_size


def _line(kind: Kind, fields: dict[str, Value]) -> bytes:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    plain = {key: _word(value) if isinstance(value, Enum) else value for key, value in fields.items()}
    return json.dumps({"at": at, "event": kind.value, **plain}).encode() + b"\n"


def _word(value: Enum) -> str:
    return value.value if isinstance(value.value, str) else value.name.lower()
