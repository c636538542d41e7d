"""searcher: finds all needles of a note in a memory, with place and encoding."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kesu.verify.search.needles import LAYOUTS, MASKED, WINDOW, Keys, Needles
from kesu.verify.search.scan import Places, Table

Buffer = bytes | bytearray | memoryview
BLOCK = 2_048
MOST_BLOCKS = 8_192
"""Blocks of which a searcher keeps what is in them: 16 MB."""
_BEYOND = max(WINDOW + 1, *(layout.span for layout in LAYOUTS)) - 1
"""Bytes after a block that belong to a needle that begins at its last byte."""
_Hits = tuple[str, int, Places]
"""Kind, bytes that a hit spans, offsets."""


class _Filter:
    """A set of 64-bit keys by kind, with a table as prefilter."""

    def __init__(self, kinds: Mapping[str, Keys]) -> None:
        self.kinds = {kind: keys for kind, keys in kinds.items() if keys.size}
        self.table = Table(self.kinds.values())

    def matches(self, places: Places, keys: Keys) -> Iterator[tuple[str, Places, Keys]]:
        """(kind, places, keys) of every kind that occurs, of places that the table found and the keys there."""
        if not keys.size:
            return
        for kind, known in self.kinds.items():
            hit = known[np.minimum(np.searchsorted(known, keys), known.size - 1)] == keys
            if hit.any():
                yield kind, places[hit], keys[hit]


@dataclass
class Result:
    """Hits in one memory.

    places: kind -> sorted byte offsets. covered: which bytes belong to a hit, shape (size,).
    """

    size: int
    places: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    covered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def hits(self) -> int:
        """Number of byte offsets with a hit."""
        return int(np.unique(np.concatenate(list(self.places.values()))).size) if self.places else 0

    def runs(self, gap: int = 256) -> list[tuple[int, int]]:
        """Runs (first, past the last) of found bytes, joined over gaps of up to `gap` bytes."""
        where = np.flatnonzero(self.covered)
        if not where.size:
            return []
        cuts = np.flatnonzero(np.diff(where) > gap)
        firsts = np.concatenate(([where[0]], where[cuts + 1]))
        lasts = np.concatenate((where[cuts], [where[-1]]))
        return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


class Searcher:
    """Searches memories for one note. Build it once per note: that takes about 0.1 s, and a search of 2 MB well under a
    second. What is in a block of BLOCK bytes is kept by the block's whole content, so that memory which has not changed
    since the last search, as most has not, is not scanned again."""

    def __init__(self, needles: Needles) -> None:
        self.needles = needles
        self._bitmaps = _Filter(needles.bitmaps)
        self._masked = _Filter({MASKED: needles.masked})
        self._coordinates = _Filter(needles.coordinates)
        kinds = (*self._bitmaps.kinds, *self._masked.kinds)
        spread = (f"{kind} as {layout.name}" for layout in LAYOUTS for kind in self._coordinates.kinds)
        self._kinds = {kind: order for order, kind in enumerate((*kinds, *spread))}
        self._known: dict[bytes, tuple[_Hits, ...]] = {}

    def search(self, memory: Buffer) -> Result:
        """Every place in `memory` that holds a needle, at any byte alignment."""
        content = bytes(memory)
        found: dict[str, list[NDArray[np.int64]]] = {}
        covered = np.zeros(len(content), dtype=np.bool_)
        for at, hits in zip(range(0, len(content), BLOCK), self._blocks(content), strict=True):
            for kind, span, offsets in hits:
                found.setdefault(kind, []).append(offsets + at)
                for step in range(span):
                    covered[offsets + at + step] = True
        kinds = sorted(found, key=self._kinds.__getitem__)
        places = {kind: np.sort(np.concatenate(found[kind])) for kind in kinds}
        return Result(len(content), places, covered)

    def _blocks(self, content: bytes) -> list[tuple[_Hits, ...]]:
        """The hits that begin in each block, with offsets in the block."""
        starts = range(0, len(content), BLOCK)
        blocks = [content[at : at + BLOCK + _BEYOND] for at in starts]
        new = [at for at, block in zip(starts, blocks, strict=True) if block not in self._known]
        if len(self._known) + len(new) > MOST_BLOCKS:
            self._known.clear()
            new = list(starts)
        for first, end in _runs(new):
            self._learn(content, first, end)
        return [self._known[block] for block in blocks]

    def _learn(self, content: bytes, first: int, end: int) -> None:
        """Scan the blocks that begin in content[first:end]."""
        raw = np.frombuffer(content[first : end + _BEYOND], dtype=np.uint8)
        found: dict[int, list[_Hits]] = {}
        for kind, places, span, _ in self._scan(raw):
            block_of = places // BLOCK
            for index in np.unique(block_of):
                offsets = places[block_of == index] - index * BLOCK
                found.setdefault(int(index), []).append((kind, span, offsets))
        for index, at in enumerate(range(first, end, BLOCK)):
            self._known[content[at : at + BLOCK + _BEYOND]] = tuple(found.get(index, ()))

    def found_keys(self, memory: Buffer) -> dict[str, Keys]:
        """The needles that occur in `memory`, by kind: for kesu.verify.search.needles.without."""
        raw = np.frombuffer(memory, dtype=np.uint8)
        found: dict[str, list[Keys]] = {}
        for kind, _, _, keys in self._scan(raw):
            found.setdefault(kind.partition(" as ")[0], []).append(keys)
        return {kind: np.unique(np.concatenate(keys)) for kind, keys in found.items()}

    def touch_hits(self, registers: Buffer) -> int:
        """Points of the note in the touch controller's point registers. Here a single point is evidence, since these
        bytes hold nothing else.

        registers: the whole register file. 256 bytes are an FT6336U's: P1 at 03h and P2 at 09h, two bytes
        per axis, high byte first, flags in the high nibble. More are an ICNT86X's: five points of seven
        bytes from 1002h, low byte first.
        """
        points = self.needles.points
        if len(registers) > 256:
            numbers = [bytes(registers[base : base + 4]) for base in range(0x1003, 0x1003 + 5 * 7, 7)]
            return sum((x | xh << 8, y | yh << 8) in points for x, xh, y, yh in numbers)
        numbers = [bytes(registers[base : base + 4]) for base in (0x03, 0x09)]
        return sum(((xh & 0x0F) << 8 | x, (yh & 0x0F) << 8 | y) in points for xh, x, yh, y in numbers)

    def _scan(self, raw: NDArray[np.uint8]) -> Iterator[tuple[str, Places, int, Keys]]:
        """(kind, byte offsets, bytes a hit spans, keys) in turn for pictures, masked pictures and
        coordinates."""
        for kind, places, keys in self._bitmaps.matches(*self._bitmaps.table.bytes_of(raw)):
            yield kind, places, WINDOW, keys
        for kind, places, keys in self._masked.matches(*self._masked.table.steps_of(raw)):
            yield kind, places, WINDOW + 1, keys
        for layout in LAYOUTS:
            for kind, places, keys in self._coordinates.matches(
                *self._coordinates.table.lanes_of(raw, layout)
            ):
                yield f"{kind} as {layout.name}", places, layout.span, keys


def _runs(starts: list[int]) -> Iterator[tuple[int, int]]:
    """First and end of each stretch of adjacent blocks."""
    while starts:
        count = next((n for n, at in enumerate(starts) if at != starts[0] + n * BLOCK), len(starts))
        yield starts[0], starts[0] + count * BLOCK
        starts = starts[count:]
