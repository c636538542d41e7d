"""wipe: the routine that every wipe event and every boot runs; its duration does not depend on ink."""

# SPDX-License-Identifier: MIT
#
# =======  =============================  =============================================================
# step     at, from the event's edge      what
# =======  =============================  =============================================================
# 1        0                              sampling stops; note, page and ring to zero (R1)
# 2        0                              a running waveform is aborted; planes to FF (new) and 00 (old) (R7):
#                                         their difference drives EVERY pixel to white, whatever it showed;
#                                         constants through the I2C block, dead memory scrubbed (R2 to R4)
# 3        WHITE_AT_MS                    touch chip held in reset (R9), scrubbed again; panel reset in any
#                                         case, so that from here on no time depends on a waveform that ran;
#                                         differential refresh
# 4        clean_at_ms of the panel       READY (or AWAY, PAYMENT) into both planes, full refresh
# 5        READY_AFTER_MS, but not before everything scrubbed once more, chip sampling again, done
#          ready_after_ms of the panel
# =======  =============================  =============================================================
#
# At a start steps 3 to 5 are START_AHEAD_MS earlier and step 3 has no reset: the panel was reset just before, and
# no waveform runs.
#
# Steps start at fixed times and not at the end of the step before, so nothing that is stored or shown
# afterwards depends on how much ink there was. Each refresh must keep BUSY high for its published time; the
# panel's driver repeats a refresh that does not, and a second failure is a fault.
from time import ticks_add, ticks_diff

from kesu_pad import geometry as g
from kesu_pad import screens
from kesu_pad.panel import controller
from micropython import const

WHITE_AT_MS = const(40)  # zeroing and both planes take about 17 ms, an abort about 20 more
START_AHEAD_MS = const(20)  # nothing to abort; planes and scrub take less than the other 20
_POLL_MS = const(100)  # BUSY's falling edge ends the sleep; this is for a missing edge

_OFF = const(0)
_PLANES_DONE = const(1)
_WHITENING = const(2)
_WHITE = const(3)
_CLEANING = const(4)
_CLEAN = const(5)


class Wipe:
    """Stepped by the loop. `scrub_due` asks the loop for native.scrub() where its stack is shallowest.

    `to_tell` asks it to report the wipe to the host: at a fixed time, because the duration of step 2 depends
    on ink.
    """

    def __init__(self, owners, memo, panel, sampler, touch, line, ready_after_ms):
        self._owners = owners
        self._memo = memo
        self._panel = panel
        self._sampler = sampler
        self._touch = touch
        self._line = line
        self._ready_after_ms = ready_after_ms
        self._phase = _OFF
        self._unsure = False
        self._held = False
        self._fresh = False
        self._event_ms = 0
        self.scrub_due = False
        self.to_tell = False
        self.active = False
        self.done = False
        self.page = screens.READY
        self.tip = 0
        self.signs = 0
        self.pen_off = False

    def start(self, event_ms):
        """Carry out steps 1 and 2 at once; `event_ms` is the ticks of the event's edge.

        `page` and `tip` select what is shown at the end; with `pen_off` READY takes no ink.
        """
        self._sampler.stop()
        self._owners.zero()
        self.active = True
        self.done = False
        self._event_ms = event_ms
        self._unsure = not self._panel.abort()
        self._panel.fill_planes(0xFF, 0x00)
        self._phase = _PLANES_DONE
        self._owners.forget(event_ms)
        self._sampler.flush()
        self.scrub_due = True

    def start_up(self, now_ms):
        """Carry out steps 1 and 2 of the wipe that belongs to every boot, right after the panel's `init`."""
        self.start(ticks_add(now_ms, -START_AHEAD_MS))
        self._fresh = True

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
            if self._fresh:
                self._fresh = False
            else:
                self._panel.restart()
            self._panel.start_partial()
            self._phase = _WHITENING
            # The chip keeps the last coordinates in registers that cannot be written.
            self._touch.hold()
            self._held = True
            self.to_tell = True
            self.scrub_due = True
        elif self._phase == _WHITENING or self._phase == _CLEANING:
            if self._held and since_ms >= WHITE_AT_MS + self._touch.RESET_MS:
                self._touch.release()
                self._held = False
            return self._verdict()
        elif self._phase == _WHITE:
            if since_ms < self._panel.clean_at_ms:
                return 0
            self._memo.clear()
            # Drawn here, so that a line that is down costs no refresh of its own after READY.
            self.signs = self._line.unlinked() if self._line is not None else 0
            screens.page(self._memo.under, self.page, self.tip, self.signs)
            self._memo.keep_all()
            self._panel.write_new(self._memo.shown, 0, g.HEIGHT)
            self._panel.write_old(self._memo.shown, 0, g.HEIGHT)
            self._panel.start_fast_full()
            self._phase = _CLEANING
        elif self._phase == _CLEAN and since_ms >= self._ready_at_ms():
            if (self.page == screens.READY or self.page == screens.IDENTITY) and not self.pen_off:
                self._sampler.start()
            self._event_ms = 0
            self._phase = _OFF
            self.active = False
            self.done = True
            self.scrub_due = True
        return 0

    def _ready_at_ms(self):
        least_ms = self._panel.ready_after_ms
        return self._ready_after_ms if self._ready_after_ms > least_ms else least_ms

    def about_ms(self):
        """Return the ticks that the first message of this wipe refers to: a fixed time after the event."""
        return ticks_add(self._event_ms, WHITE_AT_MS)

    def whitens(self):
        """Return whether the refresh that whitens the glass was started."""
        return self._phase > _PLANES_DONE

    def blank(self):
        """Return whether a wipe is in progress and has not drawn its page yet."""
        return self.active and self._phase != _OFF and self._phase < _CLEANING

    def _verdict(self):
        result = self._panel.finished()
        if result == controller.STILL:
            return 0
        if result != controller.OK:
            return result
        if self._phase == _WHITENING:
            self._phase = _WHITE
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
            at_ms = self._ready_at_ms()
        elif self._held:
            at_ms = WHITE_AT_MS + self._touch.RESET_MS
            limit_ms = self._panel.left(limit_ms)
        else:
            return self._panel.left(_POLL_MS)
        left = at_ms - ticks_diff(now_ms, self._event_ms)
        if left < 0:
            return 0
        return left if left < limit_ms else limit_ms
