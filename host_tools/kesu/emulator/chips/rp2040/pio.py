"""pio: the RP2040's two PIO blocks, in the place of rp2040py's, which execute one instruction for each of the core's.

rp2040py's state machines are therefore slower than their clock divider asks for, and stand still while the core sleeps.
Without a C compiler they remain.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rp2040py.peripherals.io import RPIO

from kesu.emulator.chips.pio.block import PioBlock, Place
from kesu.emulator.chips.rp2040.facts import RP2040

_IO_BANK0 = 0x4001_4000 >> 12
_BLOCKS = ((0x5020_0000 >> 12, 7), (0x5030_0000 >> 12, 9))
"""Address and first interrupt (RP2040 datasheet 2.2, 2.3.2)."""
_FUNCTION = 6
"""Function of a pin that PIO0 has; PIO1 follows (2.19.2)."""
_REQUESTS = 8
"""Data requests of a block: of its transmit FIFOs, then of its receive FIFOs (2.5.3.1)."""


class Io(RPIO):
    """IO_BANK0 that reports a changed function to the PIO blocks, and to `on_change`."""

    def __init__(self, mcu: Any, name: str) -> None:
        super().__init__(mcu, name)
        self.on_change: list[Callable[[], None]] = []

    def write_uint32(self, offset: int, value: int) -> None:
        super().write_uint32(offset, value)
        for action in self.on_change:
            action()
        blocks: list[PioBlock] = self.rp2040.pio  # type: ignore[assignment]  # not rp2040py's
        for block in blocks:
            block.pins_changed()


def attach(mcu: Any, hz: int = RP2040.clk_sys_hz) -> None:
    """Put both blocks in the place of rp2040py's. hz: of the system clock. Raises native.NotCompiled."""
    mcu.pio = [_block(mcu, number, irq, hz) for number, (_, irq) in enumerate(_BLOCKS)]
    for (address, _), block in zip(_BLOCKS, mcu.pio, strict=True):
        mcu.peripherals[address] = block
        block.reset()
    mcu.peripherals[_IO_BANK0] = Io(mcu, "IO_BANK0_BASE")


def _block(mcu: Any, number: int, irq: int, hz: int) -> PioBlock:
    def line(which: int, level: bool) -> None:
        mcu.set_interrupt(irq + which, level)

    def owns(pin: int) -> bool:
        return bool(mcu.gpio[pin].function_select == _FUNCTION + number)

    return PioBlock(mcu, Place(number, 0, hz, line, partial(_request, mcu, number), owns))


def _request(mcu: Any, number: int, which: int, level: bool) -> None:
    request = _REQUESTS * number + (which + 4) % 8
    if level:
        mcu.dma.set_dreq(request)
    else:
        mcu.dma.clear_dreq(request)
