"""waveforms: our own waveforms in the controller's registers, and which of them a panel can show."""

# SPDX-License-Identifier: MIT
#
# ========  ==========================================================================================
# waveform  what it does
# ========  ==========================================================================================
# pulse     a part of the drive of each pixel in which the planes differ: ink comes in several of them, and
#           each pixel begins with its own, whatever the others have had (native/pulses.c)
# turn      the whole of that drive in one piece
# dark      drives every pixel towards black, whatever the planes have: the first part of a page
# page      the rest of it: shows the new plane, whatever glass and old plane have. Together they add up to no charge
#           for any pixel: the wipe, and a note that has had many pulses
# ========  ==========================================================================================
#
# They are computed for classes of temperatures (kesu.spec.waveforms). Voltages and VCOM are those that the OTP
# brings with its own waveform: a load from OTP comes first, and again after a reset and after each waveform of
# the OTP. The controller's sensor is read after each load.
#
# Nothing published says how long an activation takes, or whether the waveform in the registers is used at all.
# BUSY shows it: the first page must take its time, which gives the length of a frame, and then a short waveform of
# zero volts gives what an activation adds. What a panel cannot do, it is not asked again: first pulses, then all of
# our own waveforms. Nothing of this is kept over a restart.
from kesu_pad.panel import controller
from kesu_pad.panel.controller import (
    DARK,
    DIFFERENCE,
    FLASH,
    OK,
    OTHER,
    PAGE,
    PROBE,
    PULSE,
    STILL,
    TURN,
)
from micropython import const

_WRITE_LUT = const(0x32)

# 22h values (hardware-facts A.3).
_SHOW_POWERED = const(0x0C)  # mode 2, waveform in the registers, nothing loaded; rails are on
_SHOW = const(0xCC)  # the same, clock and rails on first
_PARTIAL = const(0xFC)  # mode 2, waveform of the OTP for the sensed temperature; leaves the panel powered
_PARTIAL_AGAIN = const(0x1C)  # the same without clock, rails and sensor, which must be on and have been read

# How much is possible, see above.
OTP = const(0)
WHOLE = const(1)
PULSES = const(2)

# Indexes of a class.
_FROM_C = const(0)
_PULSE_FRAMES = const(1)
_PULSES = const(2)
_DARK_FRAMES = const(3)
_PAGE_FRAMES = const(4)
_PULSE_LUT = const(5)
_TURN_LUT = const(6)
_DARK_LUT = const(7)
_PAGE_LUT = const(8)

# A sensor outside of this is not there, or cannot be read: the wiring of the module may not allow it. Offices
# are not colder than the other.
_LEAST_C = const(1)
_MOST_C = const(50)
_OFFICE_C = const(18)

# 40 until the panel is reset, 20 for reset and load, 96 of power-on, 16 each to write both planes before the page and
# after it; with slack.
_READY_BESIDES_MS = const(260)
_LOAD_MAX_MS = const(150)
# A skipped refresh ends in 85 to 225 ms; asking for clock and rails again takes some 80 (hardware-facts A.3, A.5).
_AGAIN_SAVES_MS = const(20)
# Published: 96 ms of power-on (hardware-facts A.5).
_POWER_ON_MAX_MS = const(150)
# More than this for each activation, and pulses are slower than one whole drive.
OVERHEAD_MAX_MS = const(30)
_PAGE_OVERHEAD_MAX_MS = const(120)
_PROBE_MAX_MS = const(600)


class OwnWaveforms(controller.Controller):
    """Base of a driver. `luts`: its module of waveforms; `load_control`: 22h value that loads voltages from OTP."""

    def __init__(self, transport, luts, load_control):
        super().__init__(transport)
        self._luts = luts
        self._load_control = load_control
        self.rung = PULSES
        self.probed = False
        self._class = self._luts.CLASSES[0]
        self._loaded = False
        self._loading = False
        self._lut = None
        self._page_took_ms = 0
        # Whether the OTP's partial waveform is loaded, and whether it can be shown without a new load.
        self._otp_loaded = False
        self._shows_again = True
        self._is_again = False

    @property
    def pulses(self):
        """How many activations a pixel needs for its new tone."""
        return self._class[_PULSES] if self.rung == PULSES else 1

    @property
    def page_ms(self):
        """How long both parts of a page of our own take, without what they need besides."""
        return (self._class[_DARK_FRAMES] + self._class[_PAGE_FRAMES]) * self._luts.FRAME_US // 1000

    def prepares(self):
        """Return whether an activation that was asked for still waits for a reset or a load to end."""
        return self._waits or self._loading

    def start_ink(self):
        """Drive the pixels in which the planes differ, once of `pulses` times."""
        if self.rung == PULSES:
            self._want(PULSE)
        else:
            self.start_turn()

    def start_turn(self):
        """Drive the pixels in which the planes differ to the tone of the new plane: 0.25 to 0.5 s."""
        self._want(TURN if self.rung else DIFFERENCE)

    def start_dark(self):
        """Drive every pixel towards black, whatever the planes have: 0.13 to 0.29 s. A page must follow. Not with
        waveforms of the OTP."""
        self._want(DARK)

    def start_page(self):
        """Show the new plane, whatever the glass shows: 0.9 to 1.4 s after `start_dark`, or a flashing refresh of the
        OTP."""
        self._want(PAGE if self.rung else FLASH)

    def start_probe(self):
        """Find out whether pulses are possible: 0.06 s, in which nothing is driven. A page must have been shown, and
        the planes be equal."""
        self._want(PROBE)

    @property
    def own_ready_after_ms(self):
        """The earliest READY after an event if the wipe shows a page of our own."""
        return _READY_BESIDES_MS + self.page_ms

    def forget(self, ms):
        """Clear the state and the times of the last refresh."""
        super().forget(ms)
        self._loading = False

    def _reset(self):
        super()._reset()
        self._loaded = False
        self._loading = False
        self._lut = None
        self._otp_loaded = False
        self._is_again = False

    def _drive(self):
        if self._wanted == FLASH or self._wanted == DIFFERENCE:
            self._loaded = False
            self._lut = None
            super()._drive()
            self._powered = True
        elif not self._loaded:
            self._loading = True
            self._otp_loaded = False
            self._prepare()
            self._start(self._load_control, 0, _LOAD_MAX_MS)
        else:
            self._show()

    def _start_partial(self, least_ms, most_ms):
        """Show the OTP's partial waveform, without loading temperature and rails again if the panel can do that."""
        self._is_again = self._otp_loaded and self._shows_again
        if self._is_again:
            self._start(_PARTIAL_AGAIN, least_ms - _AGAIN_SAVES_MS, most_ms)
        else:
            self._start(_PARTIAL, least_ms, most_ms)

    def _learned(self):
        if self._wanted == DIFFERENCE and self._is_again:
            self._shows_again = False
            self._drive()
            return True
        return False

    def _prepare(self):
        """Set what our waveforms need besides. Overridden by each driver."""

    def _show(self):
        wanted = self._wanted
        luts = self._luts
        least_ms = 0
        extra_ms = _PAGE_OVERHEAD_MAX_MS
        if wanted == PULSE:
            lut = self._class[_PULSE_LUT]
            frames = self._class[_PULSE_FRAMES]
            extra_ms = 2 * OVERHEAD_MAX_MS
        elif wanted == TURN:
            lut = self._class[_TURN_LUT]
            frames = self._class[_PULSE_FRAMES] * self._class[_PULSES]
        elif wanted == DARK:
            lut = self._class[_DARK_LUT]
            frames = self._class[_DARK_FRAMES]
        elif wanted == PAGE:
            lut = self._class[_PAGE_LUT]
            frames = self._class[_PAGE_FRAMES]
        else:
            lut = luts.PROBE
            frames = luts.PROBE_FRAMES
            extra_ms = _PROBE_MAX_MS
        ms = frames * luts.FRAME_US // 1000
        if wanted != PROBE:
            least_ms = ms - ms // 10
        if self._lut is not lut:
            self._link.stream(_WRITE_LUT, lut, 0, luts.BYTES)
            self._lut = lut
        control = _SHOW
        if not self._powered:
            extra_ms += _POWER_ON_MAX_MS
        elif self.rung == PULSES:
            control = _SHOW_POWERED
        self._powered = True
        self._start(control, least_ms, ms + ms // 10 + extra_ms)

    def _took(self, length_ms):
        self._otp_loaded = self._wanted == DIFFERENCE and not self._loading
        if self._loading:
            self._loading = False
            self._loaded = True
            self._lut = None
            self._choose()
            self._drive()
            return STILL
        if self._wanted == PAGE and not self.probed:
            self._page_took_ms = length_ms
        elif self._wanted == PROBE:
            self._judge(length_ms)
        return OK

    def _choose(self):
        """Choose the class of the temperature that the controller has just measured."""
        celsius = self._sensed()
        if celsius < _LEAST_C or celsius > _MOST_C:
            celsius = _OFFICE_C
        for each in self._luts.CLASSES:
            self._class = each
            if celsius >= each[_FROM_C]:
                break

    def _sensed(self):
        """Return the temperature in whole degrees. Overridden by each driver."""
        return _OFFICE_C

    def _judge(self, probe_ms):
        """Decide by the lengths of the first page and of the probe whether pulses are possible."""
        luts = self._luts
        frames = self._class[_PAGE_FRAMES] - luts.PROBE_FRAMES
        frame_us = (self._page_took_ms - probe_ms) * 1000 // frames
        self._page_took_ms = 0
        self.probed = True
        overhead_us = probe_ms * 1000 - luts.PROBE_FRAMES * luts.FRAME_US
        slack_us = luts.FRAME_US // 10
        if abs(frame_us - luts.FRAME_US) > slack_us or overhead_us > OVERHEAD_MAX_MS * 1000:
            self.rung = WHOLE

    def _gives_up(self):
        # At a start nothing is known yet, and a repetition would take too long.
        return not self.probed and self.rung != OTP and self._wanted >= PULSE

    def _failed(self, verdict):
        if not self._gives_up():
            return verdict
        self.rung = OTP
        self.probed = True
        self._loading = False
        self._reset()
        return OTHER
