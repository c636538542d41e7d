"""wipe: the routine that every wipe event and every boot runs; its duration does not depend on ink."""

# SPDX-License-Identifier: MIT
#
# ====  =============================  ================================================================
# step  at, from the event's edge      what
# ====  =============================  ================================================================
# 1     0                              sampling stops; note, page and ring to zero (R1)
# 2     0                              panel reset in any case, so that from here on nothing depends on what
#                                      it did; planes to FF (new) and 00 (old) (R7):
#                                      their difference drives EVERY pixel to white, whatever it showed;
#                                      constants through the I2C block, dead memory scrubbed (R2 to R4)
# 3     WHITE_AT_MS                    touch chip held in reset (R9), scrubbed again; the panel loads voltages
#                                      and temperature, then every pixel is driven towards black
#                                      (panel/waveforms.py)
# 4     after that                     READY (or AWAY, PAYMENT) into both planes, and the rest of a page of our
#                                      own: it drives every pixel to both ends, whatever it showed, with no
#                                      charge in total, and ends with READY
# 5     after that                     READY into both planes; at a start, the probe of the panel
# 6     READY_AFTER_MS, but not        everything scrubbed once more, chip sampling again, done
#       before ready_after_ms of the
#       panel
# ====  =============================  ================================================================
#
# On a panel that cannot show our waveforms steps 3 to 5 are: differential refresh of the OTP; at clean_at_ms of
# the panel READY into both planes and the OTP's flashing refresh.
#
# At a start each step is START_AHEAD_MS earlier, and step 2 has no reset: the panel was reset just before, and
# no waveform runs.
#
# An event during a wipe only changes the page at its end: the note is gone already. If the page is on the glass by
# then, the pixels that differ are driven once more.
#
# Steps start at fixed times and not at the end of the step before, so nothing that is stored or shown
# afterwards depends on how much ink there was. Each refresh must keep BUSY high for its published time; the
# panel's driver repeats a refresh that does not, and a second failure is a fault.
from time import ticks_add, ticks_diff

from kesu_pad import geometry as g
from kesu_pad import screens
from kesu_pad.panel import controller
from micropython import const

WHITE_AT_MS = const(40)  # zeroing, reset and both planes take about 20 ms
START_AHEAD_MS = const(20)  # nothing to abort; planes and scrub take less than the other 20
_POLL_MS = const(100)  # BUSY's falling edge ends the sleep; this is for a missing edge

_OFF = const(0)
_PLANES_DONE = const(1)
_DARKENING = const(2)
_WHITENING = const(3)
_WHITE = const(4)
_SHOWING = const(5)
_PROBING = const(6)
_CLEAN = const(7)

_NONE = const(-1)  # no page is drawn


class Wipe:
    """Stepped by the loop. `scrub_due` asks the loop for native.scrub() where its stack is shallowest.

    `to_tell` asks it to report the wipe to the host: at a fixed time, because the duration of step 2 depends
    on ink. `uncharged` says that the page asks for patience, because the hold-up cell is low.
    """

    def __init__(self, owners, memo, panel, sampler, touch, line, holdup, ready_after_ms):
        self._owners = owners
        self._memo = memo
        self._panel = panel
        self._sampler = sampler
        self._touch = touch
        self._line = line
        self._holdup = holdup
        self._ready_after_ms = ready_after_ms
        self._phase = _OFF
        self._unsure = False
        self._held = False
        self._fresh = False
        self._event_ms = 0
        self._drawn = _NONE
        self.scrub_due = False
        self.to_tell = False
        self.active = False
        self.done = False
        self.page = screens.READY
        self.tip = 0
        self.signs = 0
        self.pen_off = False
        self.uncharged = False

    def start(self, event_ms):
        """Carry out steps 1 and 2 at once; `event_ms` is the ticks of the event's edge.

        `page` and `tip` select what is shown at the end; with `pen_off` READY takes no ink.
        """
        self._sampler.stop()
        self._owners.zero()
        self.active = True
        self.done = False
        self._event_ms = event_ms
        self._drawn = _NONE
        self._unsure = not self._fresh and not self._panel.abort()
        self._fresh = False
        self._panel.fill_planes(0xFF, 0x00)
        self._phase = _PLANES_DONE
        self._owners.forget(event_ms)
        self._sampler.flush()
        self.scrub_due = True

    def start_up(self, now_ms):
        """Carry out steps 1 and 2 of the wipe that belongs to every boot, right after the panel's `init`."""
        self._fresh = True
        self.start(ticks_add(now_ms, -START_AHEAD_MS))

    def step(self, now_ms):
        """Advance as far as time and BUSY allow. Returns 0, or the panel's verdict on a second failure."""
        since_ms = ticks_diff(now_ms, self._event_ms)
        if self._phase == _PLANES_DONE:
            if since_ms < WHITE_AT_MS:
                return 0
            if self._unsure:
                # BUSY was still high when the planes were written: the writes may have been lost.
                if self._panel.busy():
                    return controller.TOO_LONG
                self._panel.fill_planes(0xFF, 0x00)
            if self._panel.rung:
                self._panel.start_dark()
                self._phase = _DARKENING
            else:
                self._panel.start_partial()
                self._phase = _WHITENING
            # The chip keeps the last coordinates in registers that cannot be written.
            self._touch.hold()
            self._held = True
            self.to_tell = True
            self.scrub_due = True
        elif self._phase == _WHITE:
            if since_ms < self._panel.clean_at_ms:
                return 0
            self._draw()
            self._write()
            self._panel.start_fast_full()
            self._phase = _SHOWING
        elif self._phase == _CLEAN and self._is_old():
            # Another event came while the page was shown, or the line came back. The old plane has that page.
            self._draw()
            self._panel.write_new(self._memo.shown, 0, g.HEIGHT)
            self._panel.start_turn()
            self._phase = _SHOWING
        elif self._phase == _CLEAN:
            if since_ms < self._ready_at_ms():
                return 0
            if (self.page == screens.READY or self.page == screens.IDENTITY) and not self.pen_off:
                self._sampler.start()
            self._event_ms = 0
            self._drawn = _NONE
            self._phase = _OFF
            self.active = False
            self.done = True
            self.scrub_due = True
        elif self._phase != _OFF:
            if self._held and since_ms >= WHITE_AT_MS + self._touch.RESET_MS:
                self._touch.release()
                self._held = False
            return self._verdict()
        return 0

    def _draw(self):
        """Draw the page that the wipe ends with."""
        self._memo.clear()
        # Drawn here, so that a line that is down costs no refresh of its own after READY.
        self.signs = self._line.unlinked() if self._line is not None else 0
        # Once for each page and not in each turn: how many turns a wipe has depends on whether there was a note.
        self._holdup.sense()
        self.uncharged = self._holdup.low
        tip = screens.CHARGING if self.uncharged else self.tip
        screens.page(self._memo.under, self.page, tip, self.signs)
        self._memo.keep_all()
        self._drawn = self.page

    def _write(self):
        """Write the page to both planes."""
        self._panel.write_new(self._memo.shown, 0, g.HEIGHT)
        self._panel.write_old(self._memo.shown, 0, g.HEIGHT)

    def _is_old(self):
        """Return whether another page should be shown than the one that was drawn."""
        if self.page != self._drawn:
            return True
        # A line that is lost only now costs no refresh: perhaps the capacitor would have to feed it.
        return self.signs != 0 and self.page == screens.READY and not self._line.unlinked()

    def _ready_at_ms(self):
        least_ms = self._panel.ready_after_ms
        return self._ready_after_ms if self._ready_after_ms > least_ms else least_ms

    def about_ms(self):
        """Return the ticks that the first message of this wipe refers to: a fixed time after the event."""
        return ticks_add(self._event_ms, WHITE_AT_MS)

    def whitens(self):
        """Return whether the refresh that whitens the glass was started."""
        return self._phase > _PLANES_DONE

    def _verdict(self):
        """Take what the panel says of its last activation, and start the next one. Returns 0, or the verdict on a
        second failure."""
        if self._phase == _DARKENING and self._drawn == _NONE and not self._panel.prepares():
            self._draw()  # while the panel is busy
        result = self._panel.finished()
        if result == controller.STILL:
            return 0
        if result == controller.OTHER:
            # A waveform of the OTP flashes every pixel, whatever was driven.
            self._panel.abort()
            if self._drawn == _NONE:
                self._draw()
            self._write()
            self._panel.start_fast_full()
            self._phase = _SHOWING
            return 0
        if result != controller.OK:
            return result
        if self._phase == _DARKENING:
            # Both planes, because a waveform of mode 2 may have swapped them.
            self._write()
            self._panel.start_page()
            self._phase = _SHOWING
        elif self._phase == _WHITENING:
            self._phase = _WHITE
        elif self._phase == _SHOWING:
            self._write()
            self._phase = _CLEAN
            if not self._panel.probed:
                self._panel.start_probe()
                self._phase = _PROBING
        else:
            self._phase = _CLEAN
        return 0

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `step` has something to do, at most `limit_ms`."""
        if self._phase == _OFF:
            return limit_ms
        if self._phase == _PLANES_DONE:
            at_ms = WHITE_AT_MS
        elif self._phase == _WHITE:
            at_ms = self._panel.clean_at_ms
        elif self._phase == _CLEAN:
            if self._is_old():
                return 0
            at_ms = self._ready_at_ms()
        elif self._phase == _DARKENING and self._drawn == _NONE and not self._panel.prepares():
            return 0
        elif self._held:
            at_ms = WHITE_AT_MS + self._touch.RESET_MS
            limit_ms = self._panel.left(limit_ms)
        else:
            return self._panel.left(_POLL_MS)
        left = at_ms - ticks_diff(now_ms, self._event_ms)
        if left < 0:
            return 0
        return left if left < limit_ms else limit_ms
