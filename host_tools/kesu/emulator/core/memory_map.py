"""memory_map: names for addresses of the running image, from its ELF."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core import elf_symbols
from kesu.emulator.core.elf_symbols import FILE, FUNCTION, SECTION
from kesu.emulator.core.facts import DPRAM, FLASH, SRAM_BASE, Facts

# pico-sdk linker script (memmap_*.ld): boundary symbols.
_HEAP_BOUNDS = (("__GcHeapStart", "__GcHeapEnd"), ("__HeapBase", "__HeapLimit"), ("__end__", "__HeapLimit"))


@dataclass(frozen=True)
class Symbol:
    """One named object: address, size in bytes (0 when the ELF does not say)."""

    name: str
    address: int
    size: int


class MemoryMap:
    """Names for addresses of an image for that chip; `sections` maps a section's name to (address, size)."""

    def __init__(self, elf: Path, chip: Facts) -> None:
        self.chip = chip
        try:
            with elf.open("rb") as stream:
                image = ELFFile(stream)
                self.sections = {
                    section.name: (int(section["sh_addr"]), int(section["sh_size"]))
                    for section in image.iter_sections()
                    if section["sh_flags"] & 2 and section["sh_size"]
                }
                raw = list(elf_symbols.symbols(image))
        except (OSError, ELFError) as error:
            raise KesuError(
                f"{elf.name}: the ELF beside the image cannot be read ({error})",
                hint="run `kesu dev build`",
                code=Exit.DATA,
            ) from error
        self.symbols: dict[str, Symbol] = {}
        objects: dict[int, Symbol] = {}
        for entry in raw:
            if not entry.name or entry.kind in (FILE, SECTION) or entry.name.startswith("$"):
                continue
            address = entry.value & (~1 if entry.kind == FUNCTION else ~0)
            symbol = Symbol(entry.name, address, entry.size)
            self.symbols.setdefault(symbol.name, symbol)
            if symbol.size and (address not in objects or objects[address].size < symbol.size):
                objects[address] = symbol
        self._objects = sorted(objects.values(), key=lambda symbol: symbol.address)
        self._starts = [symbol.address for symbol in self._objects]
        self.heap = self._find_heap()
        self.stack = self._find_stack()

    def name(self, address: int) -> str:
        """`symbol+0x1c`, or "heap", "stack core 0", "scratch X", a section, "sram"/"flash"/"usb dpram"."""
        index = bisect_right(self._starts, address) - 1
        if index >= 0:
            symbol = self._objects[index]
            if address < symbol.address + symbol.size:
                offset = address - symbol.address
                return f"{symbol.name}+0x{offset:x}" if offset else symbol.name
        for region, label in (
            (self.heap, "heap"),
            (self.stack, "stack core 0"),
            (self.chip.scratch_x, "scratch X"),
            (self.chip.scratch_y, "scratch Y"),
        ):
            if address in region:
                return label
        for section, (start, size) in self.sections.items():
            if start <= address < start + size:
                return f"{section}+0x{address - start:x}"
        for region, label in ((self.chip.sram, "sram"), (FLASH, "flash"), (DPRAM, "usb dpram")):
            if address in region:
                return label
        return f"0x{address:08x}"

    def symbol(self, name: str) -> Symbol:
        """The symbol called `name`; raises KeyError when the image has none."""
        return self.symbols[name]

    def read_symbol(self, name: str, sram: memoryview) -> bytes:
        """The bytes a symbol in SRAM holds now; `sram` is the pad's, from 0x2000_0000."""
        symbol = self.symbol(name)
        if symbol.address not in self.chip.sram:
            raise ValueError(f"{name} is at 0x{symbol.address:08x}, not in SRAM")
        start = symbol.address - SRAM_BASE
        return bytes(sram[start : start + symbol.size])

    def _address(self, *names: str) -> int | None:
        return next((self.symbols[name].address for name in names if name in self.symbols), None)

    def _find_heap(self) -> range:
        for first, last in _HEAP_BOUNDS:
            start, end = self._address(first), self._address(last)
            if start is not None and end is not None and start < end and start in self.chip.sram:
                return range(start, end)
        return range(0)

    def _find_stack(self) -> range:
        top = self._address("__StackTop")
        bottom = self._address("__StackBottom", "__StackLimit")
        if top is None:
            return range(0)
        if bottom is None or not bottom < top:
            bottom = top - 0x1000
        return range(bottom, top)
