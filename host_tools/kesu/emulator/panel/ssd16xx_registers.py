"""ssd16xx_registers: command bytes that the SSD1680 and SSD1683 share, and bus limits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

WRITE_HZ_MAX = 20_000_000
READ_HZ_MAX = 2_500_000

NOP, WRITE_BW, WRITE_RED, READ_RAM, WRITE_LUT = 0x7F, 0x24, 0x26, 0x27, 0x32
READ_TEMPERATURE, READ_STATUS = 0x1B, 0x2F
READS = (READ_RAM, READ_TEMPERATURE, READ_STATUS)

NO_PARAMETERS = (0x12, 0x20, NOP)


@dataclass(frozen=True)
class PanelError:
    """A violation of the datasheet: time, command byte, reason."""

    time_ns: int
    op: int
    reason: str
