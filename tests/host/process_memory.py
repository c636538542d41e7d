"""process_memory: search a running process's memory, as a debugger or a core dump would show it (Linux)."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PIECE = 4 * 1024 * 1024


def found_in_memory(pid: int, needles: Iterable[str]) -> set[str]:
    """The needles that are in writable memory of `pid`, as ASCII or as UTF-16 of either order."""
    forms = {
        needle: tuple(needle.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
        for needle in needles
    }
    longest = max(len(form) for each in forms.values() for form in each)
    found: set[str] = set()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for start, stop in _writable(pid):
            carried = b""
            for at in range(start, stop, PIECE):
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, stop - at))
                except OSError:  # a guard page, or memory given back meanwhile
                    carried = b""
                    continue
                text = carried + piece
                found |= {needle for needle, each in forms.items() if any(form in text for form in each)}
                carried = text[-longest:]
    return found


def _writable(pid: int) -> list[tuple[int, int]]:
    ranges = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        where, rights = line.split()[:2]
        if rights.startswith("rw"):
            start, stop = where.split("-")
            ranges.append((int(start, 16), int(stop, 16)))
    return ranges
