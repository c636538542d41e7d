"""chance: measures the false positives of the search."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kesu.verify.notes import HEIGHT, KINDS, WIDTH, Note, note
from kesu.verify.search import needles
from kesu.verify.search.needles import Bits, Needles, Point
from kesu.verify.search.searcher import Searcher

PEN_PX = 3
REPORT_MS = 10.0
"""Time between reports: an FT6336U sends about a hundred a second."""
GROUPS = ("pictures", "pictures under a mask", "points")


@dataclass(frozen=True)
class Chance:
    """One group of needles: number tried; number on a blank pad, which every search leaves out; number of the others
    on a pad that never held their note."""

    group: str
    needles: int
    on_blank: int
    elsewhere: int


@dataclass(frozen=True)
class Measured:
    """Result of one measurement."""

    chances: tuple[Chance, ...]


def summary(chances: Iterable[Chance]) -> dict[str, str]:
    """Results by group, in words, for the report."""
    totals: dict[str, list[int]] = {}
    for chance in chances:
        counts = totals.setdefault(chance.group, [0, 0, 0])
        for index, number in enumerate((chance.needles, chance.on_blank, chance.elsewhere)):
            counts[index] += number
    return {
        group: f"{tried:,} needles of notes that no pad held: {blank:,} occur on a blank pad and are left "
        f"out of every search; {elsewhere:,} of the others occur on a pad that another note was wiped from"
        for group, (tried, blank, elsewhere) in totals.items()
    }


def measure(seed: int, count: int, blank: Sequence[bytes], wiped: Sequence[bytes]) -> Measured:
    """Draw `count` random notes in the host only, and search for them.

    blank: memories of a pad never written on. wiped: memories of a pad from which another note was wiped.
    """
    totals = {group: [0, 0, 0] for group in GROUPS}
    for index in range(count):
        raw = drawn(note(KINDS[index % len(KINDS)], seed + index))
        on_blank = _found(raw, blank)
        kept, _ = needles.without(raw, on_blank)
        for found, place in ((on_blank, 1), (_found(kept, wiped), 2)):
            for kind, keys in found.items():
                totals[_group(kind)][place] += keys.size
        for kind, keys in (*raw.bitmaps.items(), (needles.MASKED, raw.masked), *raw.coordinates.items()):
            totals[_group(kind)][0] += keys.size
    return Measured(tuple(Chance(group, *counts) for group, counts in totals.items()))


def drawn(written: Note) -> Needles:
    """Needles of a note as drawn with a pen of PEN_PX and reported by a touch chip."""
    page = Image.new("1", (WIDTH, HEIGHT), 1)
    pen = ImageDraw.Draw(page)
    points: list[Point] = []
    for beat, path in zip(written.beats, written.paths, strict=True):
        pen.line(path, fill=0, width=PEN_PX)
        reports = max(2, round(beat.duration_ms / REPORT_MS))
        places = np.linspace(0, len(path) - 1, reports).round().astype(int)
        points += [(round(path[place][0]), round(path[place][1])) for place in places]
    bits: Bits = np.asarray(page, dtype=np.uint8)
    return needles.build(bits, points)


def _found(wanted: Needles, memories: Iterable[bytes]) -> dict[str, NDArray[np.uint64]]:
    searcher = Searcher(wanted)
    seen: dict[str, NDArray[np.uint64]] = {}
    for memory in memories:
        for kind, keys in searcher.found_keys(memory).items():
            seen[kind] = np.union1d(seen[kind], keys) if kind in seen else keys
    return seen


def _group(kind: str) -> str:
    return GROUPS[1] if kind == needles.MASKED else GROUPS[2] if kind.startswith("points") else GROUPS[0]
