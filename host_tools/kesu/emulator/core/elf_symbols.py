"""elf_symbols: the symbols of an image, read as one table: pyelftools takes 40 us for each of its 8,000."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.elf.sections import SymbolTableSection

FUNCTION, SECTION, FILE = 2, 3, 4
"""Types of symbols (System V ABI, chapter 4, symbol table: STT_FUNC, STT_SECTION, STT_FILE)."""
_ENTRY = struct.Struct("<IIIBBH")
"""Elf32_Sym: name, value, size, info, other, section."""


class Entry(NamedTuple):
    """One symbol. value: its address, with bit 0 set for a function in Thumb. kind: its type, such as FUNCTION. local:
    known in its source file only, whose FILE entry is the last before it."""

    name: str
    value: int
    size: int
    kind: int
    local: bool


def symbols(image: Any) -> Iterator[Entry]:
    """All symbols of an open ELFFile, none if it was stripped. Raises ELFError unless it is a 32-bit little-endian one
    with a whole table."""
    table = image.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return
    content, names = table.data(), table.stringtable.data()
    if image.elfclass != 32 or not image.little_endian or len(content) % _ENTRY.size:
        raise ELFError("not the symbols of a 32-bit little-endian image")
    for start, value, size, info, _, _ in _ENTRY.iter_unpack(content):
        end = names.find(b"\0", start)
        if end < 0:
            raise ELFError("a symbol's name has no end")
        yield Entry(names[start:end].decode("utf-8", "replace"), value, size, info & 15, not info >> 4)
