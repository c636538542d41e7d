"""rosc: the ring oscillator's registers (RP2040 datasheet 2.17.8), with a random bit that is not constant.

rp2040py has no ROSC: every register reads as all ones. Firmware takes random numbers from RANDOMBIT. Here its bits come
from SHA-256 of the pad's seed and a count of reads, so they look random and are the same in every run with that seed.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral

BASE = 0x4006_0000 >> 12
CTRL, FREQ_A, FREQ_B, DORMANT, DIV, PHASE, STATUS, RANDOM_BIT, COUNT = range(0, 0x24, 4)
_AT_RESET = {CTRL: 0xAA0, FREQ_A: 0, FREQ_B: 0, DORMANT: 0x7761_6B65, DIV: 0xAB0, PHASE: 0x8, COUNT: 0}
_RUNNING = 1 << 31 | 1 << 16 | 1 << 12  # STABLE, DIV_RUNNING, ENABLED
_DISABLE = 0xD1E
_BITS = 256


class Rosc(BasePeripheral):
    """Registers keep what is written; the oscillator itself has no effect on time."""

    def __init__(self, mcu: Any, seed: int) -> None:
        super().__init__(mcu, "ROSC")
        self._seed = seed
        self._reads = 0
        self._words: dict[int, int] = {}
        self.reset()

    def reset(self) -> None:
        self._words = dict(_AT_RESET)

    def seed(self, seed: int) -> None:
        """Start the random bits anew."""
        self._seed, self._reads = seed, 0

    def read_uint32(self, offset: int) -> int:
        if offset == STATUS:
            return 0 if self._words[CTRL] >> 12 & 0xFFF == _DISABLE else _RUNNING
        if offset == RANDOM_BIT:
            return self._random_bit()
        return self._words.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset in self._words:
            self._words[offset] = value & 0xFFFF_FFFF

    def _random_bit(self) -> int:
        block, index = divmod(self._reads, _BITS)
        self._reads += 1
        digest = hashlib.sha256(f"rosc {self._seed} {block}".encode()).digest()
        return digest[index // 8] >> index % 8 & 1


def attach(mcu: Any, seed: int) -> Rosc:
    """Put the block in the place of rp2040py's."""
    block = Rosc(mcu, seed)
    mcu.peripherals[BASE] = block
    return block
