"""pio: the RP2350's PIO blocks as memory: programs and FIFOs; a state machine that is started ends the run.

RP2350 datasheet 11.7. The sealed images use no PIO.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.chips.rp2350.blocks import Kept
from kesu.emulator.core.emulator import words

_CTRL, _FSTAT, _FLEVEL, _TXF0, _RXF0 = 0x00, 0x04, 0x0C, 0x10, 0x20
_DEPTH = 4
_MACHINES = 4


class Pio(Kept):
    """One block: four transmit FIFOs of four words, and everything else as it was written."""

    def __init__(self, mcu: Any, name: str) -> None:
        super().__init__(mcu, name)
        self.fifos: list[deque[int]] = [deque(maxlen=_DEPTH) for _ in range(_MACHINES)]

    def reset(self) -> None:
        super().reset()
        for fifo in self.fifos:
            fifo.clear()

    def read_uint32(self, offset: int) -> int:
        full = sum(1 << number for number, fifo in enumerate(self.fifos) if len(fifo) == _DEPTH)
        empty = sum(1 << number for number, fifo in enumerate(self.fifos) if not fifo)
        if offset == _FSTAT:  # TXEMPTY, TXFULL, RXEMPTY
            return empty << 24 | full << 16 | 0xF << 8
        if offset == _FLEVEL:
            return sum(len(fifo) << 8 * number for number, fifo in enumerate(self.fifos))
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if _TXF0 <= offset < _RXF0:
            self.fifos[(offset - _TXF0) // 4].append(value & 0xFFFF_FFFF)
            return
        if offset == _CTRL and value & 0xF:
            raise KesuError(
                "A PIO state machine is started, which the emulated Pico 2 does not have.",
                hint="No image of this project uses PIO.",
                code=Exit.UNAVAILABLE,
            )
        super().write_uint32(offset, value)

    def visible_state(self) -> bytes:
        """The FIFOs, oldest word first, and all other registers."""
        queues = ([*fifo, *[0] * (_DEPTH - len(fifo))] for fifo in self.fifos)
        return words(value for queue in queues for value in queue) + super().visible_state()
