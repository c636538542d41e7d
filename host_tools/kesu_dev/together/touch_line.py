"""touch_line: the touch chip's I2C between pad and rig, byte by byte, each byte in the time of its bits.

The pad's block is the controller. What it does reaches the rig's block at that moment of the rig's clock, and the
answer comes back when the rig's program has given it: until then the rig holds SCL.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable

from kesu.emulator.chips.rp2040.i2c_target import I2cTarget
from kesu.emulator.core.clock import Alarm
from kesu.emulator.core.emulator import Emulator
from rp2040py.peripherals.i2c import I2CMode

_BITS_PER_BYTE = 9


class TouchLine:
    """SDA and SCL. stretches: for how long the rig held SCL each time, in ns of its clock. refused: addresses that were
    not acknowledged."""

    def __init__(
        self,
        pad: Emulator,
        target: I2cTarget,
        rig: Emulator,
        on_rig: Callable[[Callable[[], None], bool], None],
        late: Callable[[], int],
    ) -> None:
        self._pad, self._rig, self._target = pad, rig, target
        self._port = pad.mcu.i2c[1]
        self._on_rig, self._late = on_rig, late
        self._alarm: Alarm | None = None
        self._waiting: Callable[[], bool] | None = None
        self._since_ns = 0
        self._transfer = 0
        self.stretches: list[int] = []
        self.refused = 0
        self.bytes = 0
        port = self._port
        port.on_start = lambda _repeated: self._after(1, port.complete_start)
        port.on_connect = self._connect
        port.on_write_byte = self._write
        port.on_read_byte = self._read
        port.on_stop = lambda: self._after(1, lambda: self._ask(self._stopped))
        target.on_answer = self._answered

    @property
    def waiting(self) -> bool:
        """Whether the rig holds SCL."""
        return self._waiting is not None

    def stopped(self) -> None:
        """The pad was reset: it lets both lines go, and that ends the transfer."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._transfer += 1
        self._waiting = None
        self._on_rig(self._target.stopped, True)

    def _after(self, bits: int, action: Callable[[], None]) -> None:
        """After so many bits of the pad's clock, from the moment to which the rig has got: HCNT and LCNT are periods of
        its system clock (datasheet 4.3.14)."""
        port, hz = self._port, self._pad.facts.clk_sys_hz
        bit_ns = (port.scl_high_period + port.scl_low_period) * 1_000_000_000 / hz
        self._alarm = self._pad.clock.after(max(0, round(bits * bit_ns) - self._late()), action)

    def _ask(self, action: Callable[[], bool]) -> None:
        """On the rig, now and again whenever its program did something, until it has an answer."""
        transfer = self._transfer

        def begin() -> None:
            if transfer != self._transfer:
                return
            if not action():
                self._waiting, self._since_ns = action, self._rig.clock.now_ns

        self._on_rig(begin, True)

    def _answered(self) -> None:
        action = self._waiting
        if action is not None:
            self._waiting = None
            if action():
                self.stretches.append(self._rig.clock.now_ns - self._since_ns)
            else:
                self._waiting = action

    def _connect(self, address: int, mode: I2CMode) -> None:
        def ask() -> bool:
            known = self._target.addressed(address, mode == I2CMode.READ)
            self.refused += not known
            self._port.complete_connect(known)
            return True

        self._after(_BITS_PER_BYTE, lambda: self._ask(ask))

    def _write(self, value: int) -> None:
        def ask() -> bool:
            known = self._target.received(value)
            if known is None:
                return False
            self.bytes += 1
            self._port.complete_write(known)
            return True

        self._after(_BITS_PER_BYTE, lambda: self._ask(ask))

    def _read(self, more: bool) -> None:
        def ask() -> bool:
            value = self._target.asks()
            if value is None:
                return False
            self.bytes += 1
            self._after(_BITS_PER_BYTE, lambda: self._ask(lambda: taken(value)))
            return True

        def taken(value: int) -> bool:
            self._target.taken(bool(more))
            self._port.complete_read(value)
            return True

        self._ask(ask)

    def _stopped(self) -> bool:
        self._target.stopped()
        self._port.complete_stop()
        return True
