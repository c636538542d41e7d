"""facts: the RP2350 on a Raspberry Pi Pico 2, run by its Arm cores."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.uf2 import FAMILY_RP2350_ARM
from kesu.emulator.core.facts import Facts

SRAM = range(0x2000_0000, 0x2008_2000)
FLASH_BYTES = 4 * 1024 * 1024
"""Of the flash chip on a Raspberry Pi Pico 2 (its datasheet)."""

RP2350 = Facts(
    name="RP2350",
    board="pico2",
    product="Raspberry Pi Pico 2",
    family=FAMILY_RP2350_ARM,
    sram=SRAM,
    # SRAM8 and SRAM9, which the linker script (memmap_*.ld) names so (RP2350 datasheet 4.2).
    scratch_x=range(0x2008_0000, 0x2008_1000),
    scratch_y=range(0x2008_1000, 0x2008_2000),
    flash_bytes=FLASH_BYTES,
    clk_sys_hz=150_000_000,
    # CLK_PERI_CTRL AUXSRC (RP2350 datasheet 8.1.7).
    clk_peri_hz={0: 150_000_000, 1: 150_000_000, 2: 48_000_000, 3: 11_000_000, 4: 12_000_000},
    # RUN powers the memories down (pico-sdk issue 2043).
    keeps_sram=False,
    panel_data_port=0x4008_8008,  # SPI1 SSPDR (RP2350 datasheet 2.2, 12.3)
    divider=0,
    sram_alias=range(0),
    rom_lookup_pointer=0,
    parts={
        "R3": ("dma", "pio", "sha256", "trng", "float_registers"),
        "R4": ("watchdog_scratch", "powman", "bootram"),
        "R5": ("xip_ram",),
    },
)
