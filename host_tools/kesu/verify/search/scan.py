"""scan: the places of a memory that may hold one of many 64-bit keys: in C, or with numpy where there is no compiler.

Both give the same places. scan.c looks at each place once; numpy makes several arrays as large as the memory.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.core import native
from kesu.verify.search.needles import WINDOW, Keys, Layout

Places = NDArray[np.int64]

FIRST_BITS, TABLE_BITS = 16, 22
MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))
"""Both spread keys evenly over a table; the first is 2**64 / golden ratio."""


class Table:
    """A set of keys as three tables of bits, as scan.c has them, which reject nearly all of memory.

    Its functions return places (byte offsets, sorted) and the keys there; few of them are not in the set.
    """

    def __init__(self, keys: Iterable[Keys]) -> None:
        self._tables = np.zeros((2 * (1 << TABLE_BITS) + (1 << FIRST_BITS)) // 8, np.uint8)
        ends = np.cumsum([1 << FIRST_BITS, 1 << TABLE_BITS]) // 8
        first, *others = np.split(self._tables, ends)
        self._others = list(zip(others, MULTIPLIERS, strict=True))
        for some in keys:
            _set(first, some & np.uint64((1 << FIRST_BITS) - 1))
            for table, multiplier in self._others:
                _set(table, _slot(some, multiplier))

    def bytes_of(self, raw: NDArray[np.uint8]) -> tuple[Places, Keys]:
        """Keys of WINDOW consecutive bytes, the first lowest."""
        library = _library()
        if library is not None:
            return self._scanned(library.kesu_scan_bytes, raw)
        return self._likely(_gather(raw, range(WINDOW)))

    def steps_of(self, raw: NDArray[np.uint8]) -> tuple[Places, Keys]:
        """Keys of WINDOW consecutive byte-to-byte XORs."""
        library = _library()
        if library is not None:
            return self._scanned(library.kesu_scan_steps, raw)
        return self._likely(_gather(raw[1:] ^ raw[:-1], range(WINDOW)))

    def lanes_of(self, raw: NDArray[np.uint8], layout: Layout) -> tuple[Places, Keys]:
        """Keys of four 16-bit values, stored in that layout."""
        library = _library()
        if library is not None:
            lanes = (ctypes.c_int32 * 4)(*layout.lanes)
            return self._scanned(library.kesu_scan_lanes, raw, lanes, int(layout.order == ">"))
        order = (0, 1) if layout.order == "<" else (1, 0)
        return self._likely(_gather(raw, [lane + at for lane in layout.lanes for at in order]))

    def _scanned(
        self, scan: ctypes._NamedFuncPointer, raw: NDArray[np.uint8], *more: object
    ) -> tuple[Places, Keys]:
        raw = np.ascontiguousarray(raw)
        places, keys = np.empty(raw.size, np.int64), np.empty(raw.size, np.uint64)
        arrays = (self._tables.ctypes.data, raw.ctypes.data)
        count = scan(*arrays, raw.size, places.ctypes.data, keys.ctypes.data, *more)
        return places[:count].copy(), keys[:count].copy()

    def _likely(self, keys: Keys) -> tuple[Places, Keys]:
        places = np.arange(keys.size, dtype=np.int64)
        for table, multiplier in self._others:
            slots = _slot(keys[places], multiplier)
            places = places[(table[slots >> np.uint64(3)] & _bit(slots)) != 0]
        return places, keys[places]


def _bit(slots: NDArray[np.uint64]) -> NDArray[np.uint8]:
    bits: NDArray[np.uint8] = np.uint8(1) << (slots & np.uint64(7)).astype(np.uint8)
    return bits


def _set(table: NDArray[np.uint8], slots: NDArray[np.uint64]) -> None:
    np.bitwise_or.at(table, slots >> np.uint64(3), _bit(slots))


def _slot(keys: Keys, multiplier: np.uint64) -> NDArray[np.uint64]:
    slots: NDArray[np.uint64] = (keys * multiplier) >> np.uint64(64 - TABLE_BITS)
    return slots


def _gather(raw: NDArray[np.uint8], offsets: Iterable[int]) -> Keys:
    """The eight bytes at these offsets from every place, as keys, the first byte lowest."""
    chosen = list(offsets)
    count = max(0, raw.size - max(chosen))
    keys = np.zeros(count, np.uint64)
    for index, offset in enumerate(chosen):
        keys |= raw[offset : offset + count].astype(np.uint64) << np.uint64(8 * index)
    return keys


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = native.load(native.SCAN)
    except native.NotCompiled:
        return None
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    for name, more in (
        ("bytes", ()),
        ("steps", ()),
        ("lanes", (ctypes.POINTER(ctypes.c_int32), ctypes.c_int32)),
    ):
        function = library[f"kesu_scan_{name}"]
        function.argtypes = (pointer, pointer, number, pointer, pointer, *more)
        function.restype = number
        setattr(library, f"kesu_scan_{name}", function)
    return library
