"""xip_cache: control registers of the XIP block, over the cache that thumb.c keeps (RP2040 datasheet 2.6.3).

thumb.c counts an access for each word of code that the core fetches from flash and for each load from flash,
and looks it up in the cache. Without a compiler nothing is counted.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from typing import Any

from rp2040py.peripherals import xip_ctrl

BASE = 0x1400_0000 >> 12
MISS_CYCLES = 60
"""Cost of a miss on the Pico's flash, in cycles of 125 MHz: the command and 8 bytes, quad, at 62.5 MHz. An
estimate for the tests of margins; by default the emulator treats every access as a hit."""


class XipControl(xip_ctrl.RPXIPCtrl):
    """XIP control with working CTR_HIT and CTR_ACC (a write clears them) and FLUSH (empties the cache)."""

    def __init__(self, mcu: Any, state: Any) -> None:
        self._state = state
        super().__init__(mcu, "XIP_CTRL")

    def reset(self) -> None:
        super().reset()
        self._state.xip_hits = self._state.xip_accesses = 0
        self._flush()

    def read_uint32(self, offset: int) -> int:
        if offset == xip_ctrl.CTR_HIT:
            return int(self._state.xip_hits)
        if offset == xip_ctrl.CTR_ACC:
            return int(self._state.xip_accesses)
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == xip_ctrl.CTR_HIT:
            self._state.xip_hits = 0
        elif offset == xip_ctrl.CTR_ACC:
            self._state.xip_accesses = 0
        elif offset == xip_ctrl.FLUSH:
            self._flush()
        else:
            super().write_uint32(offset, value)

    def visible_state(self) -> bytes:
        """Counters and tags of the cached lines, for a snapshot."""
        counters = (self._state.xip_hits, self._state.xip_accesses)
        return b"".join(int(value).to_bytes(4, "little") for value in counters) + bytes(self._state.xip_tag)

    def _flush(self) -> None:
        ctypes.memset(self._state.xip_tag, 0, ctypes.sizeof(self._state.xip_tag))
        ctypes.memset(self._state.xip_older, 0, ctypes.sizeof(self._state.xip_older))


def attach(mcu: Any, state: Any) -> None:
    """Replace the emulator's own block."""
    control = XipControl(mcu, state)
    mcu.xip_ctrl = control
    mcu.peripherals[BASE] = control
