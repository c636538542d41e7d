"""controller: base of the drivers of SSD16xx panels: resets, BUSY and the result of a refresh."""
# SPDX-License-Identifier: MIT

from time import ticks_diff, ticks_ms

from micropython import const

# What finished() returns.
OK = const(0)
STILL = const(1)
TOO_SHORT = const(2)
TOO_LONG = const(3)
OTHER = const(4)  # the panel does not show our own waveforms; those of its OTP will be used

# PanelFault codes.
STUCK = const(1)  # BUSY did not fall after a reset
BUSY = const(2)  # a command was about to interrupt a waveform

# Commands common to the family (hardware-facts A.2).
_SWRESET = const(0x12)
_ACTIVATE = const(0x20)
_UPDATE_2 = const(0x22)

_POWER_OFF = const(0x83)  # a value of 22h (hardware-facts A.3)

# A reset takes 2 ms (measured for SWRESET, hardware-facts A.2). If BUSY is high for longer than the limit, it
# is broken. If BUSY is not trusted, the pause replaces it: whether the chip takes commands while it is busy
# is not known. At a start the rails come on meanwhile: 96 ms, of which the imports take most.
_RESET_LIMIT_MS = const(100)
_RESET_PAUSE_MS = const(4)
# Published: 268 ms (SSD1683) and 140 ms (SSD1680), hardware-facts A.5; no time when it is off already.
_POWER_OFF_MIN_MS = const(0)
_POWER_OFF_MAX_MS = const(600)
# BUSY rises within this time or not at all.
_RISE_MS = const(2)


class PanelFault(Exception):
    """The panel does not respond as it must; `code` is STUCK or BUSY."""

    def __init__(self):
        super().__init__()
        self.code = 0


# What an activation is for. The first two use waveforms of the OTP, the others our own (waveforms.py).
DIFFERENCE = const(0)
FLASH = const(1)
PULSE = const(2)
TURN = const(3)
DARK = const(4)
PAGE = const(5)
PROBE = const(6)


class Controller:
    """Base of a driver. Nothing is allocated after the constructor.

    Nothing here waits for a waveform, and only `init` and `abort` wait for a reset: they may only be called
    when there is no ink. What a refresh needs first (a reset, the registers) is done by `finished`, which the
    loop calls between its other work.
    """

    def __init__(self, transport):
        self._link = transport
        self._configured = False
        self._running = False
        self._wanted = DIFFERENCE
        self._waits = False  # a refresh waits for the end of a reset
        self._was_reset = False  # RST was pulsed, and no command has followed
        self._was_cleared = False  # SWRESET has followed
        self._reset_ms = 0
        self._retried = False
        self._powered = False  # the rails are on
        self._started_ms = 0
        self._min_ms = 0
        self._max_ms = 0
        # False while a fault is handled: if BUSY does not fall, its wire may be broken while the panel works
        # and still shows the note.
        self.trusts_busy = True
        # Made here, because an exception cannot be made while the heap is locked.
        self._fault = PanelFault()

    def forget(self, _ms):
        """Clear the state and the times of the last refresh."""
        self._running = False
        self._waits = False
        self._started_ms = 0
        self._min_ms = 0
        self._max_ms = 0
        self._retried = False
        self._link.arm()

    def init(self):
        """Set the registers of a controller that the start has reset and powered (native/boot_panel.c); both planes
        keep what they hold. Waits until the rails are on, some 15 ms.

        PanelFault STUCK: BUSY stays high.
        """
        self._was_cleared = True
        self._powered = True
        self._reset_ms = ticks_ms()
        while not self._prepared():
            pass

    def _reset(self):
        self._running = False
        self._waits = False
        self._configured = False
        self._was_cleared = False
        self._powered = False
        self._link.reset()
        self._was_reset = True
        self._reset_ms = ticks_ms()

    def _prepared(self):
        """Advance the reset and the registers. Returns whether a waveform can start.

        PanelFault STUCK: BUSY stays high.
        """
        if self._configured:
            return True
        if self._was_reset or self._was_cleared:
            elapsed_ms = ticks_diff(ticks_ms(), self._reset_ms)
            if not self.trusts_busy:
                if elapsed_ms < _RESET_PAUSE_MS:
                    return False
            elif self._link.busy():
                if elapsed_ms > _RESET_LIMIT_MS:
                    self._fail(STUCK)
                return False
        if not self._was_cleared:
            self._link.command(_SWRESET)
            self._link.settle()
            self._reset_ms = ticks_ms()
            self._was_reset = False
            self._was_cleared = True
            return False
        self._was_cleared = False
        self._set_registers()
        self._configured = True
        self._reset_ms = 0
        return True

    def _set_registers(self):
        """Set the registers that differ from their values after a reset. Overridden by each driver."""

    def busy(self):
        """Return whether BUSY is high."""
        return self._link.busy() == 1

    def start_partial(self):
        """Drive the pixels in which the planes differ; the glass must show the old plane."""
        self._want(DIFFERENCE)

    def start_fast_full(self):
        """Flash every pixel and show the new plane, whatever the glass shows."""
        self._want(FLASH)

    def _want(self, what):
        self._wanted = what
        self._retried = False
        self._begin()

    def _begin(self):
        self._check_idle()
        self._waits = not self._prepared()
        if not self._waits:
            self._drive()

    def _drive(self):
        if self._wanted == FLASH:
            self._flash()
        else:
            self._drive_difference()

    def _drive_difference(self):
        """Start the partial refresh. Overridden by each driver."""

    def _flash(self):
        """Start the fast full refresh. Overridden by each driver."""

    def power_off(self):
        """Switch rails and oscillator off (0.14 to 0.27 s); the next refresh switches them on by itself.

        After a reset they are off already.
        """
        self._check_idle()
        if self._configured:
            self._powered = False
            self._start(_POWER_OFF, _POWER_OFF_MIN_MS, _POWER_OFF_MAX_MS)

    def abort(self):
        """Stop whatever the controller does by a reset, which also completes an interrupted one; 4 ms at most.

        It resets an idle controller, too: neither this nor what follows depends on whether a waveform ran. The planes
        can be written at once; the other registers are set before the next refresh. Returns whether BUSY is low at
        the end: if it is not, writes may be lost.
        """
        self._reset()
        self._link.wait_reset(self.trusts_busy)
        return not self._link.busy()

    def restart(self):
        """Reset the controller in any state, so that the time of what follows does not depend on ink."""
        self._reset()

    def prepares(self):
        """Return whether an activation that was asked for still waits for a reset or a load to end."""
        return self._waits

    def left(self, limit_ms):
        """Return the milliseconds until `finished` must be called again; BUSY's fall ends the sleep too."""
        return 1 if self._waits else limit_ms

    def finished(self):
        """Return the state of the last refresh: STILL, then once OK, TOO_SHORT (not painted) or TOO_LONG; else OK.

        A failed refresh is repeated once automatically; only a second failure is returned. The length is
        measured at BUSY's edge, so it does not matter how late this is called.
        """
        if self._waits:
            if self._prepared():
                self._waits = False
                self._drive()
            return STILL
        if not self._running:
            return OK
        link = self._link
        elapsed_ms = ticks_diff(ticks_ms(), self._started_ms)
        if link.busy():
            if elapsed_ms <= self._max_ms:
                return STILL
            return self._again(TOO_LONG)
        if not link.fell and elapsed_ms < _RISE_MS:
            return STILL
        self._running = False
        length_ms = ticks_diff(link.fell_ms, self._started_ms) if link.fell else 0
        # Clear the times after use: they depend on the note that was on the pad.
        link.arm()
        self._started_ms = 0
        if length_ms < self._min_ms:
            return STILL if self._learned() else self._again(TOO_SHORT)
        if length_ms > self._max_ms:
            return self._again(TOO_LONG)
        return self._took(length_ms)

    def _again(self, verdict):
        """Repeat a failed refresh and return STILL; the second time return `verdict`."""
        self._running = False
        if self._retried or self._gives_up():
            return self._failed(verdict)
        self._retried = True
        # A waveform of the wrong length may be that of a chip which lost its registers.
        self._reset()
        self._begin()
        return STILL

    def _took(self, _length_ms):
        """Called after an activation of the right length. Returns OK, or STILL if another one was started."""
        return OK

    def _gives_up(self):
        """Return whether a failed activation is not to be repeated."""
        return False

    def _failed(self, verdict):
        """Return what `finished` returns of an activation that failed for good."""
        return verdict

    def _learned(self):
        """Return whether the driver has started another waveform instead of the skipped one."""
        return False

    def _start(self, control, min_ms, max_ms):
        link = self._link
        link.command_1(_UPDATE_2, control)
        self._min_ms = min_ms
        self._max_ms = max_ms
        link.arm()
        self._started_ms = ticks_ms()
        self._running = True
        link.command(_ACTIVATE)

    def _check_idle(self):
        # After a reset no waveform runs, however long BUSY takes to fall.
        if self.trusts_busy and not self._was_reset and not self._was_cleared and self._link.busy():
            self._fail(BUSY)

    def _fail(self, code):
        self._fault.code = code
        raise self._fault
