"""test_ft6336u: registers, INT, rates, lift, monitor mode and reset of the touch model (hardware-facts C.2)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.touch.ft6336u import Ft6336u
from manual_clock import ManualClock


class Bus:
    """A started chip and the transactions of an I2C master."""

    def __init__(self, *, lift_report: float = 1.0, seed: int = 1) -> None:
        self.clock = ManualClock()
        self.chip = Ft6336u(self.clock, width=400, height=300, seed=seed, lift_report=lift_report)
        self.falls: list[float] = []
        self.chip.on_int = lambda level: None if level else self.falls.append(self.clock.now_ns / NS_PER_MS)
        self.clock.advance_ms(300)

    def read(self, register: int, count: int = 1) -> bytes:
        assert self.chip.i2c_start(0x38, False)
        assert self.chip.i2c_write(register)
        assert self.chip.i2c_start(0x38, True)
        data = bytes(self.chip.i2c_read() for _ in range(count))
        self.chip.i2c_stop()
        return data

    def write(self, register: int, *values: int) -> None:
        assert self.chip.i2c_start(0x38, False)
        for byte in (register, *values):
            assert self.chip.i2c_write(byte)
        self.chip.i2c_stop()

    def point(self) -> tuple[int, int, int, int]:
        """(TD_STATUS, event, x, y)"""
        status, xh, xl, yh, yl = self.read(0x02, 5)
        return status, xh >> 6, (xh & 15) << 8 | xl, (yh & 15) << 8 | yl


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_identity_and_defaults(bus: Bus) -> None:
    assert (bus.read(0xA0), bus.read(0xA3), bus.read(0xA8)) == (b"\x02", b"\x64", b"\x11")
    assert (bus.read(0x88), bus.read(0x89), bus.read(0x86)) == (bytes([60]), bytes([25]), b"\x01")


def test_only_the_chips_address_is_acknowledged(bus: Bus) -> None:
    assert bus.chip.i2c_start(0x38, True)
    assert not bus.chip.i2c_start(0x39, True)


def test_identity_is_read_only_and_settings_auto_increment(bus: Bus) -> None:
    bus.write(0xA3, 0x00)
    assert bus.read(0xA3) == b"\x64"
    bus.write(0x86, 0x00, 0x05, 100)
    assert bus.read(0x86, 3) == bytes((0x00, 0x05, 100))


def test_touch_is_reported_with_down_then_contact(bus: Bus) -> None:
    bus.chip.finger(300, 257)
    bus.clock.advance_ms(17)
    assert bus.point() == (1, 0, 300, 257)
    bus.clock.advance_ms(17)
    assert bus.point() == (1, 2, 300, 257)
    assert bus.read(0x01) == b"\x00"


@pytest.mark.parametrize(("rate", "expected"), [(60, 60), (100, 100), (200, 100), (30, 30)])
def test_report_rate(bus: Bus, rate: int, expected: int) -> None:
    bus.write(0x88, rate)
    bus.chip.finger(10, 10)
    bus.clock.advance_ms(1_000)
    assert bus.chip.reports == pytest.approx(expected, abs=1)
    assert len(bus.falls) == bus.chip.reports


def test_scans_stay_periodic_whenever_the_finger_comes(bus: Bus) -> None:
    bus.write(0x88, 100)
    bus.clock.advance_ms(3)
    bus.chip.finger(10, 10)
    bus.clock.advance_ms(30)
    assert bus.falls == [310, 320, 330]


def test_trigger_mode_pulses_and_polling_mode_holds(bus: Bus) -> None:
    bus.chip.finger(10, 10)
    bus.clock.advance_ms(20)
    assert bus.falls
    assert bus.chip.int_level
    bus.chip.lift()
    bus.clock.advance_ms(20)
    bus.write(0xA4, 0x00)
    bus.chip.finger(10, 10)
    bus.clock.advance_ms(100)
    assert not bus.chip.int_level
    bus.chip.lift()
    bus.clock.advance_ms(20)
    assert bus.chip.int_level


def test_a_lift_is_reported_sometimes_depending_on_the_seed() -> None:
    def outcomes(seed: int) -> list[int]:
        bus = Bus(lift_report=0.5, seed=seed)
        seen = []
        for _ in range(20):
            bus.chip.finger(50, 60)
            bus.clock.advance_ms(40)
            bus.chip.lift()
            bus.clock.advance_ms(40)
            seen.append(bus.read(0x02)[0])
        return seen

    assert {0, 1} == set(outcomes(1))
    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)


def test_reports_stop_after_lift_but_coordinates_stay_until_reset(bus: Bus) -> None:
    bus.chip.finger(123, 45)
    bus.clock.advance_ms(40)
    bus.chip.lift()
    bus.clock.advance_ms(40)
    reports = bus.chip.reports
    bus.clock.advance_ms(2_000)
    assert bus.chip.reports == reports
    assert bus.point() == (0, 1, 123, 45)
    bus.chip.set_rst(False)
    assert bus.chip.registers[0x01:0x0F] == bytes(14)
    bus.clock.advance_ms(5)
    bus.chip.set_rst(True)
    assert not bus.chip.i2c_start(0x38, True)
    bus.clock.advance_ms(301)
    assert bus.point() == (0, 0, 0, 0)
    assert bus.chip.errors == []


def test_a_short_reset_pulse_is_an_error(bus: Bus) -> None:
    bus.chip.set_rst(False)
    bus.clock.advance_ms(1)
    bus.chip.set_rst(True)
    assert "5 ms" in bus.chip.errors[0].reason


def test_reset_restores_settings(bus: Bus) -> None:
    bus.write(0x86, 0x00)
    bus.chip.set_rst(False)
    bus.clock.advance_ms(10)
    bus.chip.set_rst(True)
    bus.clock.advance_ms(301)
    assert bus.read(0x86) == b"\x01"


def test_nothing_is_reported_while_starting_up(bus: Bus) -> None:
    bus.chip.set_rst(False)
    bus.clock.advance_ms(10)
    bus.chip.set_rst(True)
    bus.chip.finger(9, 9)
    bus.clock.advance_ms(299)
    assert bus.chip.reports == 0
    bus.clock.advance_ms(20)
    assert bus.chip.reports == 1


def test_monitor_mode_closes_the_port_until_a_touch(bus: Bus) -> None:
    bus.write(0x87, 2)
    bus.clock.advance_ms(1_900)
    assert bus.chip.i2c_start(0x38, True)
    bus.clock.advance_ms(200)
    assert bus.chip.monitoring
    assert not bus.chip.i2c_start(0x38, True)
    bus.chip.finger(7, 8)
    bus.clock.advance_ms(41)
    # Monitor mode scans 25 times a second; the chip becomes active with the next scan.
    assert 2_400 < bus.falls[0] <= 2_440
    assert not bus.chip.monitoring
    assert bus.point()[2:] == (7, 8)


def test_active_mode_keeps_the_port_open(bus: Bus) -> None:
    bus.write(0x86, 0x00)
    bus.clock.advance_ms(60_000)
    assert bus.read(0xA3) == b"\x64"


def test_power_loss_clears_the_touch(bus: Bus) -> None:
    bus.chip.finger(200, 100)
    bus.clock.advance_ms(40)
    assert bus.point()[2:] == (200, 100)
    bus.chip.lift()
    bus.chip.power_loss()
    assert bus.chip.registers[0x01:0x0F] == bytes(14)
