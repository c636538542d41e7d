"""places: names for what a trace finds: functions, memory, the way of a byte; and fingerprints of functions."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.facts import DPRAM, FLASH_BASE, SRAM_BASE
from kesu.emulator.trace.tracer import Escape, Hop
from kesu.verify.trace.elf import FROZEN, Elf, read

MOST_BYTES = 1024
VARIANT = re.compile(r"\.(constprop|isra|part|cold|lto_priv)(\.\d+)?")
"""Suffixes that the compiler adds to a function that it changed."""


class Names:
    """Names for the addresses of one pad's image."""

    def __init__(self, pad: VirtualPad) -> None:
        self._map = pad.memory_map
        self._pad = pad
        functions = [
            symbol for symbol in self._map.symbols.values() if not symbol.name.startswith("__") or symbol.size
        ]
        self._functions = sorted(functions, key=lambda symbol: symbol.address)
        self._starts = [symbol.address for symbol in self._functions]

    def memory(self, address: int) -> str:
        """Name of a byte of memory: a symbol, "heap", "stack core 0"."""
        return self._map.name(address)

    def regions(self, addresses: Iterable[int]) -> set[str]:
        """Which of the places of HELD these bytes of memory belong to."""
        memory = self._map
        parts = [
            *(
                (range(one.address, one.address + one.length), "registered buffers")
                for one in self._pad.owners()
            ),
            *((memory.heap, "heap"), (memory.stack, "stack"), (DPRAM, "RAM of USB")),
        ]
        return {
            next((label for part, label in parts if address in part), "other variables")
            for address in addresses
        }

    def function(self, pc: int) -> str:
        """The function of an instruction, without its offset and without the compiler's suffixes."""
        name = self._map.name(pc).partition("+")[0]
        if name.startswith(".") or not name:  # code without a size, as in libraries in assembler
            index = bisect_right(self._starts, pc) - 1
            name = self._functions[index].name if index >= 0 else f"0x{pc:08x}"
        return VARIANT.sub("", name)

    def frozen(self, bytecode: int) -> str:
        """The frozen function whose bytecode was executed; "" for none."""
        name = self._map.name(bytecode).partition("+")[0] if bytecode else ""
        return name.removeprefix(FROZEN) if name.startswith(FROZEN) else ""

    def escape(self, one: Escape) -> str:
        """Where ink went that must not go there, and which code sent it."""
        sender = " for ".join(name for name in (self._code(one.pc), self.frozen(one.bytecode)) if name)
        place = {
            "store": f"to 0x{one.address:08x}",
            "alias": f"to 0x{one.address:08x}, a second view of SRAM",
            "special": f"to special register {one.address}",
            "coprocessor": f"to coprocessor {one.address}",
            "panel": "to the panel, outside of its planes",
        }[one.kind]
        return f"{place}, by {sender}" if sender else place

    def trail(self, hops: Sequence[Hop]) -> str:
        """The way of a byte, the last step first."""
        return " from ".join(f"{self._code(hop.pc)} into {self.memory(hop.address)}" for hop in hops)

    def _code(self, pc: int) -> str:
        return self._map.name(pc) if pc else ""


class Fingerprints:
    """Fingerprints of an image's functions: equal for the same code, wherever it is linked to."""

    def __init__(self, pad: VirtualPad) -> None:
        self._elf = read(pad.elf)
        self._functions = {VARIANT.sub("", one.name): one for one in self._elf.functions}
        self._native: dict[str, str] = {}

    def frozen(self, name: str) -> str:
        """Of the bytecode of a frozen function; "" if the image has none of that name."""
        one = self._functions.get(FROZEN + name)
        return _digest(self._elf.content(one.address, one.size)) if one is not None else ""

    def native(self, name: str) -> str:
        """Of the code of a function, without the addresses in it; "" if the image has none of that name. Code in
        assembler may have no size: then up to the next symbol."""
        if name not in self._native and (one := self._functions.get(name)):
            size = one.size or min(self._elf.to_next(one.address), MOST_BYTES)
            self._native[name] = _digest(_without_addresses(self._elf, one.address, size))
        return self._native.get(name, "")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _without_addresses(elf: Elf, address: int, size: int) -> bytes:
    """The code with the targets of BL and B.W, and words in its literal pools that are addresses, set to zero."""
    found, at = bytearray(elf.content(address, size)), 0
    while at + 2 <= len(found):
        if elf.is_data(address + at):
            if at + 4 <= len(found) and found[at + 3] in (FLASH_BASE >> 24, SRAM_BASE >> 24):
                found[at : at + 4] = bytes(4)
            at += 4
            continue
        (first,) = struct.unpack_from("<H", found, at)
        if first >= 0xE800 and at + 4 <= len(found):
            (second,) = struct.unpack_from("<H", found, at + 2)
            if first & 0xF800 == 0xF000 and second & 0x9000 == 0x9000:
                struct.pack_into("<HH", found, at, first & 0xF800, second & 0xD000)
            at += 4
        else:
            at += 2
    return bytes(found)
