"""dma: the RP2350's DMA: channels that copy at once; one that a peripheral paces ends the run.

RP2350 datasheet 12.6.10. The sealed images use no DMA; the model is there so that one that does is seen.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any, Protocol

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.core.emulator import words

CHANNELS = 16
_READ, _WRITE, _COUNT, _CTRL = range(4)
# The four registers of a channel in the order of each alias; the last of an alias is its trigger.
_ALIASES = (
    (_READ, _WRITE, _COUNT, _CTRL),
    (_CTRL, _READ, _WRITE, _COUNT),
    (_CTRL, _COUNT, _READ, _WRITE),
    (_CTRL, _WRITE, _COUNT, _READ),
)
_EN, _INCR_READ, _INCR_WRITE = 1 << 0, 1 << 4, 1 << 6
_SIZE_SHIFT, _TREQ_SHIFT, _CHAIN_SHIFT, _RING_SHIFT = 2, 17, 13, 8
_UNPACED = 0x3F
_INTR = 0x400
_N_CHANNELS = 0x468
_ENDLESS = 0xF << 28


class Bus(Protocol):
    """How DMA reads and writes: addresses of any memory or peripheral; size in bytes."""

    def read(self, address: int, size: int) -> int: ...
    def write(self, address: int, size: int, value: int) -> None: ...


class Dma(Kept):
    """The block. channels: READ_ADDR, WRITE_ADDR, TRANS_COUNT, CTRL of each."""

    def __init__(self, mcu: Any, bus: Bus) -> None:
        super().__init__(mcu, "DMA", {}, {_N_CHANNELS: lambda _: CHANNELS})
        self._bus = bus
        self.channels = [[0, 0, 0, 0] for _ in range(CHANNELS)]

    def reset(self) -> None:
        super().reset()
        for channel in self.channels:
            channel[:] = (0, 0, 0, 0)

    def read_uint32(self, offset: int) -> int:
        if offset < _INTR:
            alias, place = offset >> 4 & 3, offset >> 2 & 3
            return self.channels[offset >> 6][_ALIASES[alias][place]]
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset >= _INTR:
            super().write_uint32(offset, value)
            return
        alias, place = offset >> 4 & 3, offset >> 2 & 3
        channel = self.channels[offset >> 6]
        channel[_ALIASES[alias][place]] = value & 0xFFFF_FFFF
        if place == 3 and value and channel[_CTRL] & _EN:
            self._copy(channel)

    def visible_state(self) -> bytes:
        """The channels, and the other registers."""
        return words(value for channel in self.channels for value in channel) + super().visible_state()

    def _copy(self, channel: list[int]) -> None:
        control, count = channel[_CTRL], channel[_COUNT]
        size = 1 << (control >> _SIZE_SHIFT & 3)
        number = self.channels.index(channel)
        plain = control >> _TREQ_SHIFT & 0x3F == _UNPACED and not control >> _RING_SHIFT & 0xF
        if not plain or count & _ENDLESS or control >> _CHAIN_SHIFT & 0xF != number:
            raise KesuError(
                f"DMA channel {number} is started with CTRL 0x{control:08x}: the emulated Pico 2 only copies at once.",
                hint="No image of this project uses DMA.",
                code=Exit.UNAVAILABLE,
            )
        for _ in range(count):
            self._bus.write(channel[_WRITE], size, self._bus.read(channel[_READ], size))
            channel[_READ] += size if control & _INCR_READ else 0
            channel[_WRITE] += size if control & _INCR_WRITE else 0
        channel[_COUNT] = 0
        self.kept[_INTR] = self.kept.get(_INTR, 0) | 1 << number
