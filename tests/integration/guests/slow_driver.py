"""slow_driver: a naive driver that sends byte by byte, and the same frame in one block.

Runs on the pad's MicroPython, as a guest of the test of `kesu dev benchmark peers`, with an SSD1680.
"""
# SPDX-License-Identifier: MIT

import time

from machine import SPI, Pin
from palette import INK

ROWS = 16


class Panel:
    """The upper rows of the panel in one colour."""

    def __init__(self):
        self.spi = SPI(1, baudrate=4_000_000, sck=Pin(10), mosi=Pin(11), miso=Pin(28))
        self.dc = Pin(8, Pin.OUT)
        self.cs = Pin(9, Pin.OUT, value=1)
        self.busy = Pin(13, Pin.IN)
        reset = Pin(12, Pin.OUT, value=0)
        time.sleep_ms(2)
        reset(1)
        self.wait()
        self.command(0x12)
        self.wait()
        self.command(0x18, b"\x80")
        self.frame = bytes([INK]) * (ROWS * 16)

    def wait(self):
        """Wait until the panel is idle."""
        while self.busy():
            time.sleep_ms(5)

    def send(self, level, data):
        """One transfer under chip select."""
        self.dc(level)
        self.cs(0)
        self.spi.write(data)
        self.cs(1)

    def command(self, number, data=b""):
        """A command and its parameters."""
        self.send(0, bytes([number]))
        if data:
            self.send(1, data)

    def show(self, control):
        """Display what was sent."""
        self.command(0x22, bytes([control]))
        self.command(0x20)
        self.wait()

    def byte_by_byte(self):
        """A frame, one transfer per byte, and a full refresh."""
        self.command(0x24)
        for byte in self.frame:
            self.send(1, bytes([byte]))
        self.show(0xF7)

    def in_a_block(self):
        """The same frame in one transfer, and a differential refresh."""
        self.command(0x24)
        self.send(1, self.frame)
        self.show(0xFF)


if __name__ == "__main__":
    raise RuntimeError("a demo must not start")
