"""test_memory_map: addresses are named for the report of a hit, from an ELF built here byte by byte."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from kesu.common.errors import KesuError
from kesu.emulator.chips.rp2040.facts import RP2040
from kesu.emulator.core.memory_map import MemoryMap

RAM = 0x2000_0000
FUNC, OBJECT, NOTYPE = 2, 1, 0
SYMBOLS = [
    ("note_points", RAM + 0x100, 0x40, OBJECT),
    ("note_alias", RAM + 0x100, 0x10, OBJECT),
    ("draw", 0x1000_0101, 0x20, FUNC),
    ("__GcHeapStart", RAM + 0x800, 0, NOTYPE),
    ("__GcHeapEnd", RAM + 0x3F000, 0, NOTYPE),
    ("__StackBottom", 0x2004_0800, 0, NOTYPE),
    ("__StackTop", 0x2004_1000, 0, NOTYPE),
]


def make_elf(path: Path) -> Path:
    """A 32-bit ARM ELF with .bss (0x2000_0000, 0x400 bytes), .symtab and string tables."""
    strings = b"\0"
    table = bytes(16)
    for name, address, size, kind in SYMBOLS:
        table += struct.pack("<IIIBBH", len(strings), address, size, 0x10 | kind, 0, 1)
        strings += name.encode() + b"\0"
    names = b"\0.bss\0.symtab\0.strtab\0.shstrtab\0"
    head = 52
    at_table, at_strings = head, head + len(table)
    at_names = at_strings + len(strings)
    at_sections = at_names + len(names)
    sections = [
        struct.pack("<10I", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        struct.pack("<10I", 1, 8, 3, RAM, head, 0x400, 0, 0, 4, 0),
        struct.pack("<10I", 6, 2, 0, 0, at_table, len(table), 3, 1, 4, 16),
        struct.pack("<10I", 14, 3, 0, 0, at_strings, len(strings), 0, 0, 1, 0),
        struct.pack("<10I", 22, 3, 0, 0, at_names, len(names), 0, 0, 1, 0),
    ]
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = ident + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 0, 0, at_sections, 0, head, 0, 0, 40, 5, 4)
    path.write_bytes(header + table + strings + names + b"".join(sections))
    return path


@pytest.fixture
def memory_map(tmp_path: Path) -> MemoryMap:
    return MemoryMap(make_elf(tmp_path / "tiny.elf"), RP2040)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (RAM + 0x100, "note_points"),
        (RAM + 0x13F, "note_points+0x3f"),
        (RAM + 0x140, ".bss+0x140"),
        (0x1000_0100, "draw"),
        (0x1000_0104, "draw+0x4"),
        (RAM + 0x800, "heap"),
        (RAM + 0x3EFFF, "heap"),
        (RAM + 0x3F000, "sram"),
        (0x2004_0900, "stack core 0"),
        (0x2004_0100, "scratch X"),
        (0x2004_1100, "scratch Y"),
        (0x1000_0200, "flash"),
        (0x5010_0010, "usb dpram"),
        (0x4000_0000, "0x40000000"),
    ],
)
def test_addresses_are_named(memory_map: MemoryMap, address: int, name: str) -> None:
    assert memory_map.name(address) == name


def test_symbol_bytes_come_from_sram(memory_map: MemoryMap) -> None:
    sram = bytearray(264 * 1024)
    sram[0x100:0x140] = bytes(range(0x40))
    assert memory_map.read_symbol("note_points", memoryview(sram)) == bytes(range(0x40))
    with pytest.raises(KeyError):
        memory_map.read_symbol("absent", memoryview(sram))
    with pytest.raises(ValueError, match="not in SRAM"):
        memory_map.read_symbol("draw", memoryview(sram))


def test_file_that_is_no_elf_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "tiny.elf"
    path.write_bytes(b"not an ELF at all")
    with pytest.raises(KesuError) as refused:
        MemoryMap(path, RP2040)
    assert refused.value.hint
