"""calls: what runs from READY on: only functions of the image, from their start, and a few of the boot ROM.

A search of the image for forbidden names and constants does not see a call through a pointer that was computed, code
that was written at run time, or a function of the boot ROM whose code is hidden. So both cores note each halfword that
they execute, each target of a call through a register, and each entry into what is neither flash nor SRAM.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.core.facts import FLASH_BASE, SRAM_BASE
from kesu.emulator.shadow.labels import CALLED, WATCHED
from kesu.emulator.trace.tracer import Tracer
from kesu.verify.trace.elf import Elf, read
from kesu.verify.trace.places import MOST_BYTES

FILE = "callable.toml"
FUNCTIONS_AT = 0x14
"""The halfword that points to the table of functions in the RP2040's boot ROM (datasheet 2.8.3): pairs of code and
address, and a zero."""
MOST_NAMED = 8


@cache
def rom_allowed(board: str) -> frozenset[str]:
    """Codes of the boot ROM's functions that an image may use from READY on."""
    return frozenset(code for one in _listed("rom") if one["board"] == board for code in one["codes"])


def _listed(kind: str) -> list[dict[str, Any]]:
    """The entries of a kind that have a reason."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text).get(kind, [])
    return [one for one in found if one["reason"]]


class Calls:
    """Watches what a READY pad runs, from now on until a reset, and again from the next READY."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer, self._pad = tracer, tracer.pad
        self._used: list[str] = []
        self._from = 0
        self._on()
        self._pad.emulator.on_reset.append(self._off)
        self._pad.host.heard.append(self._heard)

    def strange(self) -> list[str]:
        """What ran, or was called, and is neither a function of the image nor allowed; one line each."""
        elf = read(self._pad.elf)
        flags = np.frombuffer(memoryview(self._tracer.shadow.executed).cast("B"), np.uint8)
        found = [*self._unknown(elf, flags), *self._amid(elf, flags), *self._outside(), *self._rom()]
        more = len(found) - MOST_NAMED
        return [*found[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]

    # When -------------------------------------------------------------------------------------------

    def _on(self) -> None:
        self._tracer.shadow.state.watching = 1
        self._from = len(self._pad.emulator.rom_used)

    def _off(self) -> None:
        if self._tracer.shadow.state.watching:
            self._used += self._pad.emulator.rom_used[self._from :]
        self._tracer.shadow.state.watching = 0

    def _heard(self, what: str, endpoint: int, data: bytes) -> None:
        if what == "sent" and not self._tracer.shadow.state.watching and self._pad.host.serial_state.dsr:
            self._on()

    # What -------------------------------------------------------------------------------------------

    def _unknown(self, elf: Elf, flags: NDArray[np.uint8]) -> Iterator[str]:
        """Code in flash or SRAM that is in no function."""
        known = np.zeros(flags.size, bool)
        for address, size in self._code(elf):
            first = self._offset(address)
            if 0 <= first < 2 * flags.size:
                known[first // 2 : (first + size + 1) // 2] = True
        last = -4
        for index in map(int, np.flatnonzero((flags & WATCHED != 0) & ~known)):
            if 2 * index - last > 4:
                yield f"code at 0x{self._address(index):08x}, which is in no function of the image"
            last = 2 * index

    def _code(self, elf: Elf) -> Iterator[tuple[int, int]]:
        for one in elf.functions:
            yield one.address, one.size or min(elf.to_next(one.address), MOST_BYTES)
        for name in (name for one in _listed("place") for name in one["symbols"]):
            if name in elf.addresses:
                yield elf.addresses[name], elf.to_next(elf.addresses[name])

    def _amid(self, elf: Elf, flags: NDArray[np.uint8]) -> Iterator[str]:
        """Calls through a register that do not go to the start of a function."""
        starts = {one.address for one in elf.functions}
        for index in np.flatnonzero(flags & CALLED):
            address = self._address(int(index))
            if address not in starts:
                yield f"a call to 0x{address:08x} in {self._pad.memory_map.name(address)}, no start of a function"

    def _outside(self) -> Iterator[str]:
        """Entries into the boot ROM that are not allowed, and into anything else."""
        functions = self._rom_functions()
        allowed = rom_allowed(self._pad.emulator.facts.board)
        lookup = self._tracer.shadow.layout.rom_lookup
        for one in self._tracer.entered():
            sender = self._pad.memory_map.name(one.origin)
            if one.pc == lookup:
                code = _code_name(one.code)
                if code not in allowed:
                    yield f"the boot ROM was asked for its function {code!r}, by {sender}"
            elif functions.get(one.pc) not in allowed:
                name = functions.get(one.pc)
                what = f"function {name!r} of the boot ROM" if name else f"code at 0x{one.pc:08x}"
                yield f"{what}, called by {sender}"

    def _rom(self) -> Iterator[str]:
        """The same for a boot ROM that is a model."""
        now = self._pad.emulator.rom_used[self._from :] if self._tracer.shadow.state.watching else []
        allowed = rom_allowed(self._pad.emulator.facts.board)
        for code in dict.fromkeys([*self._used, *now]):
            if code not in allowed:
                yield f"function {code!r} of the boot ROM"

    def _rom_functions(self) -> dict[int, str]:
        pointer = self._pad.emulator.facts.rom_lookup_pointer
        if not pointer:
            return {}
        load, found = self._pad.emulator.mcu.read_uint16, dict[int, str]()
        at = load(FUNCTIONS_AT)
        while code := load(at):
            found[load(at + 2) & ~1] = _code_name(code)
            at += 4
        return found

    def _offset(self, address: int) -> int:
        covered = self._tracer.shadow.layout.covered
        return address - FLASH_BASE if address < SRAM_BASE else covered + address - SRAM_BASE

    def _address(self, index: int) -> int:
        covered = self._tracer.shadow.layout.covered
        return FLASH_BASE + 2 * index if 2 * index < covered else SRAM_BASE + 2 * index - covered


def _code_name(code: int) -> str:
    return bytes((code & 0xFF, code >> 8 & 0xFF)).decode("latin-1")
