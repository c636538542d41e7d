"""counts: what one agent reports about itself. Numbers and a version: no call, no caller, nothing of a note.

There is no field for the state of a call, for the presence of a note, or for a time of day.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

MOST = 10**12 - 1
"""The largest number that a report may carry."""
LONGEST = 320
"""Bytes of a report's line at most: a version and 16 numbers of 12 digits."""
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!-]{0,31}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,11}")


@dataclass(frozen=True, slots=True)
class Counts:
    """One agent. The first four are pads now, by their line; the next two sources now; the rest since its start."""

    version: str
    uptime_s: int = 0
    pads_up: int = 0  # the line is up
    pads_down: int = 0  # connected, the line is down: a source does not see the seat
    pads_absent: int = 0  # not connected
    pads_faulty: int = 0  # the pad reports a fault (RI)
    sources_seen: int = 0
    sources_unseen: int = 0
    wipes_confirmed: int = 0  # the pad reported that it is blank (DSR) after the agent asked for a wipe
    wipes_unconfirmed: int = 0  # it did not, within its time
    lines_down: int = 0  # times that a line went down because a source was lost
    pads_lost: int = 0
    sources_lost: int = 0
    faults: int = 0
    pads_spoke: int = 0  # a pad sent bytes, which no sealed pad does
    stalls: int = 0
    log_lines_lost: int = 0

    def __post_init__(self) -> None:
        if not VERSION.fullmatch(self.version):
            raise ValueError("a version has letters, digits, dots and signs, at most 32")
        for name in NUMBERS:
            if not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} is out of range")

    def numbers(self) -> dict[str, int]:
        """Field -> number, in the order of the line."""
        return {name: int(getattr(self, name)) for name in NUMBERS}

    def line(self) -> bytes:
        """The report as one line: the version, then the numbers. ASCII, ended by LF."""
        return f"{' '.join([self.version, *map(str, self.numbers().values())])}\n".encode("ascii")


NUMBERS = tuple(field.name for field in fields(Counts) if field.name != "version")


def parse(line: bytes) -> Counts:
    """Read `Counts.line`. ValueError for anything else."""
    if len(line) > LONGEST or not line.endswith(b"\n"):
        raise ValueError("a report is one line")
    version, *numbers = line[:-1].decode("ascii").split(" ")
    if len(numbers) != len(NUMBERS) or not all(map(_NUMBER.fullmatch, numbers)):
        raise ValueError("a report has a version and its numbers")
    return from_numbers(version, dict(zip(NUMBERS, map(int, numbers), strict=True)))


def from_numbers(version: str, numbers: Mapping[str, int]) -> Counts:
    """Counts from a table of all its numbers. ValueError for a name or a number that does not belong there."""
    if set(numbers) != set(NUMBERS) or not all(type(one) is int for one in numbers.values()):
        raise ValueError("a report has its numbers and no others")
    return Counts(version, **numbers)
