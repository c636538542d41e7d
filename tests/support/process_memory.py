"""process_memory: search a running process's memory, as a debugger or a core dump would show it (Linux)."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 4 * 1024 * 1024
OVERLAP = 256


def found_in_memory(pid: int, needles: Iterable[str]) -> set[str]:
    """The needles that are in writable memory of `pid`, as ASCII or as UTF-16 of either order."""
    forms = {
        needle: tuple(needle.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
        for needle in needles
    }
    found: set[str] = set()
    for text in _pieces(pid):
        found |= {needle for needle, each in forms.items() if any(form in text for form in each)}
    return found


def numbers_in_memory(pid: int, numbers: Iterable[str], digits: int = 11) -> set[str]:
    """The same for many numbers of `digits` digits at once: finds runs of digits and looks them up."""
    run = rb"(?:[0-9]\x00?|\x00[0-9]){%d,}" % digits
    seen: set[str] = set()
    for text in _pieces(pid):
        for match in re.finditer(run, text):
            plain = match.group().replace(b"\x00", b"").decode()
            seen |= {plain[at : at + digits] for at in range(len(plain) - digits + 1)}
    return seen & set(numbers)


def _pieces(pid: int) -> Iterator[bytes]:
    """Writable memory in pieces that overlap."""
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for start, stop in _writable(pid):
            carried = b""
            for at in range(start, stop, PIECE):
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, stop - at))
                except OSError:  # a guard page, or memory freed meanwhile
                    carried = b""
                    continue
                yield carried + piece
                carried = piece[-OVERLAP:]


def _writable(pid: int) -> list[tuple[int, int]]:
    ranges = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        where, rights = line.split()[:2]
        if rights.startswith("rw"):
            start, stop = where.split("-")
            ranges.append((int(start, 16), int(stop, 16)))
    return ranges
