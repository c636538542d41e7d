"""searcher: finds all needles of a note in a memory, with place and encoding."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kesu.verify.search.needles import LAYOUTS, MASKED, WINDOW, Keys, Layout, Needles

Buffer = bytes | bytearray | memoryview

_TABLE_BITS = 22
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: spreads keys evenly over the table


class _Filter:
    """A set of 64-bit keys with a bit table as prefilter: one look-up rejects nearly all of memory."""

    def __init__(self, kinds: Mapping[str, Keys]) -> None:
        self.kinds = {kind: keys for kind, keys in kinds.items() if keys.size}
        self.table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
        for keys in self.kinds.values():
            self.table[self._slot(keys)] = True

    @staticmethod
    def _slot(keys: Keys) -> NDArray[np.uint64]:
        slots: NDArray[np.uint64] = (keys * _MULTIPLIER) >> np.uint64(64 - _TABLE_BITS)
        return slots

    def matches(self, keys: Keys) -> Iterator[tuple[str, NDArray[np.int64], Keys]]:
        """(kind, positions in keys, the keys there) for every kind that occurs."""
        if not self.kinds or not keys.size:
            return
        likely = np.flatnonzero(self.table[self._slot(keys)])
        if not likely.size:
            return
        candidates = keys[likely]
        for kind, known in self.kinds.items():
            place = np.minimum(np.searchsorted(known, candidates), known.size - 1)
            hit = known[place] == candidates
            if hit.any():
                yield kind, likely[hit], candidates[hit]


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
    second."""

    def __init__(self, needles: Needles) -> None:
        self.needles = needles
        self._bitmaps = _Filter(needles.bitmaps)
        self._masked = _Filter({MASKED: needles.masked})
        self._coordinates = _Filter(needles.coordinates)

    def search(self, memory: Buffer) -> Result:
        """Every place in `memory` that holds a needle, at any byte alignment."""
        raw = np.frombuffer(memory, dtype=np.uint8)
        found: dict[str, list[NDArray[np.int64]]] = {}
        covered = np.zeros(raw.size, dtype=np.bool_)
        for kind, offsets, span, _ in self._scan(raw):
            found.setdefault(kind, []).append(offsets)
            for step in range(span):
                covered[offsets + step] = True
        places = {kind: np.sort(np.concatenate(offsets)) for kind, offsets in found.items()}
        return Result(int(raw.size), places, covered)

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

    def _scan(self, raw: NDArray[np.uint8]) -> Iterator[tuple[str, NDArray[np.int64], int, Keys]]:
        """(kind, byte offsets, bytes a hit spans, keys) in turn for pictures, masked pictures and
        coordinates."""
        steps = raw[1:] ^ raw[:-1]
        for memory, known, span in ((raw, self._bitmaps, WINDOW), (steps, self._masked, WINDOW + 1)):
            for start in range(min(WINDOW, memory.size)):
                whole = (memory.size - start) // WINDOW * WINDOW
                keys = np.ascontiguousarray(memory[start : start + whole]).view("<u8")
                for kind, positions, matched in known.matches(keys):
                    yield kind, positions * WINDOW + start, span, matched
        for layout in LAYOUTS:
            keys = _gather(raw, layout)
            for kind, positions, matched in self._coordinates.matches(keys):
                yield f"{kind} as {layout.name}", positions, layout.span, matched


def _gather(raw: NDArray[np.uint8], layout: Layout) -> Keys:
    """Four 16-bit values picked by `layout` at every byte offset, as keys."""
    count = raw.size - layout.span + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    low, high = (raw[:-1], raw[1:]) if layout.order == "<" else (raw[1:], raw[:-1])
    halves = low.astype(np.uint64) | (high.astype(np.uint64) << np.uint64(8))
    keys = np.zeros(count, dtype=np.uint64)
    for index, lane in enumerate(layout.lanes):
        keys |= halves[lane : lane + count] << np.uint64(16 * index)
    return keys
