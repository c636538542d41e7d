"""panel_bus: a panel on a manual clock, with the byte sequences of the data sheet."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.ssd1683 import Ssd1683
from manual_clock import ManualClock

PLANE = 15_000
WHITE = bytes([0xFF]) * PLANE
BLACK = bytes(PLANE)


class PanelBus:
    """A powered, reset panel with its BUSY edges recorded as (ms, level)."""

    def __init__(self, *, temperature_c: float = 25.0, seed: int = 1) -> None:
        self.clock = ManualClock()
        self.glass = Glass()
        self.panel = Ssd1683(self.clock, self.glass, temperature_c=temperature_c, seed=seed)
        self.edges: list[tuple[float, bool]] = []
        self.panel.on_busy = lambda level: self.edges.append((self.clock.now_ns / NS_PER_MS, level))
        self.panel.set_cs(False)

    def command(self, op: int, *data: int) -> None:
        self.panel.set_dc(False)
        self.panel.transfer(op)
        self.panel.set_dc(True)
        for byte in data:
            self.panel.transfer(byte)

    def window(self, x0: int, x1: int, y0: int, y1: int, *, at: tuple[int, int]) -> None:
        """X in bytes, Y in lines, both ends included (44h, 45h), then the counters (4Eh, 4Fh)."""
        self.command(0x44, x0, x1)
        self.command(0x45, y0 & 255, y0 >> 8, y1 & 255, y1 >> 8)
        self.command(0x4E, at[0])
        self.command(0x4F, at[1] & 255, at[1] >> 8)

    def plane(self, op: int, data: bytes) -> None:
        """A whole plane from the top left corner."""
        self.command(0x11, 0x03)
        self.window(0, 49, 0, 299, at=(0, 0))
        self.command(op)
        self.panel.transfer_block(data)
        self.command(0x7F)

    def reset(self) -> None:
        self.panel.set_rst(False)
        self.clock.advance_ms(1)
        self.panel.set_rst(True)
        self.wait()

    def wait(self) -> float:
        """Let time pass until BUSY is low; returns how many ms that took."""
        start = self.clock.now_ns
        while self.panel.busy:
            self.clock.advance_ms(0.5)
            assert self.clock.now_ns - start < 10_000 * NS_PER_MS, "BUSY never falls"
        return (self.clock.now_ns - start) / NS_PER_MS

    def refresh(self, control: int, *, option: int = 0x00) -> float:
        """Internal sensor, 21h, 22h, 20h, and wait; returns the ms that BUSY was high."""
        self.command(0x18, 0x80)
        self.command(0x21, option, 0x00)
        self.command(0x22, control)
        self.command(0x20)
        return self.wait()
