"""refresh: shows ink on the glass by partial refreshes, and keeps the panel's old plane in sync."""

# SPDX-License-Identifier: MIT
#
# A mode 2 refresh compares the new plane with the old one, so after it the old plane must receive exactly
# what the new one had (hardware-facts A.6 rule 3), without ink drawn during the refresh: bands are copied
# from the page to `shown` when they are sent, and the old plane is written from `shown`. Some controllers are
# reported to swap their planes after such a refresh (docs/hardware-facts.md): there the new plane must be
# written again, or the next refresh undoes the last stroke. On a controller that does not swap, this changes
# nothing. Bands with newer ink are skipped: they are about to be sent anyway.
from time import ticks_diff

from kesu_pad import geometry as g
from kesu_pad import memo as m
from kesu_pad.panel import controller
from micropython import const

_RESTING = const(0)
_SENDING = const(1)
_RUNNING = const(2)
_SYNCING = const(3)
_REPEATING = const(4)
_CLEANING = const(5)

# Why a band is sent.
_NEW = const(0)  # the ink of the page, to be shown next
_OLD = const(1)  # what is on the glass, to the old plane
_NEW_AGAIN = const(2)  # the same to the new plane

# The boosters stay on while the pen is in use (saves 96 ms of power-on per refresh) and go off after this.
POWER_OFF_MS = const(20000)
# BUSY's falling edge wakes the loop; this bounds the wait if an edge is missed.
_POLL_MS = const(100)
# Every driven pixel keeps a faint ghost image, and every partial refresh also affects pixels that it does not
# drive. After fifty refreshes, or driven transitions of one pixel in 32, the note itself gets a full refresh
# once the pen has rested.
CLEAN_AT = g.WIDTH * g.HEIGHT // 32
A_REFRESH = CLEAN_AT // 50
CLEAN_REST_MS = const(4000)
# While this module runs no refresh, BUSY is high only until the rails are off, 0.6 s at most; if it stays
# high longer, the wire is broken.
BUSY_LIMIT_MS = const(1000)
STUCK_LIMIT_MS = const(20)


class Refresh:
    """State machine stepped by the loop; one step never takes longer than sending the bands of one stroke."""

    def __init__(self, panel, memo, events):
        self._panel = panel
        self._memo = memo
        self._events = events
        self._phase = _RESTING
        self._band = 0
        self._powered = False
        self._rested_ms = 0
        self._goes_off = False
        self._waits = False
        self._waits_from_ms = 0

    def forget(self, ms):
        """Forget the refresh in progress; the wipe has taken over the panel and leaves it powered."""
        self._phase = _RESTING
        self._band = 0
        self._powered = True
        self._rested_ms = ms
        self._goes_off = False
        self._waits = False
        self._waits_from_ms = 0

    def step(self, now_ms):
        """Do what needs no waiting. Returns 0, or the verdict on a failed refresh."""
        pen = self._memo.pen
        if self._phase == _RUNNING or self._phase == _CLEANING:
            result = self._panel.finished()
            if result == controller.STILL:
                return 0
            if result != controller.OK:
                return result
            self._band = 0
            if self._phase == _CLEANING:
                # Both planes hold what the glass now shows.
                self._phase = _RESTING
                self._rested_ms = now_ms
            else:
                self._phase = _SYNCING
        if self._phase == _SYNCING and self._send(pen[m.SENT], _OLD):
            self._band = 0
            self._phase = _REPEATING
        if self._phase == _REPEATING and self._send(pen[m.SENT] & ~pen[m.DIRTY], _NEW_AGAIN):
            pen[m.SENT] = 0
            self._phase = _RESTING
            self._rested_ms = now_ms
        if self._phase == _RESTING:
            if pen[m.DIRTY]:
                if self._panel.busy():
                    return self._wait(now_ms)
                self._goes_off = False
                self._waits = False
                self._waits_from_ms = 0
                pen[m.SENT] = pen[m.DIRTY]
                pen[m.DIRTY] = 0
                self._band = 0
                self._phase = _SENDING
            elif pen[m.DRIVEN] >= CLEAN_AT and self._rested(now_ms, CLEAN_REST_MS):
                if self._panel.busy() or self._events.urgent():
                    return 0
                pen[m.DRIVEN] = 0
                self._panel.start_fast_full()
                self._phase = _CLEANING
            elif self._powered and self._rested(now_ms, POWER_OFF_MS) and not self._panel.busy():
                self._panel.power_off()
                self._powered = False
                self._goes_off = True
                self._rested_ms = 0
        if self._phase == _SENDING and self._send(pen[m.SENT], _NEW):
            self._panel.start_partial()
            pen[m.DRIVEN] += A_REFRESH
            self._powered = True
            self._phase = _RUNNING
        return 0

    def _wait(self, now_ms):
        """Delay ink while BUSY is high. Returns 0, or TOO_LONG: the panel is stuck."""
        if not self._waits:
            self._waits = True
            self._waits_from_ms = now_ms
        limit_ms = BUSY_LIMIT_MS if self._goes_off else STUCK_LIMIT_MS
        return controller.TOO_LONG if ticks_diff(now_ms, self._waits_from_ms) > limit_ms else 0

    def _rested(self, now_ms, ms):
        return ticks_diff(now_ms, self._rested_ms) >= ms

    def _send(self, bands, what):
        """Send the remaining bands. Returns False when an event that may end the note interrupts it."""
        while self._band < g.BANDS:
            band = self._band
            self._band = band + 1
            if bands & 1 << band:
                row = band * g.BAND_ROWS
                end = row + g.BAND_ROWS
                if end > g.HEIGHT:
                    end = g.HEIGHT
                if what == _OLD:
                    self._panel.write_old(self._memo.shown, row, end)
                else:
                    if what == _NEW:
                        self._memo.pen[m.DRIVEN] += self._memo.keep_band(band)
                    self._panel.write_new(self._memo.shown, row, end)
                if self._events.urgent():
                    # At least one band was sent: continuous traffic from the host must not keep ink off.
                    return False
        return True

    def running(self):
        """Return True while a partial refresh runs: the time to draw what is less urgent than ink."""
        return self._phase == _RUNNING

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `step` has something to do that no interrupt announces."""
        if self._waits:
            limit_ms = STUCK_LIMIT_MS if limit_ms > STUCK_LIMIT_MS else limit_ms
        if self._phase != _RESTING or self._memo.pen[m.DIRTY]:
            return self._panel.left(_POLL_MS if limit_ms > _POLL_MS else limit_ms)
        if self._powered:
            rest_ms = CLEAN_REST_MS if self._memo.pen[m.DRIVEN] >= CLEAN_AT else POWER_OFF_MS
            left = rest_ms - ticks_diff(now_ms, self._rested_ms)
            if left < 0:
                return 0
            return left if left < limit_ms else limit_ms
        return limit_ms
