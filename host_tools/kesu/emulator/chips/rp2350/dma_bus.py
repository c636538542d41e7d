"""dma_bus: what the RP2350's DMA reads and writes: memories and the registers of all blocks."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.rp2350.m33 import M33
from kesu.emulator.core.facts import SRAM_BASE


class DmaBus:
    """`kesu.emulator.chips.rp2350.dma.Bus` of one chip."""

    def __init__(self, mcu: Any, m33: M33) -> None:
        self._mcu, self._m33 = mcu, m33

    def read(self, address: int, size: int) -> int:
        """A load of 1, 2 or 4 bytes."""
        memory, at = self._memory(address)
        if memory is not None:
            return int.from_bytes(memory[at : at + size], "little")
        return int(self._mcu.read(address, size))

    def write(self, address: int, size: int, value: int) -> None:
        """A store of 1, 2 or 4 bytes. Flash and ROM cannot be written."""
        memory, at = self._memory(address)
        if memory is self._m33.sram:
            memory[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        elif memory is None:
            self._mcu.write(address, size, value)
        else:
            self._m33.state.bus_error = 1

    def failed(self) -> bool:
        """Whether nothing answered since the last call."""
        state = self._m33.state
        failed, state.bus_error = bool(state.bus_error), 0
        return failed

    def _memory(self, address: int) -> tuple[bytearray | None, int]:
        m33 = self._m33
        if address - SRAM_BASE in range(len(m33.sram)):
            return m33.sram, address - SRAM_BASE
        if address >> 28 == 1:
            return m33.flash, address & (len(m33.flash) - 1)
        return (m33.rom, address) if address < len(m33.rom) else (None, 0)
