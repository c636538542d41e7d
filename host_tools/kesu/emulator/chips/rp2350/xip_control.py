"""xip_control: control registers of the XIP block, over the cache that the core in C keeps (RP2350 datasheet 4.4.5)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.core.emulator import words

_CTR_HIT, _CTR_ACC = 0x0C, 0x10
_RESET = 0x83


class XipControl(Kept):
    """CTR_HIT and CTR_ACC count; a write clears them. Everything else keeps what is written."""

    def __init__(self, mcu: Any, state: Any) -> None:
        super().__init__(
            mcu,
            "XIP_CTRL",
            {0: _RESET},
            {_CTR_HIT: lambda _: state.xip_hits, _CTR_ACC: lambda _: state.xip_accesses},
        )
        self._state = state

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _CTR_HIT:
            self._state.xip_hits = 0
        elif offset == _CTR_ACC:
            self._state.xip_accesses = 0
        else:
            super().write_uint32(offset, value)

    def pinned(self) -> bool:
        """Whether a line of the cache is pinned, so that it can be used as RAM (4.4.1.3)."""
        return any(self._state.xip_pinned)

    def cache(self) -> bytes:
        """Counters and tags of the cached lines."""
        return words((self._state.xip_hits, self._state.xip_accesses)) + bytes(self._state.xip_tag)
