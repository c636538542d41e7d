"""ft6336u: FocalTech FT6336U touch controller at I2C address 38h (hardware-facts C.2)."""
# SPDX-License-Identifier: MIT

from micropython import const

_ADDRESS = const(0x38)
_TD_STATUS = const(0x02)  # and P1_XH, P1_XL, P1_YH, P1_YL after it
_CTRL = const(0x86)
_ACTIVE_RATE = const(0x88)
_G_MODE = const(0xA4)

_REPORTS_HZ = const(100)  # its maximum; 60 after a reset

# Registers that no touch changes: thresholds, versions, identity.
_CONSTANTS = const(0xA0)
# Size of the receive FIFO of the I2C block (RP2040 datasheet 4.3.10).
_FIFO_BYTES = const(16)


class Ft6336u:
    """Driver. Nothing is allocated after the constructor, so it may be used in a hard interrupt."""

    # TD_STATUS, then x and y, high byte first, with flags in their high nibbles.
    RAW_BYTES = 5
    # FT6x36 datasheet: reset low for at least 5 ms; the first report comes 300 ms after its end.
    RESET_MS = 6

    def __init__(self, i2c, rst, int_pin):
        self._i2c = i2c
        self._rst = rst
        self.int_pin = int_pin
        self._command = bytearray(2)
        self._constants = bytearray(_FIFO_BYTES)

    def configure(self):
        """Set the registers that a reset cleared. OSError: no answer, or the controller is still starting."""
        self._set(_CTRL, 0)  # stay active: in monitor mode the bus is closed and the first touch comes late
        self._set(_ACTIVE_RATE, _REPORTS_HZ)
        self._set(_G_MODE, 1)  # a pulse on INT for each report, not one level for the whole stroke

    def acquire(self, into):
        """Read TD_STATUS and the first point (5 raw bytes) into `into`; return 1 when touched, else 0.

        OSError: the controller does not answer.
        """
        self._i2c.readfrom_mem_into(_ADDRESS, _TD_STATUS, into)
        count = into[0] & 0x0F
        return 1 if 0 < count <= 2 else 0

    def x(self, raw):
        """Return the column of the point that acquire() read."""
        return (raw[1] & 0x0F) << 8 | raw[2]

    def y(self, raw):
        """Return the row of the point that acquire() read."""
        return (raw[3] & 0x0F) << 8 | raw[4]

    def is_new(self, raw):
        """Return whether the chip reports the touch as new: event 0 in P1_XH."""
        return raw[1] & 0xC0 == 0

    def flush(self):
        """Read constants through every cell of the I2C block's FIFO. OSError: no answer."""
        self._i2c.readfrom_mem_into(_ADDRESS, _CONSTANTS, self._constants)

    def hold(self):
        """Hold the controller in reset, which clears the last point at once. Does not wait."""
        self._rst(0)

    def release(self):
        """End the reset, `RESET_MS` or more after hold(). Call configure() 300 ms later."""
        self._rst(1)

    def _set(self, register, value):
        # One buffer for both bytes: writeto_mem would allocate a buffer to join them.
        self._command[0] = register
        self._command[1] = value
        self._i2c.writeto(_ADDRESS, self._command)
