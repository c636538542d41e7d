"""pins: IO_BANK0 of the RP2350, whose pins have a third PIO block as a function (datasheet 9.4).

rp2040py's pins know functions of an RP2040: they ask `pio[0]` and `pio[1]`. A pin of PIO2 is therefore one of PIO1 for
them, and `Second` answers for both.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kesu.emulator.chips.pio.block import PioBlock
from kesu.emulator.chips.rp2350.blocks import Moved, in_io_bank0

PIO0, PIO1, PIO2 = 6, 7, 8
_CTRL_END = 0xF0
_FUNCTION = 0x1F
_NO_PINS = (0x240, 0x244, 0x258, 0x25C, 0x270, 0x274, 0x288, 0x28C)
"""Interrupt registers of pins that this package does not have."""


class IoBank0(Moved):
    """The block. third: pins whose function is PIO2. on_change: called after a pin was given a function."""

    def __init__(self, mcu: Any) -> None:
        super().__init__(mcu, "IO_BANK0", mcu.peripherals[0x40014], in_io_bank0, dict.fromkeys(_NO_PINS, 0))
        self.third: set[int] = set()
        self.on_change: list[Callable[[], None]] = []

    def reset(self) -> None:
        super().reset()
        self.third.clear()

    def function(self, pin: int) -> int:
        """FUNCSEL of a pin."""
        return PIO2 if pin in self.third else int(self.rp2040.gpio[pin].function_select)

    def read_uint32(self, offset: int) -> int:
        value = super().read_uint32(offset)
        if offset < _CTRL_END and offset & 4 and offset >> 3 in self.third:
            return value & ~_FUNCTION | PIO2
        return value

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        if offset >= _CTRL_END or not offset & 4:
            super().write_uint32_atomic(offset, value, atomic_type)
            return
        kept = self.read_uint32(offset)
        value = (value, kept ^ value, kept | value, kept & ~value)[atomic_type]
        self.third.discard(offset >> 3)
        if value & _FUNCTION == PIO2:
            self.third.add(offset >> 3)
            value = value & ~_FUNCTION | PIO1
        super().write_uint32_atomic(offset, value, 0)
        for action in self.on_change:
            action()

    def levels(self, inputs: int) -> int:
        """GPIO_IN: `inputs` from outside, and the pads' own levels where the chip drives them."""
        for number, pin in enumerate(self.rp2040.gpio):
            if pin.output_enable and pin.input_enable:
                inputs = inputs & ~(1 << number) | pin.output_value << number
        return inputs


class Second:
    """PIO1 and PIO2 as one block of rp2040py."""

    stopped = True

    def __init__(self, bank: IoBank0, first: PioBlock, second: PioBlock) -> None:
        self._bank, self._blocks = bank, (first, second)
        self.machines = (*first.machines, *second.machines)

    def _merged(self, values: tuple[int, int]) -> int:
        mask = sum(1 << pin for pin in self._bank.third)
        return values[0] & ~mask | values[1] & mask

    @property
    def pin_values(self) -> int:
        first, second = self._blocks
        return self._merged((first.pin_values, second.pin_values))

    @property
    def pin_directions(self) -> int:
        first, second = self._blocks
        return self._merged((first.pin_directions, second.pin_directions))

    def reset(self) -> None:
        """Both are reset by their own names."""
