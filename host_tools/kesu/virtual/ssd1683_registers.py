"""ssd1683_registers: command bytes of the SSD1683, their parameters at power on, and bus limits."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.virtual.ssd1683_update import LUT_LENGTH

WRITE_HZ_MAX = 20_000_000
READ_HZ_MAX = 2_500_000

NOP, WRITE_BW, WRITE_RED, READ_RAM = 0x7F, 0x24, 0x26, 0x27
READ_TEMPERATURE, READ_STATUS = 0x1B, 0x2F
READS = (READ_RAM, READ_TEMPERATURE, READ_STATUS)

# Parameter counts of the registers, with their values at power on (hardware.md A.2).
DEFAULTS: dict[int, bytes] = {
    0x01: bytes((0x2B, 0x01, 0x00)), 0x03: b"\x00", 0x04: bytes((0x41, 0xA8, 0x32)),
    0x0C: bytes((0x8B, 0x9C, 0x96, 0x0F)), 0x10: b"\x00", 0x11: b"\x03", 0x18: b"\x48", 0x1A: b"\x7f",
    0x21: b"\x00\x00", 0x22: b"\xff", 0x2C: b"\x00", 0x32: bytes(LUT_LENGTH), 0x37: bytes(10), 0x3C: b"\xc0",
    0x3F: b"\x00", 0x41: b"\x00\x00\x00", 0x44: bytes((0x00, 0x31)), 0x45: bytes((0x00, 0x00, 0x2B, 0x01)),
    0x46: b"\x00", 0x47: b"\x00", 0x4E: b"\x00", 0x4F: b"\x00\x00",
}  # fmt: skip
# 21h and 41h act on their first byte; vendors' drivers leave the rest out, so that is no error.
SHORTEST = {0x21: 1, 0x41: 1}
NO_PARAMETERS = (0x12, 0x20, NOP)


@dataclass(frozen=True)
class PanelError:
    """Something the datasheet forbids: when, the command byte, and why."""

    time_ns: int
    op: int
    reason: str
