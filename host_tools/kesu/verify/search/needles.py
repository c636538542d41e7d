"""needles: byte patterns that identify a note, built from the picture and the points of the pen."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kesu.common.errors import Exit, KesuError

Point = tuple[int, int]
Bits = NDArray[np.uint8]
Keys = NDArray[np.uint64]

WINDOW = 8
"""Bytes in one needle: 64 bits make random matches in 16 MB negligible."""
MIN_INKED = 5
"""Bytes of a window that must be neither 00 nor FF."""
MIN_DISTINCT = 4
"""Number of different values among those bytes. A solid bar, a table of equal words or a single edge in white is not
evidence of a note: the same bytes occur in code and fonts. Rows of writing pass."""


LEAST_KEYS = 16
"""Minimum number of keys of the picture's rows, and of points: below it, a note is too short for a search."""
MASKED = "row, masked"
"""Kind of needles that match a copy XORed with a constant byte."""


@dataclass(frozen=True)
class Layout:
    """How four 16-bit values are stored: byte offset of each, and byte order ("<" or ">")."""

    name: str
    lanes: tuple[int, int, int, int]
    order: str

    @property
    def span(self) -> int:
        return max(self.lanes) + 2


LAYOUTS: tuple[Layout, ...] = tuple(
    Layout(f"{name}, {'little' if order == '<' else 'big'} endian", lanes, order)
    for order in "<>"
    for name, lanes in (
        ("16-bit packed", (0, 2, 4, 6)),
        ("16-bit pairs, 6-byte entries", (0, 2, 6, 8)),
        ("16-bit pairs, 8-byte entries", (0, 2, 8, 10)),
        ("32-bit words", (0, 4, 8, 12)),
    )
)


@dataclass(frozen=True)
class Needles:
    """All patterns of one note.

    bitmaps: kind of picture encoding -> sorted unique 64-bit keys of 8 consecutive bytes.
    masked: keys of 8 consecutive byte-to-byte XORs, which match a copy XORed with any constant byte.
    coordinates: kind -> sorted unique keys of four 16-bit values, to be gathered with each of LAYOUTS.
    points: the reported points themselves, for the touch controller's own registers.
    """

    bitmaps: dict[str, Keys]
    masked: Keys
    coordinates: dict[str, Keys]
    points: frozenset[Point]

    @property
    def count(self) -> int:
        groups = (*self.bitmaps.values(), self.masked, *self.coordinates.values())
        return sum(int(group.size) for group in groups)


def unpack(plane: bytes | bytearray | memoryview, width: int, height: int) -> Bits:
    """A packed plane (MSB leftmost, 1 = white) as an array of shape (height, width) of 0 and 1.

    Raises KesuError when the plane is not height rows of ceil(width / 8) bytes.
    """
    stride = (width + 7) // 8
    raw = np.frombuffer(bytes(plane), dtype=np.uint8)
    if raw.size != stride * height:
        raise KesuError(
            f"a {width} x {height} plane needs {stride * height} bytes, this one has {raw.size}",
            hint="check the panel's geometry",
            code=Exit.INTERNAL,
        )
    return np.unpackbits(raw.reshape(height, stride), axis=1)[:, :width]


def _as_keys(windows: NDArray[np.uint8]) -> Keys:
    """Rows of 8 bytes as little-endian 64-bit keys."""
    return np.ascontiguousarray(windows).view("<u8").reshape(-1).astype(np.uint64)


def telling(
    windows: NDArray[np.uint8], inked: int = MIN_INKED, distinct: int = MIN_DISTINCT
) -> NDArray[np.bool_]:
    """Which rows of bytes (shape (n, length)) are evidence: enough bytes other than 00 and FF, enough different
    values."""
    is_inked = (windows != 0x00) & (windows != 0xFF)
    ordered = np.sort(np.where(is_inked, windows, np.uint8(0)), axis=1)
    values = 1 + (np.diff(ordered.astype(np.int16), axis=1) != 0).sum(axis=1)
    values -= (ordered[:, 0] == 0).astype(values.dtype)  # 0 marks "not inked" and does not count as a value
    result: NDArray[np.bool_] = (is_inked.sum(axis=1) >= inked) & (values >= distinct)
    return result


def windows_of(bits: Bits, length: int = WINDOW) -> NDArray[np.uint8]:
    """Every run of 8 * length pixels of every row, at every pixel: shape (n, length) bytes."""
    pixels = 8 * length
    if bits.shape[1] < pixels:
        return np.zeros((0, length), dtype=np.uint8)
    # bytes_at[y, x] is the byte that starts at pixel x, so each byte is packed once and not once per window
    bytes_at = np.zeros((bits.shape[0], bits.shape[1] - 7), dtype=np.uint8)
    for bit in range(8):
        bytes_at |= bits[:, bit : bit + bytes_at.shape[1]] << np.uint8(7 - bit)
    starts = bits.shape[1] - pixels + 1
    columns = [bytes_at[:, 8 * index : 8 * index + starts].reshape(-1) for index in range(length)]
    return np.stack(columns, axis=1)


def _vertical_windows(bits: Bits) -> NDArray[np.uint8]:
    """Bytes of 8 vertical pixels, in horizontal order (the page layout of many display drivers)."""
    rows = bits.shape[0] - 7
    column_bytes = np.zeros((rows, bits.shape[1]), dtype=np.uint8)
    for bit in range(8):
        column_bytes |= bits[bit : bit + rows] << np.uint8(7 - bit)
    starts = bits.shape[1] - WINDOW + 1
    columns = [column_bytes[:, index : index + starts].reshape(-1) for index in range(WINDOW)]
    return np.stack(columns, axis=1)


_REVERSED = np.array([int(f"{value:08b}"[::-1], 2) for value in range(256)], dtype=np.uint8)


def bitmap_keys(bits: Bits) -> dict[str, Keys]:
    """Keys of a picture (1 = white) in every orientation, plain, inverted and bit-reversed, at every bit
    offset."""
    views = {
        "row": windows_of(bits),
        "rotated 90": windows_of(np.rot90(bits, -1)),
        "rotated 270": windows_of(np.rot90(bits, 1)),
        "column bytes": _vertical_windows(bits),
    }
    kinds: dict[str, Keys] = {}
    for view, windows in views.items():
        chosen = windows[telling(windows)]
        for suffix, variant in (
            ("", chosen),
            (", inverted", ~chosen),
            (", bit-reversed", _REVERSED[chosen]),
            (", inverted and bit-reversed", ~_REVERSED[chosen]),
        ):
            kinds[view + suffix] = np.unique(_as_keys(variant))
    return kinds


def masked_keys(bits: Bits) -> Keys:
    """Keys of byte-to-byte XORs of the picture's rows, which do not change under XOR with a constant byte.

    One inked byte in white gives two equal steps, so the rule is stricter than for the picture itself.
    """
    windows = windows_of(bits, WINDOW + 1)
    steps = windows[:, 1:] ^ windows[:, :-1]
    return np.unique(_as_keys(steps[telling(steps, inked=7, distinct=6)]))


def coordinate_keys(points: Sequence[Point]) -> dict[str, Keys]:
    """Keys of two consecutive reported points, both orders, plain and as MicroPython small integers.

    Points in pixels, 0..65535. A small integer n is stored as 2n + 1 (py/obj.h, object representation A).
    Pairs without movement on both axes carry too little information and are left out.
    """
    kinds: dict[str, Keys] = {}
    path = np.array(
        [point for index, point in enumerate(points) if index == 0 or point != points[index - 1]],
        dtype=np.uint64,
    ).reshape(-1, 2)
    if path.shape[0] < 2:
        return kinds
    for direction, first, second in (("", path[:-1], path[1:]), (", backwards", path[1:], path[:-1])):
        moved = (first != second).all(axis=1)
        quads = np.concatenate([first[moved], second[moved]], axis=1)
        quads = quads[(quads > 0).all(axis=1)]
        for axes, quad in (("x y", quads), ("y x", quads[:, [1, 0, 3, 2]])):
            for form, values in (("", quad), (", small integers", 2 * quad + 1)):
                kinds[f"points {axes}{direction}{form}"] = pack_quads(values)
    return kinds


def pack_quads(quads: NDArray[np.uint64]) -> Keys:
    """Four 16-bit values per row as one 64-bit key, first value lowest."""
    shifts = np.array([0, 16, 32, 48], dtype=np.uint64)
    return np.unique(np.bitwise_or.reduce(quads.astype(np.uint64) << shifts, axis=1))


def build(picture: Bits, points: Sequence[Point]) -> Needles:
    """Needles for one note.

    picture: what was drawn, shape (height, width), 1 = white. points: every point the touch chip reported,
    pixels. Raises KesuError when the note holds too little to search for (a dot, a straight line).
    """
    bitmaps = bitmap_keys(picture)
    coordinates = coordinate_keys(points)
    if not _enough(bitmaps["row"], coordinates):
        raise KesuError(
            "the note holds too little to search for",
            hint="write a few characters, not a dot or a line",
            code=Exit.INTERNAL,
        )
    return Needles(bitmaps, masked_keys(picture), coordinates, frozenset(points))


def enough(picture: Bits, points: Sequence[Point]) -> bool:
    """Whether `build` can make needles of this."""
    return min(amounts(picture, points)) >= LEAST_KEYS


def amounts(picture: Bits, points: Sequence[Point]) -> tuple[int, int]:
    """How many keys of rows and of points `build` would make; it needs LEAST_KEYS of each."""
    inked = np.flatnonzero((picture == 0).any(axis=1))
    rows = windows_of(picture[inked])
    keys = np.unique(_as_keys(rows[telling(rows)]))
    return int(keys.size), sum(found.size for found in coordinate_keys(points).values())


def _enough(rows: Keys, coordinates: dict[str, Keys]) -> bool:
    return rows.size >= LEAST_KEYS and sum(keys.size for keys in coordinates.values()) >= LEAST_KEYS


def without(needles: Needles, seen_before: dict[str, Keys]) -> tuple[Needles, int]:
    """Needles without those present before anything was written, and the number dropped.

    seen_before: kind -> keys found (Searcher.found_keys over the blank pad). A key on the blank pad is no evidence
    that a note survived.
    """
    dropped = 0

    def keep(kind: str, keys: Keys) -> Keys:
        nonlocal dropped
        known = seen_before.get(kind)
        if known is None or known.size == 0:
            return keys
        kept = np.setdiff1d(keys, known, assume_unique=True)
        dropped += int(keys.size - kept.size)
        return kept

    reduced = Needles(
        {kind: keep(kind, keys) for kind, keys in needles.bitmaps.items()},
        keep(MASKED, needles.masked),
        {kind: keep(kind, keys) for kind, keys in needles.coordinates.items()},
        needles.points,
    )
    return reduced, dropped
