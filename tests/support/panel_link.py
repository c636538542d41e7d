"""panel_link: the transport of a panel's driver, connected to the model of a controller instead of pins."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import native
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.ssd16xx import Ssd16xx
from manual_clock import ManualClock


class Link:
    """kesu_pad.panel.transport.Transport, connected to a model instead of pins."""

    def __init__(self, clock: ManualClock, panel: Ssd16xx) -> None:
        self.clock = clock
        self.panel = panel
        self.fell = False
        self.fell_ms = 0
        panel.on_busy = self._edge
        panel.set_cs(False)

    def _edge(self, level: bool) -> None:
        if not level:
            self.fell, self.fell_ms = True, self.ticks()

    def ticks(self) -> int:
        return self.clock.now_ns // NS_PER_MS

    def busy(self) -> int:
        return int(self.panel.busy)

    def arm(self) -> None:
        self.fell, self.fell_ms = False, 0

    def rst(self, level: bool) -> None:
        self.panel.set_rst(level)

    def reset(self) -> None:
        self.rst(False)
        self.clock.advance_ms(0.2)
        self.rst(True)
        self.clock.advance_ms(5)

    def boot(self) -> None:
        """What native/boot_panel.c does before the driver is there: reset, and rails on."""
        self.reset()
        self.command_1(0x22, 0xC0)
        self.command(0x20)
        self.clock.advance_ms(100)

    def wait_reset(self, _trusts_busy: bool) -> None:
        self.clock.advance_ms(2.5)

    def settle(self) -> None:
        self.clock.advance_ms(5)

    def stream(self, op: int, buffer: bytes, start: int, stop: int) -> None:
        self.panel.set_dc(False)
        self.panel.transfer(op)
        self.panel.set_dc(True)
        self.panel.transfer_block(bytes(buffer[start:stop]))

    def stream_fill(self, op: int, value: int, count: int) -> None:
        self.stream(op, bytes([value]) * count, 0, count)

    def read(self, op: int, bits: int) -> int:
        self.command(op)
        answer = self.panel.transfer(0) << 8 | (self.panel.transfer(0) if bits > 8 else 0)
        return answer >> (16 - bits)

    def stream_old(self, op: int, shown: bytes, ages: bytes, start: int, stop: int) -> None:
        self.stream(op, native.old_plane(shown, ages, start, stop), 0, stop - start)

    def command(self, op: int) -> None:
        self.stream(op, b"", 0, 0)

    def command_1(self, op: int, a: int) -> None:
        self.stream(op, bytes([a]), 0, 1)

    def command_2(self, op: int, a: int, b: int) -> None:
        self.stream(op, bytes([a, b]), 0, 2)

    def command_words(self, op: int, low: int, high: int) -> None:
        self.stream(op, low.to_bytes(2, "little") + high.to_bytes(2, "little"), 0, 4)

    def command_3(self, op: int, a: int, b: int, c: int) -> None:
        self.stream(op, bytes([a, b, c]), 0, 3)
