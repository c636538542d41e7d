"""owners: finds the buffers that may hold a note in a RAM dump, by the image's owner table."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kesu.emulator.chips.rp2040.facts import RP2040
from kesu.emulator.core.facts import Facts
from kesu.emulator.core.memory_map import MemoryMap

_ROW = struct.Struct("<III")
MOST_OWNERS = 16
"""Size of the owner table, as in firmware/native/native.h."""

Peek = Callable[[int, int], bytes]
"""peek(address, size): reads `size` bytes."""


@dataclass(frozen=True)
class Owned:
    """One buffer: its kind as passed to native.own(), and its content."""

    kind: int
    address: int
    content: bytes


def from_dump(sram: bytes, elf: Path, chip: Facts = RP2040) -> list[Owned]:
    """Owners in a dump of all of SRAM."""
    return read(
        lambda address, size: sram[address - chip.sram.start : address - chip.sram.start + size], elf, chip
    )


def read(peek: Peek, elf: Path, chip: Facts = RP2040) -> list[Owned]:
    """The owners registered by the running image.

    Raises ValueError if the table is invalid, as while the pad boots.
    """
    names = MemoryMap(elf, chip)
    count = int.from_bytes(peek(names.symbol("kesu_owner_count").address, 4), "little")
    if not 0 < count <= MOST_OWNERS:
        raise ValueError(f"the pad has {count} owners of ink: it is not running this image, or still boots")
    table = peek(names.symbol("kesu_owner_table").address, count * _ROW.size)
    owned = []
    for address, length, kind in _ROW.iter_unpack(table):
        if address not in chip.sram or address + length > chip.sram.stop:
            raise ValueError(f"an owner of ink is at 0x{address:08x}, outside RAM")
        owned.append(Owned(kind, address, bytes(peek(address, length))))
    return owned
