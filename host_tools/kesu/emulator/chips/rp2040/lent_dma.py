"""lent_dma: the RP2040's DMA, whose channels PIO receive FIFOs can have: words move in C, without a step of Python for
each.

A channel is lent when it does nothing but empty one receive FIFO of a PIO block into SRAM, or into an SMx_INSTR of the
same
block. Any access to the DMA's registers first lets the block run up to now, so they show what has been moved; the last
unit is
never lent, so interrupts and chains are as ever. A program that looks at the memory alone, and at no register of DMA or
PIO, sees words when the block runs the next time: at its next event, 1 ms later at most.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from typing import Any

from rp2040py.peripherals import dma

from kesu.emulator.chips.pio.native_block import MACHINES
from kesu.emulator.chips.pio.schedule import Scheduled
from kesu.emulator.chips.rp2040.facts import SRAM

_PIOS = (0x5020_0000, 0x5030_0000)
_RXF, _INSTR, _PER_MACHINE = 0x20, 0xD8, 0x18
_RX_REQUESTS = 4
_REQUESTS = 8


class LentDma(dma.RPDMA):
    """The block. Lends to `mcu.pio`."""

    def __init__(self, mcu: Any, name: str) -> None:
        self._lent: dict[int, tuple[Scheduled, int]] = {}
        """Channel -> block and state machine."""
        super().__init__(mcu, name)
        self._memory = (ctypes.c_ubyte * len(SRAM)).from_buffer(mcu.sram)

    def reset(self) -> None:
        self._take_back()
        super().reset()

    def read_uint32(self, offset: int) -> int:
        self._look()
        return int(super().read_uint32(offset))

    def write_uint32(self, offset: int, value: int) -> None:
        self._take_back()
        super().write_uint32(offset, value)
        self._lend()

    def set_dreq(self, dreq_channel: int) -> None:
        """A request: of a FIFO whose channel was lent, for its last unit."""
        for number, channel in enumerate(self.channels):
            if number in self._lent and channel.treq == dreq_channel:
                self._copy()
                block, machine = self._lent.pop(number)
                block.state.drain[machine].left = 0
        super().set_dreq(dreq_channel)

    def _look(self) -> None:
        """Let the channels show what they have moved by now."""
        for block in {block for block, _ in self._lent.values()}:
            block.synchronise()
        self._copy()

    def _copy(self) -> None:
        for number, (block, machine) in self._lent.items():
            channel, drain = self.channels[number], block.state.drain[machine]
            if not drain.instr:
                channel._write_addr = SRAM.start + drain.to
            channel._trans_count = drain.left + 1

    def _take_back(self) -> None:
        self._look()
        for block, machine in self._lent.values():
            block.state.drain[machine].left = 0
        for block in {block for block, _ in self._lent.values()}:
            block.lends = False
            block.drains_changed()
        self._lent.clear()

    def _lend(self) -> None:
        blocks: list[Scheduled] = self.rp2040.pio  # type: ignore[assignment]  # not rp2040py's
        for number, channel in enumerate(self.channels):
            which, machine = divmod(channel.treq - _RX_REQUESTS, _REQUESTS)
            if not channel.active or not 0 <= which < len(blocks) or machine >= MACHINES:
                continue
            block = blocks[which]
            if any(lent == (block, machine) for lent in self._lent.values()):
                continue
            if self._set(channel, block, which, machine):
                block.synchronise()
                channel.transfer_alarm.cancel()
                self._lent[number] = (block, machine)
        for block in {block for block, _ in self._lent.values()}:
            block.lends = True
            block.drains_changed()

    def _set(self, channel: Any, block: Scheduled, which: int, machine: int) -> bool:
        """Fill in the drain of a channel that can be lent. Returns whether it can."""
        control, size, left = channel._ctrl, channel._data_size, channel._trans_count - 1
        plain = not control & (dma.INCR_READ | dma.BSWAP | dma.SNIFF_EN)
        if not plain or left < 1 or channel._read_addr != _PIOS[which] + _RXF + 4 * machine:
            return False
        drain, to = block.state.drain[machine], channel._write_addr
        if control & dma.INCR_WRITE:
            ring = channel._ring_mask if control & dma.RING_SEL else 0
            end = (to | ring) + 1 if ring else to + size * (left + 1)
            if to not in SRAM or end > SRAM.stop or to % size:
                return False
            drain.memory, drain.to = ctypes.addressof(self._memory), to - SRAM.start
            drain.ring, drain.size, drain.instr = ring or 0xFFFF_FFFF, size, 0
        else:
            target, rest = divmod(to - _PIOS[which] - _INSTR, _PER_MACHINE)
            if rest or not 0 <= target < MACHINES:
                return False
            drain.instr = target + 1
        drain.left = left
        return True
