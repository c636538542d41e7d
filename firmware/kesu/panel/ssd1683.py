"""ssd1683: Good Display GDEY042T81, 400 x 300, 1 bit per pixel, 1 = white."""
# SPDX-License-Identifier: MIT

from time import ticks_diff, ticks_ms

from micropython import const

_HEIGHT = const(300)
_STRIDE = const(50)

# What finished() returns.
OK = const(0)
STILL = const(1)
TOO_SHORT = const(2)
TOO_LONG = const(3)

# PanelFault codes.
STUCK = const(1)  # BUSY did not fall after a reset
BUSY = const(2)  # a command was about to interrupt a waveform

# Commands (SSD1683 section 7, table in hardware.md A.2).
_DRIVER_OUTPUT = const(0x01)
_DATA_ENTRY = const(0x11)
_SWRESET = const(0x12)
_TEMPERATURE_SENSOR = const(0x18)
_TEMPERATURE = const(0x1A)
_ACTIVATE = const(0x20)
_UPDATE_1 = const(0x21)
_UPDATE_2 = const(0x22)
_WRITE_NEW = const(0x24)
_WRITE_OLD = const(0x26)
_BORDER = const(0x3C)
_WINDOW_X = const(0x44)
_WINDOW_Y = const(0x45)
_COUNTER_X = const(0x4E)
_COUNTER_Y = const(0x4F)

# 22h values (hardware.md A.3).
_PARTIAL = const(0xFC)  # mode 2, OTP waveform for the sensed temperature, stays powered
_FAST_FULL = const(0xD4)  # mode 1, OTP waveform for the temperature in 1Ah, stays powered
_POWER_OFF = const(0x83)
_FAST_TEMPERATURE = const(0x6E)  # 110 degrees: where the OTP keeps the fast waveform

# BUSY after a reset: 2 ms measured for SWRESET (hardware.md A.2); then something is broken.
_RESET_LIMIT_MS = const(50)
# A refresh that the controller skips without a word is over in 85 to 225 ms (hardware.md A.3). Published:
# 358 ms partial and 1140 ms fast full, 96 ms more from powered down; some panels of 2024 take 1500 ms.
_PARTIAL_MIN_MS = const(250)
_PARTIAL_MAX_MS = const(600)
_FAST_FULL_MIN_MS = const(800)
_FAST_FULL_MAX_MS = const(2000)
# Published: 268 ms (hardware.md A.5); nothing to do when the panel is off already.
_POWER_OFF_MIN_MS = const(0)
_POWER_OFF_MAX_MS = const(600)
# BUSY that has not risen by then will not.
_RISE_MS = const(2)


class PanelFault(Exception):
    """The panel cannot be trusted to show what it is told; `code` is STUCK or BUSY."""

    def __init__(self):
        super().__init__()
        self.code = 0


class Ssd1683:
    """Driver. Nothing here waits for a waveform, and nothing is allocated after the constructor."""

    WIDTH = 400
    HEIGHT = 300
    STRIDE = 50

    def __init__(self, transport):
        self._link = transport
        self._configured = False
        self._running = False
        self._started_ms = 0
        self._min_ms = 0
        self._max_ms = 0
        # Made here, because an exception cannot be made while the heap is locked.
        self._fault = PanelFault()

    def init(self):
        """Reset the controller and set its registers; both planes keep what they hold. Takes about 3 ms.

        PanelFault STUCK: BUSY stays high.
        """
        self._reset()
        self._configure()

    def _reset(self):
        self._running = False
        self._configured = False
        self._link.reset()
        self._wait_reset()

    def _configure(self):
        link = self._link
        link.command(_SWRESET)
        link.settle()
        self._wait_reset()
        link.command_3(_DRIVER_OUTPUT, (_HEIGHT - 1) & 0xFF, (_HEIGHT - 1) >> 8, 0)
        link.command_1(_DATA_ENTRY, 0x03)  # X then Y, both counting up
        link.command_1(_TEMPERATURE_SENSOR, 0x80)  # the one inside
        link.command_2(_WINDOW_X, 0, _STRIDE - 1)
        self._configured = True

    def busy(self):
        """Return whether BUSY is high."""
        return self._link.busy() == 1

    def write_new(self, frame, row0, row1):
        """Send rows row0..row1-1 of `frame` to the plane that the next refresh shows."""
        self._write(_WRITE_NEW, frame, row0, row1)

    def write_old(self, frame, row0, row1):
        """Send rows row0..row1-1 of `frame` to the plane that a partial refresh takes for the glass."""
        self._write(_WRITE_OLD, frame, row0, row1)

    def fill_planes(self, new_value, old_value):
        """Set every byte of the new and of the old plane, in 15.5 ms together."""
        self._window(0, _HEIGHT)
        self._link.stream_fill(_WRITE_NEW, new_value, _STRIDE * _HEIGHT)
        self._window(0, _HEIGHT)
        self._link.stream_fill(_WRITE_OLD, old_value, _STRIDE * _HEIGHT)

    def start_partial(self):
        """Drive the pixels in which the planes differ (0.36 s); the glass must show the old plane."""
        self._prepare()
        link = self._link
        link.command_2(_UPDATE_1, 0x00, 0x00)  # mode 2 compares with the old plane
        link.command_1(_BORDER, 0x80)  # leave the border alone
        self._start(_PARTIAL, _PARTIAL_MIN_MS, _PARTIAL_MAX_MS)

    def start_fast_full(self):
        """Flash every pixel and show the new plane (1.14 s), whatever the glass shows."""
        self._prepare()
        link = self._link
        link.command_2(_UPDATE_1, 0x40, 0x00)  # mode 1 would mix in the old plane (hardware.md A.6-4)
        link.command_1(_BORDER, 0x01)
        link.command_1(_TEMPERATURE, _FAST_TEMPERATURE)
        self._start(_FAST_FULL, _FAST_FULL_MIN_MS, _FAST_FULL_MAX_MS)

    def power_off(self):
        """Switch the rails and the oscillator off (0.27 s); the next refresh switches them on by itself."""
        self._prepare()
        self._start(_POWER_OFF, _POWER_OFF_MIN_MS, _POWER_OFF_MAX_MS)

    def abort(self):
        """Stop a waveform that runs, by reset; else do nothing. Takes about 2.5 ms.

        The planes can be written at once, since the window and the data entry mode after a reset are those
        that init() sets (hardware.md A.2); the other registers are set before the next refresh.
        """
        if self._link.busy():
            self._reset()
        self._running = False

    def finished(self):
        """Return how the last start went: STILL, then once OK, TOO_SHORT (not painted) or TOO_LONG; else OK.

        The length is taken at BUSY's own edge, so it does not matter how late this is asked.
        """
        if not self._running:
            return OK
        link = self._link
        elapsed_ms = ticks_diff(ticks_ms(), self._started_ms)
        if link.busy():
            if elapsed_ms <= self._max_ms:
                return STILL
            self._running = False
            return TOO_LONG
        if not link.fell and elapsed_ms < _RISE_MS:
            return STILL
        self._running = False
        length_ms = ticks_diff(link.fell_ms, self._started_ms) if link.fell else 0
        if length_ms < self._min_ms:
            return TOO_SHORT
        return OK if length_ms <= self._max_ms else TOO_LONG

    def _write(self, op, frame, row0, row1):
        self._window(row0, row1)
        self._link.stream(op, frame, row0 * _STRIDE, row1 * _STRIDE)

    def _window(self, row0, row1):
        link = self._link
        self._check_idle()
        link.command_words(_WINDOW_Y, row0, row1 - 1)
        link.command_1(_COUNTER_X, 0)
        link.command_2(_COUNTER_Y, row0 & 0xFF, row0 >> 8)

    def _start(self, control, min_ms, max_ms):
        link = self._link
        link.command_1(_UPDATE_2, control)
        self._min_ms = min_ms
        self._max_ms = max_ms
        link.arm()
        self._started_ms = ticks_ms()
        self._running = True
        link.command(_ACTIVATE)

    def _prepare(self):
        self._check_idle()
        if not self._configured:
            self._configure()

    def _check_idle(self):
        if self._link.busy():
            self._fail(BUSY)

    def _wait_reset(self):
        start_ms = ticks_ms()
        while self._link.busy():
            if ticks_diff(ticks_ms(), start_ms) > _RESET_LIMIT_MS:
                self._fail(STUCK)

    def _fail(self, code):
        self._fault.code = code
        raise self._fault
