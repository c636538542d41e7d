"""test_timer_alarms: an alarm of the emulated timer fires at its microsecond, whenever it was set."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

import pytest
from kesu.emulator.chips.rp2040 import timer_alarms
from rp2040py.rp2040 import RP2040

INTE, INTR, ALARM0 = 0x38, 0x34, 0x10


def fired_at_ns(mcu: Any, armed_at_ns: int, target_us: int) -> int:
    """When alarm 0, set to `target_us` at `armed_at_ns`, raised its interrupt."""
    mcu.clock.tick(armed_at_ns)
    mcu.timer.write_uint32(INTE, 1)
    mcu.timer.write_uint32(ALARM0, target_us)
    while not mcu.timer.read_uint32(INTR):
        mcu.clock.tick(4)
    return int(mcu.clock.nanos)


@pytest.mark.parametrize("armed_at_ns", [0, 8, 300, 992, 1_000, 3_996])
def test_an_alarm_fires_at_its_microsecond(armed_at_ns: int) -> None:
    mcu = RP2040()
    timer_alarms.make_exact(mcu.timer)
    assert fired_at_ns(mcu, armed_at_ns, 5) == 5_000


def test_the_unpatched_emulator_fires_early() -> None:
    """If this fails, rp2040py has fixed the fault, and timer_alarms is no longer needed."""
    assert fired_at_ns(RP2040(), 300, 5) == 4_300
