"""icnt86x: ICNT86X touch controller at I2C address 48h (hardware-facts C.1)."""

# SPDX-License-Identifier: MIT
#
# The axes of a point run along the panel's gates and against its sources. These are the axes of the page,
# because the glass is mounted rotated (panel/ssd1680.py), so nothing is transposed here.
from micropython import const

_ADDRESS = const(0x48)
_IDENTITY = const(0x000A)
_IDENTITY_BYTES = const(4)
_COUNT = const(0x1001)  # touches, and the first point after it
_POINTS_MAX = const(5)
_REGISTER_BITS = const(16)
# Reads of the identity that fill the receive FIFO of the I2C block, 16 bytes (RP2040 datasheet 4.3.10).
_FIFO_READS = const(4)


class Icnt86x:
    """Driver. Nothing is allocated after the constructor, so it may be used in a hard interrupt."""

    # The count, then a byte of unknown use, x and y (low byte first), pressure, and event or id.
    RAW_BYTES = 8
    # Reset low for at least 10 ms.
    RESET_MS = 11

    def __init__(self, i2c, rst, int_pin):
        self._i2c = i2c
        self._rst = rst
        self.int_pin = int_pin
        self._identity = bytearray(_IDENTITY_BYTES)
        self._done = b"\x10\x01\x00"  # write 0 to the count: INT goes high and the next report may come

    def configure(self):
        """Check the identity and enable reports. OSError: no answer, or the controller is still starting."""
        self._i2c.readfrom_mem_into(_ADDRESS, _IDENTITY, self._identity, addrsize=_REGISTER_BITS)
        self._i2c.writeto(_ADDRESS, self._done)

    def acquire(self, into):
        """Read the first point (RAW_BYTES) into `into` and acknowledge it; return 1 when touched, else 0.

        After a lift the chip keeps reporting the last point without pressure: that is no touch. OSError: the
        controller does not answer.
        """
        self._i2c.readfrom_mem_into(_ADDRESS, _COUNT, into, addrsize=_REGISTER_BITS)
        self._i2c.writeto(_ADDRESS, self._done)
        return 1 if 0 < into[0] <= _POINTS_MAX and into[6] else 0

    def x(self, raw):
        """Return the column of the point that acquire() read."""
        return raw[2] | raw[3] << 8

    def y(self, raw):
        """Return the row of the point that acquire() read."""
        return raw[4] | raw[5] << 8

    def is_new(self, _raw):
        """Return False: the event codes by which the chip may report a new touch are not known."""
        return False

    def flush(self):
        """Read constants through every cell of the I2C block's FIFO. OSError: no answer."""
        reads = 0
        while reads < _FIFO_READS:
            self._i2c.readfrom_mem_into(_ADDRESS, _IDENTITY, self._identity, addrsize=_REGISTER_BITS)
            reads += 1

    def hold(self):
        """Hold the controller in reset, which clears the last point at once. Does not wait."""
        self._rst(0)

    def release(self):
        """End the reset, `RESET_MS` or more after hold(). Call configure() 300 ms later."""
        self._rst(1)
