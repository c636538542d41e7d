"""keys: push buttons and dry contacts to ground, with bounce, floating when released.

A released key drives nothing, so the pad's pull resistor sets the level: firmware that does not enable its
pull-up reads the key as held. Tact switches bounce for up to 5 ms (most settle within 1-2 ms).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from typing import Any

from kesu.emulator.core.clock import NS_PER_MS, Alarm, Clock

MAX_BOUNCE_MS = 5.0
_MAX_BOUNCES = 6


class Key:
    """One contact between a GPIO and ground."""

    def __init__(self, pin: Any, clock: Clock, generator: random.Random) -> None:
        self._pin = pin
        self._clock = clock
        self._random = generator
        self._pending: list[Alarm] = []
        self.pressed = False

    def press(self, bounce_ms: float | None = None) -> None:
        """Close the contact now. It chatters for `bounce_ms` (default: up to 5 ms, seeded) and then stays closed."""
        self._move(True, bounce_ms)

    def release(self, bounce_ms: float | None = None) -> None:
        """Open the contact now, with the same kind of chatter."""
        self._move(False, bounce_ms)

    def tap(self, hold_ms: float = 80.0, bounce_ms: float | None = None) -> None:
        """Press now and release after `hold_ms`; returns at once, time passes when the pad runs."""
        self.press(bounce_ms)
        self._clock.after(round(hold_ms * NS_PER_MS), lambda: self.release(bounce_ms))

    def _move(self, closed: bool, bounce_ms: float | None) -> None:
        for alarm in self._pending:
            alarm.cancel()
        self._pending.clear()
        self.pressed = closed
        window_ms = self._random.uniform(0.2, MAX_BOUNCE_MS) if bounce_ms is None else bounce_ms
        self._contact(closed)
        if window_ms <= 0:
            return
        # An even number of toggles after the first contact ends in the requested state.
        toggles = 2 * self._random.randint(1, _MAX_BOUNCES // 2)
        moments = sorted(self._random.uniform(0.01, window_ms) for _ in range(toggles))
        for index, moment in enumerate(moments):
            level = closed if index % 2 else not closed
            self._pending.append(
                self._clock.after(round(moment * NS_PER_MS), lambda level=level: self._contact(level))  # type: ignore[misc]  # mypy infers no lambda with a default
            )

    def _contact(self, closed: bool) -> None:
        if closed:
            self._pin.set_input_value(False)
        else:
            self._pin.release_input()
