"""resets: effect of the RESETS block on the I2C blocks while the chip runs (RP2040 datasheet 2.14).

rp2040py ignores writes to RESETS.RESET. Firmware resets an I2C block to empty its FIFOs and to abort a failed
transfer, so the reset is modelled here. The FIFOs' cells keep their bytes and only the pointers are reset:
whether silicon clears the cells is not published, and keeping them is the worse case.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from rp2040py.peripherals import reset

BASE = 0x4000_C000 >> 12
_BLOCKS = {reset.RESET_I2C0: 0, reset.RESET_I2C1: 1}


class Resets(reset.RPReset):
    """RESETS that resets both I2C blocks."""

    def write_uint32(self, offset: int, value: int) -> None:
        before = self._reset
        super().write_uint32(offset, value)
        if offset == reset.RESET:
            for bit, number in _BLOCKS.items():
                if self._reset & ~before & bit:
                    self.rp2040.i2c[number].reset()
            # A block is ready as soon as its reset is released.
            self._reset_done = ~self._reset & reset.RESETS_BITS_MASK


def attach(mcu: Any) -> None:
    """Replace the emulator's own block, which keeps RESET_DONE at all ones."""
    mcu.resets = mcu.peripherals[BASE] = Resets(mcu, "RESETS")
