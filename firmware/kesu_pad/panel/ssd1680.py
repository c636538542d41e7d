"""ssd1680: 2.9 inch panels of 296 x 128 (GDEY029T94, Waveshare V2), 1 bit per pixel, 1 = white."""

# SPDX-License-Identifier: MIT
#
# The glass is mounted rotated: the page's columns are the controller's gates, left to right, and its rows are
# the sources, from the last one up. Frames come in strips of eight rows (native.turn): one byte per column,
# low bit on top. With its address counter set to gates first and sources downwards, the controller takes any
# number of strips in one transfer, and nothing is rotated pixel by pixel here.
#
# Some panels have no partial waveform in their OTP, and none for the fast full refresh. The controller skips
# such a refresh silently. The first refresh of each kind shows it by the length of BUSY: a skipped one is started
# again at once, with the vendor's waveform in the registers or with the slow one. All have one for the full
# refresh in mode 1, so voltages and VCOM of our own waveforms are loaded with that.
from kesu_pad.panel import ssd1680_lut
from kesu_pad.panel.controller import DIFFERENCE, FLASH
from kesu_pad.panel.waveforms import OwnWaveforms
from micropython import const

_GATES = const(296)
_STRIDE = const(37)  # bytes of a row of the page; a strip is 8 of them
_LAST_BYTE = const(15)  # the top of the page: sources 120 to 127
_RAM_LAST_BYTE = const(21)  # the chip has 176 sources
_RAM_BYTES = const(6512)

# Commands (SSD1680 section 7, table in hardware-facts A.2).
_DRIVER_OUTPUT = const(0x01)
_GATE_VOLTAGE = const(0x03)
_SOURCE_VOLTAGE = const(0x04)
_DATA_ENTRY = const(0x11)
_TEMPERATURE_SENSOR = const(0x18)
_TEMPERATURE = const(0x1A)
_READ_TEMPERATURE = const(0x1B)
_UPDATE_1 = const(0x21)
_WRITE_NEW = const(0x24)
_WRITE_OLD = const(0x26)
_VCOM = const(0x2C)
_WRITE_LUT = const(0x32)
_BORDER = const(0x3C)
_END_OPTION = const(0x3F)
_WINDOW_X = const(0x44)
_COUNTER_X = const(0x4E)
_COUNTER_Y = const(0x4F)

_SOURCES_FROM_S8 = const(0x80)  # 21h, second byte: the glass is wired to S8 to S135 (hardware-facts A.6-9)

# 22h values (hardware-facts A.3); those that show something leave the panel powered.
_LOAD = const(0xB0)  # clock on, temperature, waveform and voltages of mode 1; shows nothing
_REGISTER_PARTIAL = const(0xCC)  # mode 2, waveform in the registers
_FAST_FULL = const(0xD4)  # mode 1, OTP waveform for the temperature in 1Ah
_FULL = const(0xF4)  # mode 1, OTP waveform for the sensed temperature
_FAST_TEMPERATURE = const(0x64)  # 100 degrees: where the OTP keeps the fast waveform

# Published (hardware-facts A.5): partial 362 ms, fast full 1715, full 4012 (V2) and 3155 (GDEM029T94), and 96 ms
# more from power-down. A skipped refresh ends in 85 to 225 ms.
_PARTIAL_MIN_MS = const(250)
_PARTIAL_MAX_MS = const(600)
_REGISTER_MIN_MS = const(230)
_REGISTER_MAX_MS = const(500)
_FAST_FULL_MIN_MS = const(1200)
_FAST_FULL_MAX_MS = const(2600)
_FULL_MIN_MS = const(2500)
_FULL_MAX_MS = const(5500)

# Whether the OTP has a waveform.
_UNKNOWN = const(0)
_THERE = const(1)
_MISSING = const(2)

# The vendor's partial waveform (hardware-facts A.4) with one change: unchanged pixels get no drive, where the
# vendor drives them for one frame each time. The rest is balanced: both transitions carry the same charge, 11
# frames at 50 Hz, followed by one frame of rest. Five LUTs of 12 groups, 12 group times, six bytes of frame
# rates, three of XON.
LUT = (
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # black stays black: VSS
    b"\x80\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # black to white: VSL
    b"\x40\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # white to black: VSH1
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # white stays white: VSS
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"  # border
    b"\x0a\x00\x00\x00\x00\x00\x00"  # 10 frames
    b"\x01\x00\x00\x00\x00\x00\x00"  # 1 frame
    b"\x01\x00\x00\x00\x00\x00\x00"  # 1 frame without drive
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    b"\x22\x22\x22\x22\x22\x22\x00\x00\x00"  # 50 Hz
)
_LUT_BYTES = const(153)


class Ssd1680(OwnWaveforms):
    """Driver. `clean_at_ms` and `ready_after_ms` are times of steps of the wipe, in ms from the event."""

    # 40 until the planes are white, 96 of power-on and 362 of the partial refresh; or, at boot, 106 for a
    # skipped refresh and 240 for its repetition; with slack.
    clean_at_ms = 560

    def __init__(self, transport):
        super().__init__(transport, ssd1680_lut, _LOAD)
        self._otp_partial = _UNKNOWN
        self._otp_fast = _UNKNOWN
        self._lut_loaded = False

    @property
    def ready_after_ms(self):
        """The earliest READY: after a page of our own, the OTP's fast full refresh, or its slow one if there is no
        fast one."""
        if self.rung:
            return self.own_ready_after_ms
        return 4700 if self._otp_fast == _MISSING else 2400

    def _set_registers(self):
        link = self._link
        self._lut_loaded = False
        link.command_3(_DRIVER_OUTPUT, (_GATES - 1) & 0xFF, (_GATES - 1) >> 8, 0)
        link.command_1(_TEMPERATURE_SENSOR, 0x80)  # the internal sensor

    def write_new(self, strips, row0, row1):
        """Send rows row0..row1-1 of the page, multiples of 8, to the plane that the next refresh shows."""
        self._write(_WRITE_NEW, strips, row0, row1)

    def write_old(self, strips, row0, row1):
        """Send rows row0..row1-1 to the plane that a partial refresh takes as the content of the glass."""
        self._write(_WRITE_OLD, strips, row0, row1)

    def write_both(self, strips, ages, row0, row1):
        """Send rows row0..row1-1 to the new plane, and to the old one without what still needs pulses (`ages`)."""
        first = _LAST_BYTE - row0 // 8
        self._window(first, _LAST_BYTE + 1 - row1 // 8)
        link = self._link
        link.stream(_WRITE_NEW, strips, row0 * _STRIDE, row1 * _STRIDE)
        link.command_1(_COUNTER_X, first)
        link.command_2(_COUNTER_Y, 0, 0)
        link.stream_old(_WRITE_OLD, strips, ages, row0 * _STRIDE, row1 * _STRIDE)

    def fill_planes(self, new_value, old_value):
        """Set every byte of both planes, also those of sources without glass; 6.8 ms in total."""
        self._window(_RAM_LAST_BYTE, 0)
        self._link.stream_fill(_WRITE_NEW, new_value, _RAM_BYTES)
        self._window(_RAM_LAST_BYTE, 0)
        self._link.stream_fill(_WRITE_OLD, old_value, _RAM_BYTES)

    def _drive_difference(self):
        """Start the OTP's partial refresh, 0.36 s, or the vendor's waveform in the registers, 0.24 s."""
        link = self._link
        link.command_2(_UPDATE_1, 0x00, _SOURCES_FROM_S8)
        link.command_1(_BORDER, 0x80)  # leave the border alone
        if self._otp_partial == _MISSING:
            self._load_lut()
            self._start(_REGISTER_PARTIAL, _REGISTER_MIN_MS, _REGISTER_MAX_MS)
        else:
            self._lut_loaded = False
            self._start_partial(_PARTIAL_MIN_MS, _PARTIAL_MAX_MS)

    def _prepare(self):
        link = self._link
        link.command_2(_UPDATE_1, 0x00, _SOURCES_FROM_S8)
        link.command_1(_BORDER, 0x80)
        self._lut_loaded = False

    def _sensed(self):
        # Sixteenths of a degree in 12 bits; below 0 it is above any that counts.
        return self._link.read(_READ_TEMPERATURE, 12) >> 4

    def _flash(self):
        """Start the full refresh: 1.7 s, or 4 s if there is no fast waveform."""
        link = self._link
        link.command_2(_UPDATE_1, 0x40, _SOURCES_FROM_S8)  # mode 1 would mix in the old plane
        link.command_1(_BORDER, 0x05)
        self._lut_loaded = False
        if self._otp_fast == _MISSING:
            self._start(_FULL, _FULL_MIN_MS, _FULL_MAX_MS)
        else:
            link.command_2(_TEMPERATURE, _FAST_TEMPERATURE, 0x00)  # sixteenths of a degree, left aligned
            self._start(_FAST_FULL, _FAST_FULL_MIN_MS, _FAST_FULL_MAX_MS)

    def _took(self, length_ms):
        if self._wanted == FLASH:
            if self._otp_fast == _UNKNOWN:
                self._otp_fast = _THERE
        elif self._wanted == DIFFERENCE and self._otp_partial == _UNKNOWN:
            self._otp_partial = _THERE
        return super()._took(length_ms)

    def _learned(self):
        if self._wanted == FLASH and self._otp_fast == _UNKNOWN:
            self._otp_fast = _MISSING
        elif self._wanted == DIFFERENCE and self._otp_partial == _UNKNOWN:
            self._otp_partial = _MISSING
        else:
            return super()._learned()
        self._drive()
        return True

    def _load_lut(self):
        """Load waveform and voltages into the registers, unless they are there; a load from OTP overwrites them.

        The voltages are the vendor's for this waveform: gates 20 V, sources +15 and -15 V, VCOM -1.35 V.
        """
        if self._lut_loaded:
            return
        link = self._link
        link.stream(_WRITE_LUT, LUT, 0, _LUT_BYTES)
        link.command_1(_END_OPTION, 0x22)
        link.command_1(_GATE_VOLTAGE, 0x17)
        link.command_3(_SOURCE_VOLTAGE, 0x41, 0xB0, 0x32)
        link.command_1(_VCOM, 0x36)
        self._lut_loaded = True

    def _write(self, op, strips, row0, row1):
        self._window(_LAST_BYTE - row0 // 8, _LAST_BYTE + 1 - row1 // 8)
        self._link.stream(op, strips, row0 * _STRIDE, row1 * _STRIDE)

    def _window(self, first, last):
        """Set the window to bytes first..last (downwards) of all gates. 45h keeps its reset value: all gates."""
        link = self._link
        self._check_idle()
        link.command_1(_DATA_ENTRY, 0x06)  # gates first and up, sources down
        link.command_2(_WINDOW_X, first, last)
        link.command_1(_COUNTER_X, first)
        link.command_2(_COUNTER_Y, 0, 0)
