"""systick: the SysTick timer (ARMv6-M ARM B3.3), counted from the emulator's clock.

The counter goes from its value down to 0, then starts again at the reload value: one round takes reload + 1 ticks. It
reaches 0 with COUNTFLAG and, with TICKINT, the exception; a write of the counter clears both without one. A reload
value of 0 stops it at 0. Ticks: 8 ns of the core clock, or 1 us of the watchdog's tick (RP2040 datasheet 2.4.5.1.1).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_REFERENCE_NS = 1_000
_MASK = 0xFF_FFFF
ENABLE, TICK_INT, CLK_SOURCE, COUNT_FLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 16


class SysTick:
    """The four registers. `on_zero` is called when the counter reaches 0 with TICKINT set."""

    def __init__(self, clock: Any, on_zero: Callable[[], None]) -> None:
        self._clock = clock
        self.core_ns = 8
        """A cycle of the core."""
        self._on_zero = on_zero
        self._alarm = clock.create_alarm(self._reached_zero)
        self._control = self._reload = self._value = self._since_ns = 0
        self._flag = False

    def reset(self) -> None:
        """Off. The manual leaves reload and counter UNKNOWN; here they are 0."""
        self._alarm.cancel()
        self._control = self._reload = self._value = 0
        self._flag = False

    @property
    def control(self) -> int:
        """SYST_CSR, without a side effect."""
        return self._control | (COUNT_FLAG if self._flag else 0)

    def read_control(self) -> int:
        """SYST_CSR: reading clears COUNTFLAG."""
        value, self._flag = self.control, False
        return value

    def write_control(self, value: int) -> None:
        """SYST_CSR: ENABLE, TICKINT, CLKSOURCE."""
        self._rebase()
        self._control = value & (ENABLE | TICK_INT | CLK_SOURCE)
        self._schedule()

    @property
    def reload(self) -> int:
        """SYST_RVR."""
        return self._reload

    def write_reload(self, value: int) -> None:
        """SYST_RVR: in force when the counter is loaded the next time."""
        self._rebase()
        self._reload = value & _MASK
        self._schedule()

    @property
    def current(self) -> int:
        """SYST_CVR."""
        ticks = self._ticks()
        if ticks <= self._value:
            return self._value - ticks
        if not self._reload:
            return 0
        return self._reload - (ticks - self._value - 1) % (self._reload + 1)

    def write_current(self) -> None:
        """SYST_CVR: any write clears it, and COUNTFLAG."""
        self._value, self._since_ns, self._flag = 0, int(self._clock.nanos), False
        self._schedule()

    def _ticks(self) -> int:
        """Ticks since `_value` was right."""
        if not self._control & ENABLE:
            return 0
        return (int(self._clock.nanos) - self._since_ns) // self._tick_ns

    @property
    def _tick_ns(self) -> int:
        return self.core_ns if self._control & CLK_SOURCE else _REFERENCE_NS

    def _rebase(self) -> None:
        """Start counting from the present value, at the present tick."""
        value = self.current
        self._since_ns = self._since_ns + self._ticks() * self._tick_ns
        if not self._control & ENABLE:
            self._since_ns = int(self._clock.nanos)
        self._value = value

    def _schedule(self) -> None:
        self._alarm.cancel()
        left = self._value or (self._reload + 1 if self._reload else 0)
        if self._control & ENABLE and left:
            due = self._since_ns + left * self._tick_ns
            self._alarm.schedule(float(max(0, due - int(self._clock.nanos))))

    def _reached_zero(self) -> None:
        self._since_ns, self._value = int(self._clock.nanos), 0
        self._flag = True
        self._schedule()
        if self._control & TICK_INT:
            self._on_zero()
