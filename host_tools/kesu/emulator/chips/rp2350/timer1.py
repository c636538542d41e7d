"""timer1: the second timer, which is rp2040py's model of the first with other interrupts (RP2350 datasheet 12.8)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

from rp2040py.peripherals.timer import RPTimer

from kesu.emulator.chips.rp2040 import timer_alarms

_FIRST_IRQ = 4
_ALARMS = 4


class _Lines:
    """The chip as the timer sees it: interrupts 0 to 3 are those of TIMER1."""

    def __init__(self, mcu: Any) -> None:
        self._mcu = mcu
        self.clock, self.logger = mcu.clock, mcu.logger

    def set_interrupt(self, irq: int, value: bool) -> None:
        self._mcu.line(_FIRST_IRQ + int(irq), bool(value))


def build(mcu: Any) -> Any:
    """The block, with the RP2040's offsets."""
    lines: Any = _Lines(mcu)
    timer = RPTimer(lines, "TIMER1")
    timer_alarms.make_exact(timer)
    return timer
