"""test_keys: a key bounces, settles in the requested state, and floats when open."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

import pytest
from kesu.emulator.board.keys import MAX_BOUNCE_MS, Key
from kesu.emulator.core.clock import NS_PER_MS
from manual_clock import ManualClock


class Pin:
    """Records what drove it: False for ground, None for floating."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.history: list[tuple[float, bool | None]] = []

    def set_input_value(self, level: bool) -> None:
        self.history.append((self.clock.now_ns / NS_PER_MS, level))

    def release_input(self) -> None:
        self.history.append((self.clock.now_ns / NS_PER_MS, None))


def make(seed: int = 3) -> tuple[ManualClock, Pin, Key]:
    clock = ManualClock()
    pin = Pin(clock)
    return clock, pin, Key(pin, clock, random.Random(seed))


@pytest.mark.parametrize("seed", range(20))
def test_a_press_closes_at_once_bounces_and_stays_closed(seed: int) -> None:
    clock, pin, key = make(seed)
    key.press()
    clock.advance_ms(50)
    assert pin.history[0] == (0.0, False)
    assert len(pin.history) >= 3
    assert pin.history[-1][1] is False
    assert pin.history[-1][0] <= MAX_BOUNCE_MS
    assert None in [level for _, level in pin.history]


def test_a_release_floats_and_never_drives_high() -> None:
    clock, pin, key = make()
    key.press(bounce_ms=0)
    key.release()
    clock.advance_ms(50)
    assert pin.history[-1][1] is None
    assert True not in [level for _, level in pin.history]
    assert not key.pressed


def test_zero_bounce_gives_one_edge() -> None:
    clock, pin, key = make()
    key.tap(hold_ms=30, bounce_ms=0)
    clock.advance_ms(100)
    assert pin.history == [(0.0, False), (30.0, None)]


def test_the_same_seed_gives_the_same_bounce() -> None:
    histories = []
    for seed in (7, 7, 8):
        clock, pin, key = make(seed)
        key.press()
        clock.advance_ms(10)
        histories.append(pin.history)
    assert histories[0] == histories[1] != histories[2]


def test_a_release_during_the_bounce_of_a_press_wins() -> None:
    clock, pin, key = make()
    key.press(bounce_ms=5)
    key.release(bounce_ms=0)
    clock.advance_ms(50)
    assert pin.history == [(0.0, False), (0.0, None)]
