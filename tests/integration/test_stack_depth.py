"""test_stack_depth: how deep the stack of the sealed image goes, by a pattern below the live stack.

The scrub of a wipe clears dead stack and the pattern in it: the gauge reads every 0.25 ms and writes the pattern
again when the bottom is cleared. It misses the maximum of the last 0.25 ms before a scrub.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.chips.rp2040.facts import SRAM
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import READY_WITHIN_MS
from kesu.images.toolchain.request import BuiltImage
from kesu.verify.scenes.usb_requests import requests

pytestmark = pytest.mark.slow

PATTERN = 0xA5
STEP_MS = 0.25
ANSWER_MS = 20.0
BOTTOM_BYTES = 64
SPARED_BYTES = 256
"""At the end of the stack: the firmware checks there for an overflow (firmware/native/memory.c)."""
SP = 13
SLACK = 2_048
"""Bytes of the stack that must stay untouched: a quarter of it."""
LEAST_BYTES = 500
"""Nested bytecode calls use more than this; less means that nothing was measured."""


class Gauge:
    """High-water mark of a pad's stack: `deepest` is the maximum of bytes in use since the gauge was made."""

    def __init__(self, pad: VirtualPad) -> None:
        self._pad = pad
        self.stack = pad.memory_map.stack
        first, self._top = self.stack.start + SPARED_BYTES - SRAM.start, self.stack.stop - SRAM.start
        self._bytes = np.frombuffer(pad.sram, np.uint8)[first : self._top]
        self.deepest = 0
        self.scrubs = 0
        self.fill()

    def fill(self) -> None:
        """Write the pattern below the stack pointer, where ARM code stores nothing (AAPCS32 6.2.1.1)."""
        live = self._pad.emulator.mcu.core.registers[SP] - self.stack.start
        self._bytes[: live - SPARED_BYTES] = PATTERN

    def look(self) -> None:
        """Count what no longer holds the pattern as used."""
        scrubbed = not self._bytes[:BOTTOM_BYTES].any()
        # Zero does not count as used: the scrub writes it, and may be halfway through the pattern.
        used = (self._bytes != PATTERN) & (self._bytes != 0)
        self.deepest = max(self.deepest, len(used) - int(used.argmax()))
        if scrubbed:
            self.scrubs += 1
            self.fill()

    def run_until(self, condition: Callable[[], bool], timeout_ms: float) -> None:
        def looked() -> bool:
            self.look()
            return condition()

        self._pad.run_until(looked, timeout_ms, STEP_MS)

    def run_for(self, ms: float) -> None:
        until = self._pad.now_ms + ms
        self.run_until(lambda: self._pad.now_ms >= until, ms + 1.0)


def test_a_quarter_of_the_stack_stays_unused(sealed: BuiltImage) -> None:
    pad = VirtualPad(sealed.uf2, elf=sealed.elf, seed=3)
    stack = pad.memory_map.stack
    pad.power_on()
    pad.run_until(lambda: not any(pad.sram[stack.start - SRAM.start :][:BOTTOM_BYTES]), 1_000.0, STEP_MS)
    gauge, depths = Gauge(pad), {}

    pad.host.attach()
    gauge.run_until(lambda: pad.host.enumerated, READY_WITHIN_MS)
    pad.host.set_dtr(True)
    gauge.run_until(lambda: pad.host.serial_state.dsr, READY_WITHIN_MS)
    depths["start"] = gauge.deepest

    pad.host.write(b"RT")
    for step in range(12):
        pad.at(10.0 * step + 20.0, partial(pad.touch.finger, 100.0 + 9.0 * step, 120.0))
    pad.at(160.0, pad.touch.lift)
    gauge.run_for(900.0)
    assert pad.host.serial_state.dcd, "nothing was written"
    depths["note"] = gauge.deepest

    for setup, data in requests(3, 60):
        transfer = pad.host.control(setup, data)
        with suppress(EmulationTimeout):
            gauge.run_until(partial(getattr, transfer, "done"), ANSWER_MS)
            continue
        pad.host._finish_control()  # the pad answers an inconsistent request with NAK until the PC gives up
    depths["USB requests"] = gauge.deepest

    before = gauge.scrubs
    pad.host.write(b"E")
    gauge.run_until(lambda: not pad.host.serial_state.dcd, 500.0)
    gauge.run_until(lambda: pad.host.serial_state.dsr, 3_000.0)
    assert gauge.scrubs > before, "the wipe has not cleared dead stack"
    depths["wipe"] = gauge.deepest

    pad.touch.i2c_start = lambda address, read: False  # type: ignore[method-assign]
    pad.touch.finger(200.0, 200.0)
    gauge.run_until(lambda: pad.host.serial_state.ri, 6_000.0)
    gauge.run_for(1_500.0)
    depths["fault"] = gauge.deepest

    for name, deepest in depths.items():
        print(f"{name:14}{deepest:6,} of {len(stack):,} bytes")
    assert LEAST_BYTES < gauge.deepest <= len(stack) - SLACK


def test_the_gauge_sees_one_byte(blank_pad: VirtualPad) -> None:
    def scenario(pad: VirtualPad) -> tuple[int, int]:
        gauge = Gauge(pad)
        gauge.look()
        live = gauge.deepest
        pad.sram[gauge.stack.stop - SRAM.start - 7_000] = 1
        gauge.look()
        return live, gauge.deepest

    live, deepest = fork_run(blank_pad, scenario)
    assert 0 < live < 7_000 == deepest
