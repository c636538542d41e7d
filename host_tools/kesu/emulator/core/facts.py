"""facts: what the rest of the virtual pad has to know about a chip without running it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLASH_BASE = 0x1000_0000
SRAM_BASE = 0x2000_0000
DPRAM_BASE = 0x5010_0000
DPRAM = range(DPRAM_BASE, DPRAM_BASE + 0x1000)
FLASH = range(FLASH_BASE, FLASH_BASE + 0x100_0000)
"""Both chips have flash, SRAM and USB RAM at these addresses (RP2040 datasheet 2.2, RP2350 datasheet 2.2)."""


@dataclass(frozen=True)
class Facts:
    """One chip on its board.

    name: of the chip; board: as in the manifest of an image; product: the board's name; family: of its UF2 files.
    sram, scratch_x, scratch_y: address ranges. flash_bytes: of the board's flash chip. clk_sys_hz: system clock that
    the firmware sets. clk_peri_hz: of the sources AUXSRC of CLK_PERI_CTRL. keeps_sram: whether SRAM keeps its content
    through a reset by the RUN pin.
    panel_data_port: address of the register from which bytes go to the panel. divider: of the first register of the
    divider that both cores share, 0 without one. sram_alias: addresses that are a second view of SRAM.
    rom_lookup_pointer: address of the halfword that points to the boot ROM's lookup; 0: the ROM is a model in Python.
    parts: names of the chip's registers in a snapshot, by resource of docs/guarantee.md.
    """

    name: str
    board: str
    product: str
    family: int
    sram: range
    scratch_x: range
    scratch_y: range
    flash_bytes: int
    clk_sys_hz: int
    clk_peri_hz: Mapping[int, int]
    keeps_sram: bool
    panel_data_port: int
    divider: int
    sram_alias: range
    rom_lookup_pointer: int
    parts: Mapping[str, tuple[str, ...]]

    @property
    def volatile(self) -> tuple[str, ...]:
        """All names of `parts`."""
        return tuple(name for names in self.parts.values() for name in names)
