"""test_icnt86x: registers, acknowledge, lift and reset of the ICNT86X model (hardware-facts C.1)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.touch.icnt86x import LIFT_REPORTS, Icnt86x
from manual_clock import ManualClock


class Bus:
    """A started chip and the transactions of an I2C master."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.chip = Icnt86x(self.clock, width=296, height=128)
        self.falls: list[float] = []
        self.chip.on_int = lambda level: None if level else self.falls.append(self.clock.now_ns / NS_PER_MS)
        self.clock.advance_ms(300)

    def read(self, register: int, count: int) -> bytes:
        assert self.chip.i2c_start(0x48, False)
        assert self.chip.i2c_write(register >> 8)
        assert self.chip.i2c_write(register & 0xFF)
        assert self.chip.i2c_start(0x48, True)
        data = bytes(self.chip.i2c_read() for _ in range(count))
        self.chip.i2c_stop()
        return data

    def acknowledge(self) -> None:
        assert self.chip.i2c_start(0x48, False)
        for byte in (0x10, 0x01, 0x00):
            assert self.chip.i2c_write(byte)
        self.chip.i2c_stop()

    def point(self) -> tuple[int, int, int, int]:
        """(count, x, y, pressure)"""
        count, _, x, x_high, y, y_high, pressure, _ = self.read(0x1001, 8)
        return count, x | x_high << 8, y | y_high << 8, pressure


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_identity_and_address(bus: Bus) -> None:
    assert any(bus.read(0x000A, 4))
    assert not bus.chip.i2c_start(0x38, True)


def test_a_touch_is_reported_once_until_it_is_acknowledged(bus: Bus) -> None:
    bus.chip.finger(290, 120)
    bus.clock.advance_ms(55)
    assert len(bus.falls) == 1
    assert bus.point()[:3] == (1, 290, 120)
    assert bus.point()[3] > 0
    assert not bus.chip.int_level
    bus.acknowledge()
    assert bus.chip.int_level
    assert bus.point()[0] == 0
    bus.clock.advance_ms(10)
    assert len(bus.falls) == 2


def test_the_report_rate_when_served_at_once(bus: Bus) -> None:
    def serve(level: bool) -> None:
        if not level:
            bus.clock.after(500_000, bus.acknowledge)

    bus.chip.on_int = serve
    bus.chip.finger(1, 2)
    bus.clock.advance_ms(1_000)
    assert bus.chip.reports == 100


def test_after_a_lift_come_points_without_pressure(bus: Bus) -> None:
    seen = []

    def serve(level: bool) -> None:
        if not level:
            seen.append(bus.point())
            bus.acknowledge()

    bus.chip.on_int = serve
    bus.chip.finger(40, 50)
    bus.clock.advance_ms(25)
    bus.chip.lift()
    bus.clock.advance_ms(500)
    assert [pressure > 0 for *_, pressure in seen] == [True, True] + [False] * LIFT_REPORTS
    assert {point[1:3] for point in seen} == {(40, 50)}


def test_the_last_point_stays_until_a_reset(bus: Bus) -> None:
    bus.chip.finger(200, 100)
    bus.clock.advance_ms(15)
    assert bus.chip.reported() == (200, 100)
    bus.chip.lift()
    bus.acknowledge()
    assert bus.chip.registers[0x1003] == 200
    bus.chip.set_rst(False)
    bus.clock.advance_ms(10)
    assert not any(bus.chip.registers[0x1001:])
    assert not bus.chip.i2c_start(0x48, False)
    bus.chip.set_rst(True)
    bus.clock.advance_ms(300)
    assert bus.chip.i2c_start(0x48, False)
    assert bus.chip.errors == []
    assert bus.chip.reported() is None


def test_a_short_reset_pulse_is_an_error(bus: Bus) -> None:
    bus.chip.set_rst(False)
    bus.clock.advance_ms(9)
    bus.chip.set_rst(True)
    assert [error.reason for error in bus.chip.errors] == ["reset pulse shorter than 10 ms"]


def test_only_zero_to_1001h_is_an_acknowledge(bus: Bus) -> None:
    bus.chip.finger(9, 9)
    bus.clock.advance_ms(15)
    for data in ((0x10, 0x01, 0x01), (0x10, 0x02, 0x00)):
        bus.chip.i2c_start(0x48, False)
        for byte in data:
            bus.chip.i2c_write(byte)
        bus.chip.i2c_stop()
        assert not bus.chip.int_level
    assert bus.point()[1:3] == (9, 9)
