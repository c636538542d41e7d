"""The RP2040's I2C block as a target (datasheet 4.3), without a program: registers by address, the bus by its calls."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

import pytest
from kesu.emulator.chips.rp2040.emulator import Rp2040
from kesu.emulator.chips.rp2040.i2c_target import FIRST_DATA_BYTE, I2cTarget
from rp2040py.peripherals import i2c

ADDRESS = 0x38
HOLD = i2c.RX_FIFO_FULL_HLD_CTRL
MASK = i2c.R_RX_FULL | i2c.R_RD_REQ | i2c.R_STOP_DET | i2c.R_TX_ABRT
IRQ = 23


class Target:
    """The block, switched on. control: IC_CON."""

    def __init__(self, control: int = HOLD) -> None:
        mcu: Any = Rp2040().mcu
        self.block = I2cTarget(mcu, "I2C0", IRQ)
        self.core = mcu.core
        self.answers = 0
        self.block.on_answer = self._answered
        for register, value in (
            (i2c.IC_ENABLE, 0),
            (i2c.IC_CON, control | 1 << 1),
            (i2c.IC_SAR, ADDRESS),
            (i2c.IC_INTR_MASK, MASK),
            (i2c.IC_ENABLE, 1),
        ):
            self.block.write_uint32(register, value)

    def _answered(self) -> None:
        self.answers += 1

    def read(self, register: int) -> int:
        return self.block.read_uint32(register)

    @property
    def raised(self) -> int:
        return self.read(i2c.IC_INTR_STAT)

    @property
    def line(self) -> bool:
        return bool(self.core.lines >> IRQ & 1)


def test_only_its_address_is_acknowledged_and_only_while_on() -> None:
    target = Target()
    assert not target.block.addressed(0x48, False)
    assert target.block.addressed(ADDRESS, False)
    target.block.write_uint32(i2c.IC_ENABLE, 0)
    assert not target.block.addressed(ADDRESS, False)
    assert not target.block.received(1)


def test_a_controller_is_no_target() -> None:
    target = Target(i2c.MASTER_MODE | i2c.IC_SLAVE_DISABLE)
    assert not target.block.addressed(ADDRESS, False)


def test_first_byte_is_marked_after_each_address() -> None:
    target = Target()
    for _ in range(2):
        target.block.addressed(ADDRESS, False)
        for value in (0x02, 0x11):
            assert target.block.received(value)
        target.block.stopped()
        assert target.line
        assert target.raised & i2c.R_RX_FULL
        assert target.read(i2c.IC_DATA_CMD) == 0x02 | FIRST_DATA_BYTE
        assert target.raised & i2c.R_RX_FULL  # there is another
        assert target.read(i2c.IC_DATA_CMD) == 0x11
        assert not target.raised & i2c.R_RX_FULL


def test_rx_full_follows_the_threshold() -> None:
    target = Target()
    target.block.write_uint32(i2c.IC_RX_TL, 2)
    target.block.addressed(ADDRESS, False)
    for level, full in ((1, False), (2, False), (3, True)):
        target.block.received(level)
        assert bool(target.raised & i2c.R_RX_FULL) == full


def test_a_read_waits_until_the_program_writes() -> None:
    target = Target()
    target.block.addressed(ADDRESS, True)
    assert target.raised & i2c.R_RD_REQ
    assert target.block.asks() is None
    target.read(i2c.IC_CLR_RD_REQ)
    assert not target.raised & i2c.R_RD_REQ
    target.block.write_uint32(i2c.IC_DATA_CMD, 0x5A)
    assert target.answers
    assert target.block.asks() == 0x5A
    target.block.taken(more=True)
    assert target.raised & i2c.R_RD_REQ
    target.read(i2c.IC_CLR_RD_REQ)
    target.block.write_uint32(i2c.IC_DATA_CMD, 0x5B)
    assert target.block.asks() == 0x5B
    target.block.taken(more=False)
    assert not target.raised & i2c.R_RD_REQ
    assert target.read(i2c.IC_RAW_INTR_STAT) & i2c.R_RX_DONE


def test_what_was_left_of_a_read_is_flushed_at_the_next() -> None:
    target = Target()
    target.block.write_uint32(i2c.IC_DATA_CMD, 0xEE)
    target.block.addressed(ADDRESS, True)
    assert target.raised & i2c.R_TX_ABRT
    assert target.read(i2c.IC_TX_ABRT_SOURCE) & i2c.ABRT_SLVFLUSH_TXFIFO
    assert target.block.asks() is None


def test_a_full_fifo_holds_the_clock_or_loses_a_byte() -> None:
    for control in (HOLD, 0):
        target = Target(control)
        target.block.addressed(ADDRESS, False)
        for value in range(16):
            assert target.block.received(value)
        if control:
            assert target.block.received(16) is None
            answers = target.answers
            target.read(i2c.IC_DATA_CMD)
            assert target.answers == answers + 1
            assert target.block.received(16)
        else:
            assert target.block.received(16)
            assert target.read(i2c.IC_RAW_INTR_STAT) & i2c.R_RX_OVER
            assert target.read(i2c.IC_RXFLR) == 16


@pytest.mark.parametrize("addressed", [True, False])
def test_stop_is_reported_if_addressed(addressed: bool) -> None:
    target = Target(HOLD | i2c.STOP_DET_IFADDRESSED)
    target.block.addressed(ADDRESS if addressed else 0x50, False)
    target.block.stopped()
    assert bool(target.raised & i2c.R_STOP_DET) == addressed


def test_a_repeated_start_is_one_only_within_a_transfer() -> None:
    target = Target()
    target.block.addressed(ADDRESS, False)
    assert not target.read(i2c.IC_RAW_INTR_STAT) & i2c.R_RESTART_DET
    target.block.addressed(ADDRESS, True)
    assert target.read(i2c.IC_RAW_INTR_STAT) & i2c.R_RESTART_DET
    assert target.read(i2c.IC_CLR_RESTART_DET) == 1
    target.block.stopped()
    target.block.addressed(ADDRESS, False)
    assert not target.read(i2c.IC_RAW_INTR_STAT) & i2c.R_RESTART_DET


def test_switching_off_lets_a_waiting_controller_go() -> None:
    target = Target()
    target.block.addressed(ADDRESS, True)
    assert target.block.asks() is None
    target.block.write_uint32(i2c.IC_ENABLE, 0)
    assert target.answers
    assert target.block.asks() == 0xFF
