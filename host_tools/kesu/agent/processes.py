"""processes: whether a program of that name runs on this PC."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import sys
import time
from pathlib import Path

LATELY_S = 5.0
LONGEST_COMM = 15  # characters that Linux keeps of a process's name


def is_running(program: str) -> bool:
    """Whether a process of that name runs, in any case of letters. Linux knows the first 15 characters."""
    wanted = program.encode().lower()
    if sys.platform == "win32":
        import subprocess

        listed = subprocess.run(
            ["tasklist", "/FI", f"IMAGENAME eq {program}", "/FO", "CSV", "/NH"],
            capture_output=True,
            check=False,
            creationflags=subprocess.CREATE_NO_WINDOW,  # the agent has no console: Windows would show a new one
        )
        return wanted in listed.stdout.lower()
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            if entry.read_bytes().strip().lower() == wanted[:LONGEST_COMM]:
                return True
        except OSError:
            continue
    return False


_seen: dict[str, tuple[float, bool]] = {}


def is_running_lately(program: str) -> bool:
    """The same, asked at most every LATELY_S: listing processes takes time on Windows."""
    now = time.monotonic()
    asked_at, ran = _seen.get(program, (-LATELY_S, False))
    if now - asked_at >= LATELY_S:
        ran = is_running(program)
        _seen[program] = (now, ran)
    return ran
