"""faults: fault handling: wipe the note, show a numeric code, reset the pad."""

# SPDX-License-Identifier: MIT
#
# =====  ======================================================
# code   meaning
# =====  ======================================================
# 1-39   panel, as numbered by its driver
# 40     touch chip does not answer
# 41     a refresh ended too soon, twice
# 42     a refresh did not end, twice
# 90     allocation while the heap is locked
# 91     bus error
# 92     the stack is nearly used up
# 99     anything else
# =====  ======================================================
from time import ticks_diff, ticks_ms

import native
from kesu_pad import callline, screens, wipe
from kesu_pad import geometry as g
from kesu_pad.panel import controller
from micropython import const

TOUCH = const(40)
REFRESH_SHORT = const(41)
REFRESH_LONG = const(42)
MEMORY = const(90)
BUS = const(91)
STACK = const(92)
OTHER = const(99)

_NAP_MS = const(50)  # within the watchdog's time


def code_of(error):
    """Return the code of an exception; exceptions carry numbers only, never what the pen did."""
    if isinstance(error, controller.PanelFault):
        return error.code
    if isinstance(error, MemoryError):
        return MEMORY
    if isinstance(error, OSError):
        return BUS
    if isinstance(error, RuntimeError):
        # Raised by native.wait() or by the interpreter's own stack check.
        return STACK
    return OTHER


def code_of_refresh(verdict):
    """Return the code for the panel's verdict on a refresh."""
    return REFRESH_SHORT if verdict == controller.TOO_SHORT else REFRESH_LONG


class Faults:
    """Fails closed. Built at start-up, because nothing can be allocated when a fault occurs."""

    def __init__(self, board, owners, memo, panel, sampler, touch, line, show_ms):
        self._board = board
        self._owners = owners
        self._memo = memo
        self._panel = panel
        self._sampler = sampler
        self._touch = touch
        self._line = line
        self._show_ms = show_ms
        self._ends = False  # True when a reset follows

    def clear(self):
        """Zero the note, whiten planes and glass, scrub; blocks for half a second. For faults and Ctrl-C."""
        sampler = self._sampler
        # A turn of the loop may end later on ink, so a silent touch chip counts from the report that was not read.
        start_ms = sampler.fault_ms if sampler.fault else ticks_ms()
        sampler.stop()
        self._owners.zero()
        try:
            if not self._panel.abort():
                # Fill the planes and drive the glass anyway, without waiting for a BUSY that does not fall.
                self._panel.trusts_busy = False
            self._panel.fill_planes(0xFF, 0x00)
        finally:
            self._owners.forget(0)
            native.scrub()
            # What follows starts at a fixed time, as in a wipe: how long the above takes depends on ink.
            self._until(start_ms, wipe.WHITE_AT_MS)
            self._tell()
        self._touch.hold()
        self._panel.restart()
        self._panel.start_partial()
        native.scrub()
        self._settle()
        self._touch.release()

    def fail(self, code):
        """Clear, show `code` for a while, reset. If that fails too, the next boot clears the glass.

        The pause is never left out: a pad with a dead panel would restart twice a second, and no host could
        read the fault bit.
        """
        native.zero_owned()
        if code < TOUCH or code == REFRESH_LONG:
            # BUSY has failed: do not wait for it any more.
            self._panel.trusts_busy = False
        self._ends = True
        try:
            self.clear()
        except BaseException:
            # Try again: a dead panel fails again, but after any other failure the note must not stay on the
            # glass during the pause.
            try:
                self.clear()
            except BaseException:
                pass
        try:
            self._memo.clear()
            screens.fault(self._memo.under, code)
            self._memo.keep_all()
            self._panel.write_new(self._memo.shown, 0, g.HEIGHT)
            self._panel.write_old(self._memo.shown, 0, g.HEIGHT)
            self._panel.start_fast_full()
            self._settle()
        except BaseException:  # the code cannot be shown; continue with the reset
            pass
        native.zero_owned()
        native.scrub()
        try:
            self._until(ticks_ms(), self._show_ms)
        except BaseException:
            pass
        native.zero_owned()
        native.scrub()
        self._board.reset()

    def _tell(self):
        """Report the fault to the host, once note and planes are cleared."""
        try:
            if self._ends and self._line is not None:
                self._line.show(callline.RI, ticks_ms())
        except BaseException:
            pass

    def _settle(self):
        while self._panel.finished() == controller.STILL:
            self._board.watchdog_feed()
            native.wait(ticks_ms(), self._panel.left(5))

    def _until(self, start_ms, after_ms):
        """Sleep until `after_ms` after ticks `start_ms`; return at once if that has passed."""
        left = after_ms - ticks_diff(ticks_ms(), start_ms)
        while left > 0:
            self._board.watchdog_feed()
            native.wait(ticks_ms(), left if left < _NAP_MS else _NAP_MS)
            left = after_ms - ticks_diff(ticks_ms(), start_ms)
