"""transport: commands and data to an SSD16xx over SPI, its RST, and the time of BUSY's falling edge."""
# SPDX-License-Identifier: MIT

from time import sleep_us, ticks_ms

import native
from micropython import const

# RST low for 0.2 ms resets an SSD16xx (vendor demo, hardware-facts A.6-5).
_RESET_US = const(200)
# BUSY rises within this time of a command or reset that raises it.
_RISE_US = const(100)
# Interval and number of reads of BUSY after a reset: 2.5 ms plus the time of the reads.
_LOOK_US = const(50)
_LOOKS = const(50)


class Transport:
    """Commands go through native (panel_bus.c), which knows the pins of CS and DC."""

    def __init__(self, spi_id, cs, rst, busy) -> None:
        self._spi_id = spi_id
        self._cs = cs
        self._rst = rst
        self._busy = busy
        self.fell = False
        self.fell_ms = 0
        # Bound once: a bound method made later would be an allocation. The interrupt also wakes the loop.
        self._handler = self._on_fall
        busy.irq(self._handler, busy.IRQ_FALLING, hard=True)

    def _on_fall(self, _pin):
        self.fell_ms = ticks_ms()
        self.fell = True

    def busy(self):
        """Return 1 while the controller works (BUSY is active high on SSD16xx), else 0."""
        return self._busy.value()

    def arm(self):
        """Forget the last fall of BUSY; call it just before a command that raises BUSY."""
        self.fell = False
        self.fell_ms = 0

    def reset(self):
        """Pulse RST, the only way to stop a waveform. Registers are lost, both planes survive.

        RST stays low if an exception interrupts the pulse; then commands are ignored until the next reset.
        """
        self._rst(0)
        sleep_us(_RESET_US)
        self._rst(1)
        sleep_us(_RISE_US)

    def wait_reset(self, trusts_busy):
        """Wait for the end of a reset: 2 ms (hardware-facts A.2), less if BUSY has fallen and is trusted."""
        looks = 0
        while looks < _LOOKS and (self._busy.value() or not trusts_busy):
            sleep_us(_LOOK_US)
            looks += 1

    def settle(self):
        """Let BUSY rise after a command."""
        sleep_us(_RISE_US)

    def read(self, op, bits):
        """Send a command and return the first `bits` (1..16) of its answer."""
        return native.panel_read(op, bits)

    def command(self, op):
        """Send a command without data."""
        native.panel_command(self._spi_id, op, 0, 0)

    def command_1(self, op, a):
        """Send a command with one byte of data."""
        native.panel_command(self._spi_id, op, a, 1)

    def command_2(self, op, a, b):
        """Send a command with two bytes of data."""
        native.panel_command(self._spi_id, op, a | b << 8, 2)

    def command_3(self, op, a, b, c):
        """Send a command with three bytes of data."""
        native.panel_command(self._spi_id, op, a | b << 8 | c << 16, 3)

    def command_words(self, op, low, high):
        """Send a command with two little-endian numbers of at most 13 bits (the row window)."""
        native.panel_command(self._spi_id, op, low | high << 16, 4)

    def stream(self, op, buffer, start, stop):
        """Send a command and buffer[start:stop] in place, at 0.51 us a byte."""
        native.panel_open(self._spi_id, op)
        native.spi_write(self._spi_id, buffer, start, stop)
        self._cs(1)

    def stream_old(self, op, shown, ages, start, stop):
        """Send a command and bytes start:stop of the old plane that belongs to `shown` and `ages` (native.aim)."""
        native.panel_open(self._spi_id, op)
        native.spi_old(self._spi_id, shown, ages, start, stop)
        self._cs(1)

    def stream_fill(self, op, value, count):
        """Send a command and the same byte `count` times."""
        native.panel_open(self._spi_id, op)
        native.spi_fill(self._spi_id, value, count)
        self._cs(1)
