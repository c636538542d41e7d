"""structures: notes of different structure: strokes, lengths, places, pages, eraser and undo, in the same time."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import cos, hypot, pi, sin

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.touch.pen import Point
from kesu.verify import notes
from kesu.verify.notes import Beat, Note

STRUCTURE = "structure"
"""How the kind of such a pair begins."""
SPAN_MS = 9_500.0
"""Every note of this kind ends so long after its beginning; when its first stroke comes is part of its structure."""
TURN_MS, TURNED_MS = 900.0, 1_300.0
"""How long MODE is held for the next page, and how long that page takes to be there."""
TOOL_MS = 300.0
FIELD: Point = (12.0, 288.0)
"""Middle of the undo field on the page of notes.WIDTH x HEIGHT."""
SPEED_PX_S = 600.0
LONGEST_PX = 220.0
MOST_PAGES = 3
DCD_MS = 60.0
"""Within this time after the pen touches the glass the pad reports that there is a note: a report of the touch chip, a
turn of the loop, and two ticks of 8.2 ms."""


@dataclass(frozen=True)
class Press:
    """MODE goes down `start_ms` after the beginning of the note, for `hold_ms`."""

    start_ms: float
    hold_ms: float


@dataclass(frozen=True)
class Structured(Note):
    """A note that also has presses of a key. parts: what it consists of, in words."""

    presses: tuple[Press, ...] = ()
    parts: str = ""

    @property
    def duration_ms(self) -> float:
        return SPAN_MS

    @property
    def first_ms(self) -> float:
        """When its first stroke begins."""
        return self.beats[0].start_ms


def play(pad: VirtualPad, written: Note) -> None:
    """Schedule all of a note, from now on."""
    notes.play(pad, written)
    for press in written.presses if isinstance(written, Structured) else ():
        pad.at(press.start_ms, lambda press=press: pad.keys["MODE"].tap(press.hold_ms, 0.0))  # type: ignore[misc]  # mypy infers no lambda with a default


def misreported(pad: VirtualPad, written: Note, began_ms: float) -> str:
    """What the pad sent the host of a note of this kind that it must not, in words; "" if it only reported, once, that
    there is a note, and at a time that follows from the first touch alone."""
    if not isinstance(written, Structured):
        return ""
    sent = [one for one in pad.host.notifications if one.time_ns >= began_ms * 1e6]
    touched_ms = began_ms + written.first_ms
    after_ms = [round(one.time_ns / 1e6 - touched_ms, 1) for one in sent]
    if len(sent) == 1 and 0.0 <= after_ms[0] <= DCD_MS and pad.host.serial_state.dcd:
        return ""
    return f"the pad sent {len(sent)} messages during the note, {after_ms} ms after its first touch"


def structured(seed: int, number: int) -> Structured:
    """A note by seed; numbers of one seed differ in structure."""
    chosen = random.Random(f"structure {seed} {number}")
    for _ in range(1_000):
        sheet = _Sheet(chosen)
        sheet.fill(1 + (number + chosen.randrange(MOST_PAGES)) % MOST_PAGES)
        later_ms = SPAN_MS - sheet.end_ms
        if later_ms >= 0.0:
            return Structured(
                STRUCTURE,
                seed + number,
                tuple(replace(beat, start_ms=beat.start_ms + later_ms) for beat in sheet.beats),
                tuple(sheet.paths),
                tuple(replace(press, start_ms=press.start_ms + later_ms) for press in sheet.presses),
                sheet.words,
            )
    raise AssertionError("no note fits")


@dataclass
class _Sheet:
    """Writes one note. now_ms: when the next part can begin."""

    chosen: random.Random
    now_ms: float = 0.0
    beats: list[Beat] = field(default_factory=list)
    paths: list[tuple[Point, ...]] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def end_ms(self) -> float:
        """When the pen is up for the last time."""
        return self.beats[-1].start_ms + self.beats[-1].duration_ms

    @property
    def words(self) -> str:
        return ", ".join(
            f"{count} {what if count > 1 else what.removesuffix('s')}" for what, count in self.counts.items()
        )

    def fill(self, pages: int) -> None:
        """Write on so many pages."""
        for page in range(pages):
            if page:
                self._press(TURN_MS, TURNED_MS)
            self._count("pages")
            for _ in range(self.chosen.randrange(1, 5)):
                self._stroke("strokes", self._path())
            for extra in self._extras():
                extra()
        self._stroke("strokes", self._path())  # the last thing in every note

    def _extras(self) -> Iterator[Callable[[], None]]:
        for extra in (self._erase, self._undo):
            if self.chosen.random() < 0.4:
                yield extra

    def _erase(self) -> None:
        self._press(80.0, TOOL_MS)
        self._stroke("eraser strokes", self._path())
        self._press(80.0, TOOL_MS)

    def _undo(self) -> None:
        # Two strokes at least: a note of which nothing is left is another matter.
        self._stroke("strokes", self._path())
        self._stroke("undos", (FIELD, (FIELD[0] + 2.0, FIELD[1])))
        self.now_ms += TOOL_MS

    def _path(self) -> tuple[Point, ...]:
        chosen = self.chosen
        x, y = chosen.uniform(60, notes.WIDTH - 20), chosen.uniform(15, notes.HEIGHT - 45)
        length, turn = chosen.uniform(8, LONGEST_PX), chosen.uniform(0, 2 * pi)
        points = [(x, y)]
        for _ in range(int(length / 2)):
            turn += chosen.gauss(0, 0.25)
            x = min(max(x + 2 * cos(turn), 52.0), notes.WIDTH - 4.0)
            y = min(max(y + 2 * sin(turn), 4.0), notes.HEIGHT - 32.0)
            points.append((x, y))
        return tuple(points)

    def _stroke(self, what: str, path: tuple[Point, ...]) -> None:
        length = sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(path))
        duration_ms = max(length / SPEED_PX_S * 1_000.0, notes.SHORTEST_MS)
        self.beats.append(Beat(self.now_ms, duration_ms))
        self.paths.append(path)
        self.now_ms += duration_ms + self.chosen.uniform(notes.PAUSE_MS, 350.0)
        self._count(what)

    def _press(self, hold_ms: float, then_ms: float) -> None:
        self.presses.append(Press(self.now_ms, hold_ms))
        self.now_ms += hold_ms + then_ms

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
