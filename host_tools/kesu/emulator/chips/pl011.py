"""pl011: the UARTs of both chips, whose characters take their time (RP2040 datasheet 4.2, Arm DDI 0183).

rp2040py's UART has no transmit FIFO: a character is gone at once, and its transmit interrupt never ends.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral

_DR, _RSR, _FR, _IBRD, _FBRD, _LCR, _CR, _IFLS = 0x00, 0x04, 0x18, 0x24, 0x28, 0x2C, 0x30, 0x34
_IMSC, _RIS, _MIS, _ICR, _DMACR = 0x38, 0x3C, 0x40, 0x44, 0x48
_IDS = (0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1)
_AT_RESET = {_CR: 0x300, _IFLS: 0x12}
_CTS, _BUSY, _RXFE, _TXFF, _RXFF, _TXFE = 1, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_ENABLE, _LOOPBACK, _TX_ENABLE, _RX_ENABLE = 1, 1 << 7, 1 << 8, 1 << 9
_SEND_BREAK, _PARITY, _TWO_STOP, _FIFOS = 1, 2, 8, 16
RX, TX, TIMEOUT, BREAK, OVERRUN = 1 << 4, 1 << 5, 1 << 6, 1 << 9, 1 << 10
_BREAK_FLAG = 1 << 10
"""DR.BE."""
DEPTH = 32
_TRIGGERS = (4, 8, 16, 24, 28)
"""Of 32 places, by IFLS: 1/8, 1/4, 1/2, 3/4, 7/8."""
_TIMEOUT_BITS = 32
_TX_REQUEST, _RX_REQUEST = 1 << 1, 1 << 0


class Uart(BasePeripheral):
    """One UART. clk_peri: its clock in Hz. on_line(level): sets its interrupt. request(which, level): sets a data
    request, 0 to transmit, 1 for received data. on_byte is called with each character when its stop bit has ended,
    on_break when the line has been held low for a character."""

    def __init__(
        self,
        mcu: Any,
        name: str,
        clk_peri: int,
        on_line: Callable[[bool], None],
        request: Callable[[int, bool], None],
    ) -> None:
        super().__init__(mcu, name)
        self.on_byte: Callable[[int], None] = lambda value: None
        self.on_break: Callable[[], None] = lambda: None
        self._clk_peri = clk_peri
        self._on_line, self._request = on_line, request
        self._sent = mcu.clock.create_alarm(self._character_ended)
        self._silent = mcu.clock.create_alarm(self._timed_out)
        self._low = mcu.clock.create_alarm(self._held_low)
        self._start()

    def _start(self) -> None:
        self._kept = dict(_AT_RESET)
        self._tx: deque[int] = deque()
        self._rx: deque[int] = deque()
        self._shifting: int | None = None
        self._raw = 0
        self._ends_ns = Fraction(0)

    def reset(self) -> None:
        """Registers and FIFOs; a character that is sent is lost."""
        self._sent.cancel()
        self._silent.cancel()
        self._low.cancel()
        self._start()
        self._update()

    def feed_byte(self, value: int) -> None:
        """A character arrives."""
        if self._control(_ENABLE | _RX_ENABLE):
            self._receive(value)

    def feed_break(self) -> None:
        """The line is low for longer than a character: a zero with a mark."""
        if self._control(_ENABLE | _RX_ENABLE):
            self._raw |= BREAK
            self._receive(_BREAK_FLAG)

    def visible_state(self) -> bytes:
        """What the FIFOs and the shift register hold."""
        return bytes(
            [
                *self._tx,
                *(value & 0xFF for value in self._rx),
                *([] if self._shifting is None else [self._shifting]),
            ]
        )

    # Registers.

    def read_uint32(self, offset: int) -> int:
        if offset == _DR:
            return self._take()
        if offset == _FR:
            return self._flags()
        if offset == _RIS:
            return self._raw
        if offset == _MIS:
            return self._raw & self._kept.get(_IMSC, 0)
        if offset >= 0xFE0:
            return _IDS[(offset - 0xFE0) // 4]
        return self._kept.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _DR:
            if len(self._tx) < self._depth():
                self._tx.append(value & 0xFF)
            self._send()
        elif offset == _ICR:
            self._raw &= ~(self.raw_write_value & 0x7FF)
        elif offset == _RSR:
            self._kept[_RSR] = 0
        elif offset not in (_FR, _RIS, _MIS):
            begins = offset == _LCR and value & ~self._kept.get(_LCR, 0) & _SEND_BREAK
            self._kept[offset] = value & 0xFFFF
            if begins:
                self._low.schedule(float(self.bits * self.bit_ns))
            self._send()
        self._update()

    def _control(self, bits: int) -> bool:
        return self._kept[_CR] & bits == bits

    def _depth(self) -> int:
        return DEPTH if self._kept.get(_LCR, 0) & _FIFOS else 1

    def _trigger(self, field: int) -> int:
        """Level of a FIFO at which its interrupt is raised; one place without FIFOs."""
        return _TRIGGERS[min(field & 7, 4)] if self._depth() > 1 else 1

    def _flags(self) -> int:
        flags = _CTS
        flags |= _BUSY if self._shifting is not None or self._tx else 0
        flags |= (_TXFE if not self._tx else 0) | (_TXFF if len(self._tx) >= self._depth() else 0)
        return flags | (_RXFE if not self._rx else 0) | (_RXFF if len(self._rx) >= self._depth() else 0)

    # Characters.

    @property
    def bit_ns(self) -> Fraction:
        """Time of a bit: 16 periods of the clock, divided by IBRD and FBRD / 64."""
        divisor = Fraction(64 * self._kept.get(_IBRD, 0) + self._kept.get(_FBRD, 0), 64)
        return 16 * (divisor or Fraction(1)) * 1_000_000_000 / self._clk_peri

    @property
    def bits(self) -> int:
        """Of a character, with start, parity and stop bits."""
        control = self._kept.get(_LCR, 0)
        return 7 + (control >> 5 & 3) + bool(control & _PARITY) + bool(control & _TWO_STOP)

    def _send(self) -> None:
        """Begin with the next character, if none is being sent."""
        if self._shifting is not None or not self._tx or not self._control(_ENABLE | _TX_ENABLE):
            return
        before = len(self._tx)
        self._shifting = self._tx.popleft()
        limit = self._trigger(self._kept[_IFLS]) if self._depth() > 1 else 0
        if (
            before > limit >= len(self._tx) or self._depth() == 1
        ):  # 4.2.6.3: when the level falls through the trigger
            self._raw |= TX
        self._ends_ns = max(self._ends_ns, Fraction(self.rp2040.clock.nanos)) + self.bits * self.bit_ns
        self._sent.schedule(float(max(0, ceil(self._ends_ns) - self.rp2040.clock.nanos)))

    def _character_ended(self) -> None:
        value, self._shifting = self._shifting, None
        assert value is not None
        self.on_byte(value)
        if self._control(_ENABLE | _LOOPBACK | _RX_ENABLE):
            self._receive(value)
        self._send()
        self._update()

    def _held_low(self) -> None:
        if self._kept.get(_LCR, 0) & _SEND_BREAK:
            self.on_break()

    def _receive(self, value: int) -> None:
        if len(self._rx) >= self._depth():
            self._raw |= OVERRUN
        else:
            self._rx.append(value)
            if len(self._rx) >= self._trigger(self._kept[_IFLS] >> 3):
                self._raw |= RX
            self._silent.schedule(float(_TIMEOUT_BITS * self.bit_ns))
        self._update()

    def _timed_out(self) -> None:
        if self._rx:
            self._raw |= TIMEOUT
            self._update()

    def _take(self) -> int:
        value = self._rx.popleft() if self._rx else 0
        if len(self._rx) < self._trigger(self._kept[_IFLS] >> 3):
            self._raw &= ~RX
        if not self._rx:
            self._raw &= ~TIMEOUT
            self._silent.cancel()
        self._update()
        return value

    def _update(self) -> None:
        if len(self._tx) > (self._trigger(self._kept[_IFLS]) if self._depth() > 1 else 0):
            self._raw &= ~TX
        self._on_line(bool(self._raw & self._kept.get(_IMSC, 0)))
        asks = self._kept.get(_DMACR, 0)
        self._request(0, bool(asks & _TX_REQUEST) and len(self._tx) < self._depth())
        self._request(1, bool(asks & _RX_REQUEST) and bool(self._rx))
