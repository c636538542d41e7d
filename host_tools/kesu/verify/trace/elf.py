"""elf: what the ELF of an image says: bytes by address, functions and bytecode, where code and data begin."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from elftools.elf.elffile import ELFFile

from kesu.emulator.core.elf_symbols import FILE, FUNCTION, symbols

FROZEN = "fun_data_"
"""How MicroPython names the bytecode of a frozen function."""


@dataclass(frozen=True)
class Named:
    """One function, or the bytecode of one. file: the source file of a local function, else ""."""

    name: str
    address: int
    size: int
    file: str


@dataclass(frozen=True)
class Elf:
    """An ELF. sections: address and content of those with content. marks, data: addresses at which code or data begins
    (the mapping symbols of the Arm ELF format, $t and $d), and whether it is data. all_starts: addresses of all
    symbols; addresses: by name."""

    sections: tuple[tuple[int, bytes], ...]
    functions: tuple[Named, ...]
    marks: tuple[int, ...]
    data: tuple[bool, ...]
    all_starts: tuple[int, ...]
    addresses: Mapping[str, int]

    def content(self, address: int, size: int) -> bytes:
        """Bytes of the image; fewer at the end of a section, none outside."""
        for start, content in self.sections:
            if start <= address < start + len(content):
                return content[address - start : address - start + size]
        return b""

    def is_data(self, address: int) -> bool:
        """Whether there are data among code at that address."""
        index = bisect_right(self.marks, address) - 1
        return index >= 0 and self.data[index]

    def to_next(self, address: int) -> int:
        """Bytes up to the next symbol; 0 after the last."""
        index = bisect_right(self.all_starts, address)
        return self.all_starts[index] - address if index < len(self.all_starts) else 0


def read(path: Path) -> Elf:
    """Parse an ELF file, once for each content."""
    found = path.stat()
    return _parsed(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _parsed(path: Path, _changed_ns: int, _size: int) -> Elf:
    with path.open("rb") as stream:
        image = ELFFile(stream)
        sections = tuple(
            (int(section["sh_addr"]), section.data())
            for section in image.iter_sections()
            if section["sh_flags"] & 2 and section["sh_type"] == "SHT_PROGBITS" and section["sh_size"]
        )
        table = list(symbols(image))
    functions: dict[int, Named] = {}
    file, marks, starts = "", [], set()
    for entry in table:
        if entry.kind == FILE:
            file = entry.name
        elif entry.name[:2] in ("$t", "$d"):
            marks.append((entry.value, entry.name[:2] == "$d"))
        elif entry.kind == FUNCTION or entry.name.startswith(FROZEN):
            address = entry.value & (~1 if entry.kind == FUNCTION else ~0)
            functions.setdefault(address, Named(entry.name, address, entry.size, file if entry.local else ""))
            starts.add(address)
        elif entry.name:
            starts.add(entry.value & ~1)
    marks.sort()
    return Elf(
        sections,
        tuple(sorted(functions.values(), key=lambda one: one.address)),
        tuple(at for at, _ in marks),
        tuple(data for _, data in marks),
        tuple(sorted(starts)),
        {entry.name: entry.value & ~1 for entry in table if entry.name},
    )
