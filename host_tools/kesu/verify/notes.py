"""notes: random notes by seed: kanji, digits, a scribble or a full page.

A note consists of a rhythm (when the pen is down) and ink (where it moves), which are separate: two notes of one
rhythm are equal in timing and differ in ink, as a noninterference pair requires.

A note of LETTER_STROKES or more holds enough to be searched for, on every panel, whatever its seed: one that does not
(ones and sevens on the small glass, or letters under its strip) is drawn again.
"""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count, pairwise
from math import hypot
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.touch import handwriting
from kesu.emulator.touch.pen import Point, path_lengths, point_at
from kesu.spec.panels import PANELS, REFERENCE
from kesu.verify.search import needles

Kind = Literal["kanji", "digits", "scribble", "full page"]
KINDS: tuple[Kind, ...] = ("kanji", "digits", "scribble", "full page")

KANJI = "山川田中木本上下大小日月火水土力三五六七九十文方手生石白目出久平"
DIGITS = "0123456789"
PAUSE_MS = 60.0
"""Time between strokes, pen up: as long as the firmware waits to end a stroke."""
SHORTEST_MS = 35.0
QUICK_PX_S = 600.0
"""Speed of a hurried hand, 127 mm/s on the 4.2 inch glass."""
FASTEST_PX_S = 1_900.0
"""Speed of zigzags over the page; the firmware treats 80 px between two reports as another touch."""
WIDTH, HEIGHT = REFERENCE.width, REFERENCE.height
"""Size of the page on which notes are laid out; `play` scales them to the pad's glass."""
CLEAR_OF_UNDO = 48.0
"""No stroke begins left of this: on the small glass notes reach the strip, where a touch on the first 32 px undoes the
last stroke. That would be a different path through the firmware, not different ink."""
LETTER_KINDS = ("kanji", "digits")
LETTERS = 9
LETTER_STROKES = LETTERS
"""Least number of strokes of a whole note of letters."""
GLASSES = {name: (panel.width, panel.height) for name, panel in PANELS.items()}
STRIP_ROWS = 28
"""Rows at the bottom of the page that the strip covers (firmware/kesu_pad/memo.py): what is written there is not
counted."""
PEN_PX = 2
REPORT_MS = 10.0
"""Time between two reports of a touch chip."""
AMPLE = 2
"""A drawn note must hold this many times what a search needs: the pad smooths the ink, and what also occurs on a blank
pad is not searched for."""


@dataclass(frozen=True)
class Beat:
    """Timing of one stroke: pen down `start_ms` after the beginning of the note, for `duration_ms`."""

    start_ms: float
    duration_ms: float


@dataclass(frozen=True)
class Note:
    """A rhythm and, for each of its beats, a path in pixels."""

    kind: str
    seed: int
    beats: tuple[Beat, ...]
    paths: tuple[tuple[Point, ...], ...]

    @property
    def duration_ms(self) -> float:
        """Time from the beginning until the pen is up for the last time."""
        return self.beats[-1].start_ms + self.beats[-1].duration_ms if self.beats else 0.0

    def only(self, strokes: list[int]) -> Note:
        """The note with only some of its strokes, at unchanged times."""
        return replace(
            self,
            beats=tuple(self.beats[index] for index in strokes),
            paths=tuple(self.paths[index] for index in strokes),
        )


def note(kind: Kind, seed: int, strokes: int = 16) -> Note:
    """A random note of at most `strokes` strokes with the rhythm of a hand. The same arguments give the same note."""
    for drawing in count():
        found = _note(kind, seed, _name(f"{kind} {seed}", drawing), strokes)
        if _short(found) or searchable(found):
            break
    return found


def family(first: Kind, others: Sequence[Kind], seed: int, strokes: int = 12) -> tuple[Note, ...]:
    """Notes with the rhythm of the first and different ink: the first, and one of each kind in `others`, with seeds
    `seed` + 1, + 2 and so on."""
    for drawing in count():
        one = _note(first, seed, _name(f"{first} {seed}", drawing), strokes)
        inks = [
            _paths(kind, random.Random(_name(f"other {kind} {seed + index}", drawing)), strokes)
            for index, kind in enumerate(others, start=1)
        ]
        fewest = min(len(one.paths), *map(len, inks))
        kept = one.only(list(range(fewest)))
        found = (
            kept,
            *(
                Note(kind, seed + index, kept.beats, tuple(tuple(path) for path in ink[:fewest]))
                for index, (kind, ink) in enumerate(zip(others, inks, strict=True), start=1)
            ),
        )
        if any(_short(each) for each in found) or all(searchable(each) for each in found):
            break
    return found


def searchable(written: Note) -> bool:
    """Whether the note holds enough to be searched for on the glass of every panel."""
    return all(_holds_enough(written, *size) for size in GLASSES.values())


def _holds_enough(written: Note, width: int, height: int) -> bool:
    across, along = width / WIDTH, height / HEIGHT
    page = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(page)
    points: list[tuple[int, int]] = []
    for beat, path in zip(written.beats, written.paths, strict=True):
        fitted = [(x * across, y * along) for x, y in path]
        pen.line(fitted, fill=0, width=PEN_PX)
        lengths = path_lengths(fitted)
        reports = max(1, int(beat.duration_ms / REPORT_MS))
        for report in range(reports):
            x, y = point_at(fitted, lengths, lengths[-1] * report / reports)
            points.append((round(x), round(y)))
    clear = height - STRIP_ROWS
    picture = np.asarray(page, dtype=np.uint8)[:clear]
    seen = needles.amounts(picture, [point for point in points if point[1] < clear])
    return min(seen) >= AMPLE * needles.LEAST_KEYS


def _short(written: Note) -> bool:
    """Whether the note is a few strokes of letters, as an operator adds to a note: nothing is searched for in it."""
    return written.kind in LETTER_KINDS and len(written.paths) < LETTER_STROKES


def _name(name: str, drawing: int) -> str:
    """The name of a random generator; `drawing` counts how often the note was drawn before."""
    return f"{name} again {drawing}" if drawing else name


def _note(kind: Kind, seed: int, name: str, strokes: int) -> Note:
    paths = _paths(kind, random.Random(name), strokes)
    speed = FASTEST_PX_S if kind in ("full page", "scribble") else QUICK_PX_S
    durations = [max(path_lengths(path)[-1] / speed * 1_000.0, SHORTEST_MS) for path in paths]
    return Note(kind, seed, _rhythm(durations), tuple(tuple(path) for path in paths))


def play(pad: VirtualPad, written: Note, delay_ms: float = 0.0) -> float:
    """Schedule the whole note as alarms; returns the milliseconds from now until the pen is up.

    On a pad for the left hand it is the mirror image, so that it keeps clear of the undo field there, too.
    """
    across, along = pad.glass.width / WIDTH, pad.glass.height / HEIGHT
    for beat, path in zip(written.beats, written.paths, strict=True):
        fitted = [(x * across, y * along) for x, y in path]
        if pad.left_handed:
            fitted = [(pad.glass.width - 1 - x, y) for x, y in fitted]
        pad.pen.stroke(fitted, delay_ms + beat.start_ms, beat.duration_ms)
    return delay_ms + written.duration_ms


def _rhythm(durations: list[float]) -> tuple[Beat, ...]:
    starts = accumulate((lasted + PAUSE_MS for lasted in durations[:-1]), initial=0.0)
    return tuple(Beat(start, duration) for start, duration in zip(starts, durations, strict=True))


def _paths(kind: Kind, generator: random.Random, strokes: int) -> list[list[Point]]:
    if kind == "scribble":
        left, top = generator.uniform(10, WIDTH - 190), generator.uniform(30, HEIGHT - 70)
        return [_zigzag(generator, left + 15 * row, top + 12 * row, 150) for row in range(3)]
    if kind == "full page":
        return [_zigzag(generator, 8, HEIGHT * (row + 0.5) / 3, WIDTH - 16) for row in range(3)]
    letters, height = (KANJI, 22.0) if kind == "kanji" else (DIGITS, 26.0)
    text = "".join(generator.choice(letters) for _ in range(LETTERS))
    across, down = generator.uniform(CLEAR_OF_UNDO, 100), generator.uniform(8, HEIGHT - 30 - height)
    return handwriting.strokes(text, across, down, height)[:strokes]


def _zigzag(generator: random.Random, left: float, middle: float, width: float) -> list[Point]:
    """From right to left (see CLEAR_OF_UNDO), teeth some 10 px wide: ink in nearly every byte of its rows."""
    path = [(left, middle)]
    x, side = left, 1.0
    while x < left + width:
        x += generator.uniform(6, 14)
        side = -side
        path.append((min(x, WIDTH - 2.0), middle + side * generator.uniform(5, 13)))
    return _filled(path[::-1])


def _filled(path: list[Point]) -> list[Point]:
    """The path with points at most about 2 px apart."""
    filled = [path[0]]
    for (x0, y0), (x1, y1) in pairwise(path):
        steps = max(1, round(hypot(x1 - x0, y1 - y0) / 2))
        filled += [
            (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps) for step in range(1, steps + 1)
        ]
    return filled
