"""pio_bench: a PIO block of either chip without a core's program: registers by address, edges of pins by the cycle.

Instructions are encoded here by the tables of the RP2040 datasheet (3.4), so that tests read as assembly.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2350.emulator import Rp2350

CHIPS = ("rp2040", "rp2350")
PIO0 = 0x5020_0000
CTRL, FSTAT, FDEBUG, FLEVEL, TXF, RXF, IRQ = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x20, 0x30
CODE, MACHINE = 0x48, 0xC8
CLKDIV, EXECCTRL, SHIFTCTRL, ADDR, INSTR, PINCTRL = range(0, 0x18, 4)
AUTOPUSH, AUTOPULL, IN_RIGHT, OUT_RIGHT = 1 << 16, 1 << 17, 1 << 18, 1 << 19
PINS, X, Y, NULL, PINDIRS, PC, ISR, OSR = range(8)
ALWAYS, NOT_X, X_DEC, _, Y_DEC, X_NE_Y, PIN, _ = range(8)


def jmp(condition: int, target: int) -> int:
    return condition << 5 | target


def wait(polarity: int, source: int, index: int) -> int:
    return 0x2000 | polarity << 7 | source << 5 | index


def in_(source: int, count: int) -> int:
    return 0x4000 | source << 5 | count & 31


def out(target: int, count: int) -> int:
    return 0x6000 | target << 5 | count & 31


def push(block: int = 1, if_full: int = 0) -> int:
    return 0x8000 | if_full << 6 | block << 5


def pull(block: int = 1, if_empty: int = 0) -> int:
    return 0x8080 | if_empty << 6 | block << 5


def mov(target: int, source: int, operation: int = 0) -> int:
    return 0xA000 | target << 5 | operation << 3 | source


def irq(index: int, clear: int = 0, wait_for: int = 0) -> int:
    return 0xC000 | clear << 6 | wait_for << 5 | index


def set_(target: int, value: int) -> int:
    return 0xE000 | target << 5 | value


NOP = mov(Y, Y)


class Bench:
    """One chip whose core stands still. pio: number of the block."""

    def __init__(self, chip: str, pio: int = 0) -> None:
        self.chip = Rp2040() if chip == "rp2040" else Rp2350()
        if self.chip.thumb is None:
            pytest.skip("no C compiler for this machine")
        self.chip.cold_start()
        self.new = chip == "rp2350"
        self.mcu: Any = self.chip.mcu
        self.hz = self.chip.facts.clk_sys_hz
        self.base = PIO0 + 0x10_0000 * pio
        self.function = 6 + pio

    def write(self, address: int, value: int) -> None:
        if self.new:
            self.mcu.write(address, 4, value)
        else:
            self.mcu.write_uint32(address, value)

    def read(self, address: int) -> int:
        return int(self.mcu.read(address, 4) if self.new else self.mcu.read_uint32(address))

    def set(self, offset: int, value: int) -> None:
        """A register of the block."""
        self.write(self.base + offset, value)

    def get(self, offset: int) -> int:
        return self.read(self.base + offset)

    def program(self, code: Sequence[int], at: int = 0) -> None:
        for place, word in enumerate(code, at):
            self.set(CODE + 4 * place, word)

    def machine(self, number: int, register: int, value: int) -> None:
        self.set(MACHINE + 0x18 * number + register, value)

    def wrap(self, number: int, bottom: int, top: int, more: int = 0) -> None:
        """EXECCTRL."""
        self.machine(number, EXECCTRL, top << 12 | bottom << 7 | more)

    def pins(
        self,
        number: int,
        out_pins: tuple[int, int] = (0, 0),
        set_pins: tuple[int, int] = (0, 0),
        side: tuple[int, int] = (0, 0),
        in_base: int = 0,
    ) -> None:
        """PINCTRL; each pair is the first pin and the number of pins."""
        value = out_pins[1] << 20 | out_pins[0] | set_pins[1] << 26 | set_pins[0] << 5
        self.machine(number, PINCTRL, value | side[1] << 29 | side[0] << 10 | in_base << 15)

    def connect(self, *pins: int, output: bool = True) -> None:
        """Give pins to the block, enable their inputs, and drive them if `output`."""
        for pin in pins:
            bank = 0x4002_8000 if self.new else 0x4001_4000
            pads = 0x4003_8000 if self.new else 0x4001_C000
            self.write(bank + 8 * pin + 4, self.function)
            self.write(pads + 4 + 4 * pin, 0x56)
        if output:
            for pin in pins:
                self.pins(3, set_pins=(pin, 1))
                self.machine(3, INSTR, set_(PINDIRS, 1))
            self.pins(3)

    def enable(self, mask: int) -> None:
        self.set(CTRL, mask)

    @property
    def cycle(self) -> int:
        return round(float(self.mcu.clock.nanos) * self.hz / 1e9)

    def run(self, cycles: int) -> None:
        """Let time pass, to the begin of a cycle."""
        target = -(-(self.cycle + cycles) * 1_000_000_000 // self.hz)
        self.mcu.clock.tick(target - self.mcu.clock.nanos)

    def edges(self, pin: int) -> list[tuple[int, int]]:
        """A list that receives cycle and level of each change of a pin that is driven."""
        found: list[tuple[int, int]] = []
        self.mcu.gpio[pin].add_listener(lambda value, _last: found.append((self.cycle, int(value))))
        return found


def level_at(edges: Sequence[tuple[int, int]], cycle: float, before: int = 0) -> int:
    """Level of a pin at a cycle, from its edges."""
    past = [level for at, level in edges if at <= cycle]
    return past[-1] if past else before
