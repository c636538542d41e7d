"""test_icnt86x_driver: driver of the 2.9 inch pad's touch chip against the model of the chip."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

import pytest
from kesu.emulator.touch.icnt86x import Icnt86x as Chip
from kesu.spec.panels import PANELS
from kesu_pad.touch.icnt86x import Icnt86x
from manual_clock import ManualClock

PAGE = PANELS["2in9"]
WIDTH, HEIGHT = PAGE.width, PAGE.height


class I2c:
    """machine.I2C, connected to the model of the chip."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip

    def writeto(self, address: int, data: bytes) -> None:
        if not self.chip.i2c_start(address, False):
            raise OSError
        for byte in data:
            self.chip.i2c_write(byte)
        self.chip.i2c_stop()

    def readfrom_mem_into(self, address: int, register: int, into: bytearray, *, addrsize: int) -> None:
        assert addrsize == 16
        self.writeto(address, register.to_bytes(2, "big"))
        self.chip.i2c_start(address, True)
        for index in range(len(into)):
            into[index] = self.chip.i2c_read()
        self.chip.i2c_stop()


def test_points_are_read_and_acknowledged_until_the_pressure_ends() -> None:
    clock = ManualClock()
    chip = Chip(clock, width=WIDTH, height=HEIGHT)
    touch = Icnt86x(I2c(chip), chip.set_rst, None)
    with pytest.raises(OSError):  # noqa: PT011 -- the chip is still starting
        touch.configure()
    clock.advance_ms(300)
    touch.configure()
    raw = bytearray(touch.RAW_BYTES)
    generator = random.Random(5)
    for _ in range(20):
        x, y = generator.randrange(WIDTH), generator.randrange(HEIGHT)
        chip.finger(x, y)
        clock.advance_ms(10)
        assert touch.acquire(raw) == 1
        assert (touch.x(raw), touch.y(raw)) == (x, y)
        assert chip.int_level
    chip.lift()
    clock.advance_ms(10)
    assert not chip.int_level
    assert touch.acquire(raw) == 0
    assert chip.int_level


def test_unread_report_does_not_block_later_reports() -> None:
    clock = ManualClock()
    chip = Chip(clock, width=WIDTH, height=HEIGHT)
    touch = Icnt86x(I2c(chip), chip.set_rst, None)
    clock.advance_ms(300)
    chip.finger(5, 6)
    clock.advance_ms(40)
    assert not chip.int_level
    touch.configure()
    assert chip.int_level
    clock.advance_ms(10)
    assert chip.reports == 2
