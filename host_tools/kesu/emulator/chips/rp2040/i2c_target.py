"""i2c_target: the RP2040's I2C block as a target, byte by byte (RP2040 datasheet 4.3, DesignWare DW_apb_i2c).

rp2040py has the controller's side only. The bus calls `addressed`, `received`, `asks`, `taken` and `stopped`; the
program sees
interrupts and FIFOs. A byte is held, and with it SCL, while the program has not answered a read (4.3.10.1.1) or while
the receive FIFO is full and IC_CON.RX_FIFO_FULL_HLD_CTRL is set (4.3.17).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rp2040py.peripherals import i2c

FIRST_DATA_BYTE = 1 << 11
"""IC_DATA_CMD: the first byte after the address (4.3.17)."""
CONTROLLER = i2c.IC_SLAVE_DISABLE | i2c.MASTER_MODE
_TARGET_BITS = i2c.SLV_ACTIVITY | i2c.ACTIVITY


class I2cTarget(i2c.RPI2C):
    """The block. on_answer: called when the program has given a byte, has made room for one, or switched the block
    off."""

    def __init__(self, mcu: Any, name: str, irq: int) -> None:
        self.on_answer: Callable[[], None] = lambda: None
        self._addressed = self._first = False
        super().__init__(mcu, name, irq)

    def reset(self) -> None:
        super().reset()
        self._addressed = self._first = False
        self.on_answer()

    @property
    def listens(self) -> bool:
        """Whether the block is a target, and on."""
        return not self.control & CONTROLLER and bool(self.enable & i2c.ENABLE)

    # The bus.

    def addressed(self, address: int, read: bool) -> bool:
        """START or repeated START and an address. Returns whether this target acknowledges."""
        if not self.listens:
            self._addressed = False
            return False
        self._set_interrupts(i2c.R_START_DET)
        again, self._addressed = self._addressed, address == self.slave_address
        if not self._addressed:
            return False
        self._set_interrupts(i2c.R_ACTIVITY)
        if again:
            self._set_interrupts(i2c.R_RESTART_DET)
        self._first = True
        if read:
            if not self._tx_fifo.empty:  # what was left of another read (4.3.10.1.1, step 5)
                self._abort(i2c.ABRT_SLVFLUSH_TXFIFO)
            self._set_interrupts(i2c.R_RD_REQ)
        return True

    def received(self, value: int) -> bool | None:
        """A byte for this target. Returns whether it acknowledges; None while the FIFO has no room and SCL is held:
        call again at `on_answer`."""
        if not self._addressed or not self.listens:
            return False
        if self._rx_fifo.full:
            if self.control & i2c.RX_FIFO_FULL_HLD_CTRL:
                return None
            self._set_interrupts(i2c.R_RX_OVER)
            return True
        self._rx_fifo.push(value & 0xFF | (FIRST_DATA_BYTE if self._first else 0))
        self._first = False
        self._level()
        return True

    def asks(self) -> int | None:
        """The byte to send; None while the program has none and SCL is held: call again at `on_answer`. A block that
        was switched off lets SDA go: all ones."""
        if not self._addressed or not self.listens:
            return 0xFF
        return None if self._tx_fifo.empty else int(self._tx_fifo.pull()) & 0xFF

    def taken(self, more: bool) -> None:
        """The controller has taken a byte. more: and acknowledged it, so it reads another."""
        if not self._addressed or not self.listens:
            return
        if not more:
            self._set_interrupts(i2c.R_RX_DONE)
        elif self._tx_fifo.empty:
            self._set_interrupts(i2c.R_RD_REQ)

    def stopped(self) -> None:
        """STOP."""
        if self.listens and (self._addressed or not self.control & i2c.STOP_DET_IFADDRESSED):
            self._set_interrupts(i2c.R_STOP_DET)
        self._addressed = False

    # The program.

    def read_uint32(self, offset: int) -> int:
        if offset == i2c.IC_CLR_RESTART_DET:
            return int(self._clear_interrupts(i2c.R_RESTART_DET))
        value = int(super().read_uint32(offset))
        if offset == i2c.IC_DATA_CMD:
            self._level()
            self.on_answer()
        elif offset == i2c.IC_STATUS and self._addressed:
            value |= _TARGET_BITS
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == i2c.IC_DATA_CMD and not self.control & CONTROLLER:
            if self._tx_fifo.full:
                self._set_interrupts(i2c.R_TX_OVER)
            else:
                self._tx_fifo.push(value & 0xFF)
            self.on_answer()
            return
        super().write_uint32(offset, value)
        if offset == i2c.IC_RX_TL:
            self._level()
        elif offset == i2c.IC_INTR_MASK:
            self.int_enable = value & 0x1FFF
            self.check_interrupts()
        elif offset == i2c.IC_ENABLE and not self.listens:
            self._level()
            self.on_answer()

    def _level(self) -> None:
        """RX_FULL follows the level of the FIFO (4.3.17, IC_RAW_INTR_STAT)."""
        if self._rx_fifo.item_count > self.rx_threshold:
            self._set_interrupts(i2c.R_RX_FULL)
        else:
            self._clear_interrupts(i2c.R_RX_FULL)
