"""progress: a progress line on stderr for a long step."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import ClassVar, TextIO

BAR_WIDTH = 24
REDRAW_S = 0.1


class Progress:
    """One step of work. On a terminal a bar is redrawn in place; elsewhere only begin and end are printed.

    Use as a context manager: `with Progress("Compiling") as step: step.update(3, 450)`.
    A step inside another prints nothing, in forked processes too: only one line at a time is readable.
    """

    _running: ClassVar[int] = 0

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._started = time.monotonic()
        self._drawn = 0.0
        self._silent = False

    def __enter__(self) -> Progress:
        Progress._running += 1
        self._silent = Progress._running > 1
        if self._silent:
            return self
        if self._live:
            self._draw(self._label)
        else:
            self._say(f"{self._label} ...")
        return self

    def update(self, done: int, total: int, note: str = "") -> None:
        """Show `done` of `total` steps, with a short note on the current one."""
        now = time.monotonic()
        if self._silent or not self._live or total <= 0 or (now - self._drawn < REDRAW_S and done < total):
            return
        self._drawn = now
        filled = BAR_WIDTH * min(done, total) // total
        bar = "#" * filled + "." * (BAR_WIDTH - filled)
        self._draw(f"{self._label} [{bar}] {done}/{total} {note}".rstrip())

    def __exit__(
        self, kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        Progress._running -= 1
        if self._silent:
            return
        elapsed = time.monotonic() - self._started
        outcome = "done" if kind is None else "stopped"
        if self._live:
            self._draw(f"{self._label}: {outcome}, {elapsed:.1f} s")
            self._say("")
        else:
            self._say(f"{self._label}: {outcome}, {elapsed:.1f} s")

    def _draw(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text[:110]}")
        self._stream.flush()

    def _say(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
