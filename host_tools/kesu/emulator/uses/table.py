"""table: the uses of registers that a core notes: uses_t of uses.h, or the same kept in Python where there is no C."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST, SLOTS, KEPT_MOST, SPANS, RECENT = 4096, 16384, 2048, 4, 64
STORE = 0x100
_EVERY_BIT = 0xFFFF_FFFF
_u32 = ctypes.c_uint32


class Use(NamedTuple):
    """One use of a register. size: in bytes; value: of a store, as far as it distinguishes uses; pc: of the
    instruction."""

    store: bool
    address: int
    size: int
    value: int
    pc: int


class Span(NamedTuple):
    """A memory, in which a use is that of an address with the bits of `mask`, whatever its value."""

    addresses: range
    mask: int


class _Span(ctypes.Structure):
    _fields_ = (("base", _u32), ("size", _u32), ("mask", _u32))


class _Use(ctypes.Structure):
    _fields_ = (("address", _u32), ("kind", _u32), ("value", _u32), ("pc", _u32))


class _Kept(ctypes.Structure):
    _fields_ = (("address", _u32), ("bits", _u32))


class _Uses(ctypes.Structure):
    _fields_ = (
        *((name, _u32) for name in ("on", "count", "lost", "kept_count")),
        ("span", _Span * SPANS),
        ("kept", _Kept * KEPT_MOST),
        ("use", _Use * MOST),
        ("slot", ctypes.c_uint16 * SLOTS),
        ("recent", _Use * RECENT),
    )


class Table:
    """Each use once, however often it is made. spans: the memories. kept: the bits of a stored value that distinguish
    uses, by address; all where it has none."""

    def __init__(self, spans: Sequence[Span], kept: Mapping[int, int]) -> None:
        self._uses = _Uses(kept_count=len(kept))
        for record, span in zip(self._uses.span, spans, strict=False):
            record.base, record.size, record.mask = span.addresses.start, len(span.addresses), span.mask
        for place, (address, bits) in zip(self._uses.kept, sorted(kept.items()), strict=False):
            place.address, place.bits = address, bits
        self._addresses = sorted(kept)
        self._bits = [kept[address] for address in self._addresses]
        self._spans = spans
        self._seen: set[Use] = set()

    @property
    def address(self) -> int:
        """For the core in C."""
        return ctypes.addressof(self._uses)

    def set_on(self, on: bool) -> None:
        """Whether uses are noted."""
        self._uses.on = int(on)

    def note(self, address: int, size: int, store: bool, value: int, pc: int) -> None:
        """What the core in C does by itself: note a load or store, if it is not to plain memory."""
        top = address >> 24
        if not self._uses.on or top == 0x20 or (not store and top in (0x00, 0x10)):
            return
        value = value & self._kept(address) if store else 0
        for span in self._spans:
            if address in span.addresses:
                address, value = address & span.mask, 0
        self._seen.add(Use(store, address, size, value, pc))

    def _kept(self, address: int) -> int:
        at = bisect_left(self._addresses, address)
        found = at < len(self._addresses) and self._addresses[at] == address
        return self._bits[at] if found else _EVERY_BIT

    @property
    def lost(self) -> int:
        """Uses that found no place."""
        return int(self._uses.lost)

    def uses(self) -> list[Use]:
        """All uses so far, ordered by address."""
        raw = self._uses.use[: self._uses.count]
        noted = (Use(bool(u.kind & STORE), u.address, u.kind & 7, u.value, u.pc) for u in raw)
        return sorted({*noted, *self._seen}, key=lambda use: (use.address, use))
