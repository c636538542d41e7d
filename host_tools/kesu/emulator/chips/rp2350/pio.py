"""pio: the RP2350's three PIO blocks and where they are connected (datasheet 11)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kesu.emulator.chips.pio.block import PioBlock, Place
from kesu.emulator.chips.rp2350.facts import RP2350
from kesu.emulator.chips.rp2350.pins import PIO0, IoBank0

_FIRST_IRQ = 15
_REQUESTS = 8
"""Data requests of a block: of its transmit FIFOs, then of its receive FIFOs (12.6.4.1)."""


def build(mcu: Any, bank: IoBank0, request: Callable[[int, bool], None]) -> list[PioBlock]:
    """The blocks. request(which, level): sets a data request of the chip."""
    blocks = [PioBlock(mcu, _place(mcu, number, bank, request)) for number in range(3)]
    for number, block in enumerate(blocks):
        block.neighbours = blocks[(number - 1) % 3], blocks[(number + 1) % 3]
    for block in blocks:
        bank.on_change.append(block.pins_changed)
        block.reset()
    return blocks


def _place(mcu: Any, number: int, bank: IoBank0, request: Callable[[int, bool], None]) -> Place:
    return Place(
        number,
        1,
        RP2350.clk_sys_hz,
        line=lambda which, level: mcu.line(_FIRST_IRQ + 2 * number + which, level),
        request=lambda which, level: request(_REQUESTS * number + (which + 4) % 8, level),
        owns=lambda pin: bank.function(pin) == PIO0 + number,
    )
