"""microsip: adds `kesu hook` to MicroSIP's settings, or removes it.

MicroSIP runs the programs named in [Settings] on call events and appends the caller's number (settings.cpp of
3.20.5: keys cmd*, at most 255 characters each). It rewrites the file when it ends, so it must not be running.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kesu.agent.processes import is_running
from kesu.common.atomic import replace_file
from kesu.common.documents import read_plain
from kesu.common.errors import Exit, KesuError, unreadable

SECTION = "settings"
PROGRAM = "microsip.exe"
LONGEST = 255  # characters of a command line
BACKUP = ".before-kesu"

# cmdCallStart comes with every answer, cmdCallAnswer only with those to incoming calls; a declined, busy or
# unanswered call gives cmdCallBusy or cmdCallEnd.
EVENTS: dict[str, str] = {
    "cmdIncomingCall": "ring",
    "cmdCallRing": "ring",
    "cmdCallAnswer": "start",
    "cmdCallBusy": "busy",
    "cmdCallStart": "start",
    "cmdCallEnd": "end",
}
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))
_HEADER = re.compile(r"\s*\[([^\]]*)\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_]+)\s*=(.*)")


@dataclass(frozen=True, slots=True)
class Ini:
    """A file as text, with the byte order mark and encoding to write it back."""

    bom: bytes
    encoding: str
    text: str

    @classmethod
    def read(cls, data: bytes) -> Ini:
        """Every file can be read: without a mark and not UTF-8 it is kept byte by byte."""
        for bom, encoding in _BOMS:
            if data.startswith(bom):
                try:
                    return cls(bom, encoding, data[len(bom) :].decode(encoding))
                except UnicodeDecodeError:
                    raise KesuError(
                        "MicroSIP: the file is torn: its end is no text.", code=Exit.DATA
                    ) from None
        try:
            return cls(b"", "utf-8", data.decode("utf-8"))
        except UnicodeDecodeError:
            return cls(
                b"", "latin-1", data.decode("latin-1")
            )  # an ANSI code page: ours is ASCII in all of them

    def write(self) -> bytes:
        """The bytes of the file."""
        return self.bom + self.text.encode(self.encoding)


def install(path: Path, program: str) -> list[str]:
    """Write `program hook WORD` for every event into `path`; the keys written. KesuError: nothing changed.

    The first installation makes a backup next to the file.
    """
    if not program.isascii():
        raise KesuError(
            "MicroSIP: the path of `kesu` has letters outside ASCII.",
            hint="Install it elsewhere.",
            code=Exit.DATA,
        )
    if " " in program:
        # MicroSIP splits the command line and joins it again without quotes (MSIP.cpp, RunCmd).
        raise KesuError(
            "MicroSIP: the path of `kesu` has spaces, and MicroSIP loses quotes.",
            hint="Give a path without spaces with --program.",
            code=Exit.DATA,
        )
    data = _read(path)
    ini = Ini.read(data)
    wanted = {key: f"{program} hook {word}" for key, word in EVENTS.items()}
    if any(len(line) > LONGEST for line in wanted.values()):
        raise KesuError(
            f"MicroSIP: the command is longer than {LONGEST} characters.",
            hint="Install `kesu` in a folder with a shorter path.",
            code=Exit.DATA,
        )
    changed = Ini(ini.bom, ini.encoding, _with_values(ini.text, wanted)).write()
    refuse_if_running(path)
    backup = path.with_name(path.name + BACKUP)
    if not backup.exists():
        _replace(backup, data)
    if changed != data:
        _replace(path, changed)
    return list(wanted)


def undo(path: Path) -> list[str]:
    """Restore our keys from the backup; other settings keep their present values. KesuError."""
    backup = path.with_name(path.name + BACKUP)
    if not backup.exists():
        raise KesuError(
            f"MicroSIP: there is no {backup.name} beside the file: nothing was installed.", code=Exit.NO_INPUT
        )
    before = _values(Ini.read(_read(backup)).text)
    ini = Ini.read(_read(path))
    wanted = {key: before.get(key.lower()) for key in EVENTS}
    changed = Ini(ini.bom, ini.encoding, _with_values(ini.text, wanted)).write()
    refuse_if_running(path)
    _replace(path, changed)
    backup.unlink()
    return list(wanted)


def refuse_if_running(path: Path) -> None:
    """KesuError while MicroSIP has the file open, or a process of that name runs."""
    if _held(path) or is_running(PROGRAM):
        raise KesuError(
            "MicroSIP is running, and would write its old settings over ours when it ends.",
            hint="Close it (also in the notification area), then run this again.",
            code=Exit.TRY_AGAIN,
        )


def _with_values(text: str, wanted: Mapping[str, str | None]) -> str:
    """`text` with these keys in its section; None removes a key. Line ends are kept."""
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if not lines or lines[0].endswith("\r\n") else "\n"
    left = {key.lower(): (key, value) for key, value in wanted.items()}
    names = set(left)
    result: list[str] = []
    inside, place = False, None  # place: where a new key is inserted, after the last line of the section
    for line in lines:
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            inside = header.group(1).strip().lower() == SECTION
        elif inside and key and key.group(1).lower() in names:
            entry = left.pop(key.group(1).lower(), None)
            if entry is None or entry[1] is None:
                continue  # removed, or a duplicate
            result.append(f"{key.group(1)}={entry[1]}{_line_end(line, newline)}")
            place = len(result)
            continue
        result.append(line)
        if inside and line.strip():
            place = len(result)
    added = [f"{key}={value}{newline}" for key, value in left.values() if value is not None]
    if place is None:
        if result and not result[-1].endswith(("\n", "\r")):
            result[-1] += newline
        return "".join(result) + (f"[Settings]{newline}" + "".join(added) if added else "")
    if added and not result[place - 1].endswith(("\n", "\r")):
        result[place - 1] += newline
    return "".join(result[:place] + added + result[place:])


def _values(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            inside = header.group(1).strip().lower() == SECTION
        elif inside and key:
            found.setdefault(key.group(1).lower(), key.group(2))
    return found


def _line_end(line: str, newline: str) -> str:
    body = line.rstrip("\r\n")
    return line[len(body) :] or newline


def _read(path: Path) -> bytes:
    try:
        return read_plain(path)
    except OSError as error:
        raise KesuError(
            f"MicroSIP: {path} cannot be read: {error.strerror}.", code=unreadable(error)
        ) from None


def _replace(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except OSError as error:
        raise KesuError(
            f"MicroSIP: {path} cannot be written: {error.strerror}.", code=Exit.CANNOT_CREATE
        ) from None


def _held(path: Path) -> bool:
    """Whether another program has the file open for writing: Windows refuses to rename it then."""
    if sys.platform != "win32":
        return False
    try:
        os.rename(path, path)
    except OSError:
        return True
    return False
