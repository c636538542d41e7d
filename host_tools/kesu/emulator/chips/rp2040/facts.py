"""facts: the RP2040 on a Raspberry Pi Pico."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.uf2 import FAMILY_RP2040, PICO_FLASH_BYTES
from kesu.emulator.core.facts import Facts

SRAM = range(0x2000_0000, 0x2004_2000)

RP2040 = Facts(
    name="RP2040",
    board="pico",
    product="Raspberry Pi Pico",
    family=FAMILY_RP2040,
    sram=SRAM,
    # pico-sdk linker script (memmap_*.ld): the two 4 KiB banks above the striped SRAM.
    scratch_x=range(0x2004_0000, 0x2004_1000),
    scratch_y=range(0x2004_1000, 0x2004_2000),
    flash_bytes=PICO_FLASH_BYTES,
    clk_sys_hz=125_000_000,
    # CLK_PERI_CTRL AUXSRC (RP2040 datasheet 2.15.7).
    clk_peri_hz={0: 125_000_000, 1: 125_000_000, 2: 48_000_000, 3: 6_500_000, 4: 12_000_000},
    keeps_sram=True,
    # SPI1 SSPDR; SIO DIV_UDIVIDEND; the banks of SRAM without striping (RP2040 datasheet 2.2, 2.3.1.7, 4.4.4).
    panel_data_port=0x4004_0008,
    divider=0xD000_0060,
    sram_alias=range(0x2100_0000, 0x2104_0000),
    rom_lookup_pointer=0x18,  # datasheet 2.8.3.1.1
    parts={"R3": ("dma", "pio"), "R4": ("watchdog_scratch", "rtc")},
)
