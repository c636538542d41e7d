"""ssd1683: Good Display GDEY042T81, 400 x 300, 1 bit per pixel, 1 = white."""
# SPDX-License-Identifier: MIT

from kesu_pad.panel import ssd1683_lut
from kesu_pad.panel.waveforms import OwnWaveforms
from micropython import const

_HEIGHT = const(300)
_STRIDE = const(50)

# Commands (SSD1683 section 7, table in hardware-facts A.2).
_DRIVER_OUTPUT = const(0x01)
_DATA_ENTRY = const(0x11)
_TEMPERATURE_SENSOR = const(0x18)
_TEMPERATURE = const(0x1A)
_READ_TEMPERATURE = const(0x1B)
_UPDATE_1 = const(0x21)
_WRITE_NEW = const(0x24)
_WRITE_OLD = const(0x26)
_BORDER = const(0x3C)
_WINDOW_X = const(0x44)
_WINDOW_Y = const(0x45)
_COUNTER_X = const(0x4E)
_COUNTER_Y = const(0x4F)

# 22h values (hardware-facts A.3).
_LOAD = const(0xB8)  # clock on, temperature, waveform and voltages of mode 2; shows nothing
_FAST_FULL = const(0xD4)  # mode 1, OTP waveform for the temperature in 1Ah, stays powered
_FAST_TEMPERATURE = const(0x6E)  # 110 degrees: where the OTP keeps the fast waveform

# A refresh that the controller silently skips ends in 85 to 225 ms (hardware-facts A.3). Published: 358 ms
# partial and 1140 ms fast full, 96 ms more from power-down; some panels of 2024 take 1500 ms.
_PARTIAL_MIN_MS = const(250)
_PARTIAL_MAX_MS = const(600)
_FAST_FULL_MIN_MS = const(800)
_FAST_FULL_MAX_MS = const(2000)


class Ssd1683(OwnWaveforms):
    """Driver. The page's rows are the controller's rows."""

    # Times of steps of a wipe with waveforms of the OTP, in ms from the event. 40 until the planes are white, 96
    # of power-on and 358 of the partial refresh; for READY another 10 of transfer and 1140 of the fast full one;
    # each with slack.
    clean_at_ms = 530
    _otp_ready_after_ms = 1700

    def __init__(self, transport):
        super().__init__(transport, ssd1683_lut, _LOAD)

    @property
    def ready_after_ms(self):
        """The earliest READY."""
        return self.own_ready_after_ms if self.rung else self._otp_ready_after_ms

    def _set_registers(self):
        link = self._link
        link.command_3(_DRIVER_OUTPUT, (_HEIGHT - 1) & 0xFF, (_HEIGHT - 1) >> 8, 0)
        link.command_1(_DATA_ENTRY, 0x03)  # X then Y, both counting up: as after a reset
        link.command_1(_TEMPERATURE_SENSOR, 0x80)  # the internal sensor
        link.command_2(_WINDOW_X, 0, _STRIDE - 1)  # as after a reset, too

    def write_new(self, frame, row0, row1):
        """Send rows row0..row1-1 of `frame` to the plane that the next refresh shows."""
        self._write(_WRITE_NEW, frame, row0, row1)

    def write_old(self, frame, row0, row1):
        """Send rows row0..row1-1 of `frame` to the plane that a partial refresh takes as the content of the glass."""
        self._write(_WRITE_OLD, frame, row0, row1)

    def write_both(self, frame, ages, row0, row1):
        """Send rows row0..row1-1 of `frame` to the new plane, and to the old one without what still needs pulses."""
        self._window(row0, row1)
        link = self._link
        link.stream(_WRITE_NEW, frame, row0 * _STRIDE, row1 * _STRIDE)
        link.command_1(_COUNTER_X, 0)
        link.command_2(_COUNTER_Y, row0 & 0xFF, row0 >> 8)
        link.stream_old(_WRITE_OLD, frame, ages, row0 * _STRIDE, row1 * _STRIDE)

    def fill_planes(self, new_value, old_value):
        """Set every byte of the new and of the old plane; 15.5 ms in total."""
        self._window(0, _HEIGHT)
        self._link.stream_fill(_WRITE_NEW, new_value, _STRIDE * _HEIGHT)
        self._window(0, _HEIGHT)
        self._link.stream_fill(_WRITE_OLD, old_value, _STRIDE * _HEIGHT)

    def _drive_difference(self):
        """Start the OTP's partial refresh: 0.36 s."""
        link = self._link
        link.command_2(_UPDATE_1, 0x00, 0x00)  # mode 2 compares with the old plane
        link.command_1(_BORDER, 0x80)  # leave the border alone
        self._start_partial(_PARTIAL_MIN_MS, _PARTIAL_MAX_MS)

    def _prepare(self):
        link = self._link
        link.command_2(_UPDATE_1, 0x00, 0x00)
        link.command_1(_BORDER, 0x80)

    def _sensed(self):
        return self._link.read(_READ_TEMPERATURE, 8)  # whole degrees; below 0 it is above any that counts

    def _flash(self):
        """Start the OTP's fast full refresh: 1.14 s."""
        link = self._link
        link.command_2(_UPDATE_1, 0x40, 0x00)  # mode 1 would mix in the old plane (hardware-facts A.6-4)
        link.command_1(_BORDER, 0x01)
        link.command_1(_TEMPERATURE, _FAST_TEMPERATURE)
        self._start(_FAST_FULL, _FAST_FULL_MIN_MS, _FAST_FULL_MAX_MS)

    def _write(self, op, frame, row0, row1):
        self._window(row0, row1)
        self._link.stream(op, frame, row0 * _STRIDE, row1 * _STRIDE)

    def _window(self, row0, row1):
        link = self._link
        self._check_idle()
        link.command_words(_WINDOW_Y, row0, row1 - 1)
        link.command_1(_COUNTER_X, 0)
        link.command_2(_COUNTER_Y, row0 & 0xFF, row0 >> 8)
