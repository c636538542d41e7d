"""refresh: brings ink to the glass by short pulses, and keeps the panel's planes as each pixel needs them."""

# SPDX-License-Identifier: MIT
#
# A mode 2 activation drives the pixels in which the planes differ (hardware-facts A.6). A pixel gets its drive in
# several pulses: the new plane gets its tone when its ink comes, the old plane only when it has had all of them. So
# every pixel begins with the next pulse, whatever its neighbours have had, and a pulse is short.
#
# Each round writes the bands with new ink, and those of which a pixel has had a pulse, to both planes; then it
# starts the next pulse. All that needs no panel is done while the pulse runs: pixels are counted as having had it,
# and new ink gets its tone. Some controllers are reported to swap their planes after an activation
# (docs/hardware-facts.md); on those a plane that was not written again would have the other one's content.
# A panel that cannot show pulses gets the whole drive in one (`pulses` 1).
from time import ticks_add, ticks_diff

from kesu_pad import geometry as g
from kesu_pad import memo as m
from kesu_pad.panel import controller
from micropython import const

_RESTING = const(0)
_SENDING = const(1)
_STARTED = const(2)
_RUNNING = const(3)
_DARKENING = const(4)
_CLEANING = const(5)

# The rails stay on while the pen is in use (saves 96 ms of power-on) and go off after this. What a pixel sees while
# they are on and nothing is scanned is not known (docs/hardware-facts.md).
POWER_OFF_MS = const(5000)
# BUSY's falling edge wakes the loop; this bounds the wait if an edge is missed.
_POLL_MS = const(100)
# The whole page is shown again once this many pixels were driven (memo.py) and the pen has rested.
CLEAN_AT = m.CLEAN_AT
CLEAN_REST_MS = const(4000)
# All pulses of the pen's last point are over after this.
SETTLED_MS = const(700)
# While this module runs no activation, BUSY is high only until the rails are off, 0.6 s at most; if it stays
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
        """Forget the activation in progress; the wipe has taken over the panel and leaves it powered."""
        self._phase = _RESTING
        self._band = 0
        self._powered = True
        self._rested_ms = ms
        self._goes_off = False
        self._waits = False
        self._waits_from_ms = 0

    def step(self, now_ms):
        """Do what needs no waiting. Returns 0, or the verdict on a failed activation."""
        pen = self._memo.pen
        if self._phase == _STARTED:
            if not self._age():
                return 0
            self._phase = _RUNNING
        if self._phase >= _RUNNING:
            result = self._panel.finished()
            if result == controller.STILL:
                if self._phase == _RUNNING and pen[m.DIRTY]:
                    self._prepare()
                return 0
            if result != controller.OK:
                return result
            if self._phase == _DARKENING:
                self._panel.start_page()
                self._phase = _CLEANING
                return 0
            self._phase = _RESTING
            self._rested_ms = now_ms
        if self._phase == _RESTING:
            if pen[m.DIRTY] or pen[m.SENT]:
                if self._panel.busy():
                    return self._wait(now_ms)
                self._goes_off = False
                self._waits = False
                self._waits_from_ms = 0
                pen[m.SENT] |= pen[m.DIRTY]
                self._band = 0
                self._phase = _SENDING
            elif pen[m.DRIVEN] >= CLEAN_AT and self._rested(now_ms, CLEAN_REST_MS):
                if self._panel.busy() or self._events.urgent():
                    return 0
                pen[m.DRIVEN] = 0
                # Both planes hold what the glass shows.
                if self._panel.rung:
                    self._panel.start_dark()
                    self._phase = _DARKENING
                else:
                    self._panel.start_page()
                    self._phase = _CLEANING
                self._powered = True
            elif self._powered and self._rested(now_ms, POWER_OFF_MS) and not self._panel.busy():
                self._panel.power_off()
                self._powered = False
                self._goes_off = True
                self._rested_ms = 0
        if self._phase == _SENDING and self._send():
            # All bands with a pixel on its way have other planes after the pulse.
            pen[m.SENT] = pen[m.AGING]
            if pen[m.AGING]:
                self._panel.start_ink()
                self._band = 0
                self._powered = True
                self._phase = _STARTED
            else:
                self._phase = _RESTING
                self._rested_ms = now_ms
        return 0

    def _wait(self, now_ms):
        """Delay ink while BUSY is high. Returns 0, or TOO_LONG: the panel is stuck."""
        if not self._waits:
            self._waits = True
            self._waits_from_ms = now_ms
        limit_ms = BUSY_LIMIT_MS if self._goes_off else STUCK_LIMIT_MS
        return controller.TOO_LONG if ticks_diff(now_ms, self._waits_from_ms) > limit_ms else 0

    def _rested(self, now_ms, ms):
        return ticks_diff(now_ms, self._rests_ms()) >= ms

    def _rests_ms(self):
        """Return the ticks from which the panel rests. After ink that is a fixed time after the pen's last point, and
        not the end of the last pulse, which depends on where the ink is."""
        pen = self._memo.pen
        if pen[m.POINTS] and ticks_diff(self._rested_ms, pen[m.LAST_MS]) < SETTLED_MS:
            return ticks_add(pen[m.LAST_MS], SETTLED_MS)
        return self._rested_ms

    def _age(self):
        """Count the pixels that are driven as having had one more pulse. Returns False when an event that may end the
        note interrupts it."""
        memo = self._memo
        pen = memo.pen
        aging = pen[m.AGING]
        while aging >> self._band:
            band = self._band
            self._band = band + 1
            if aging & 1 << band:
                if not memo.age_band(band):
                    pen[m.AGING] &= ~(1 << band)
                if self._events.urgent():
                    return False
        return True

    def _prepare(self):
        """Give new ink its tone while a pulse runs."""
        pen = self._memo.pen
        dirty = pen[m.DIRTY]
        band = 0
        while dirty >> band:
            if dirty & 1 << band:
                self._aim(band)
                if self._events.urgent():
                    return
            band += 1

    def _send(self):
        """Send the remaining bands to both planes. Returns False when an event that may end the note interrupts it."""
        memo = self._memo
        pen = memo.pen
        bands = pen[m.SENT]
        while bands >> self._band:
            band = self._band
            if not bands & 1 << band:
                self._band = band + 1
                continue
            if pen[m.DIRTY] & 1 << band:
                self._aim(band)
            if self._events.certain():
                return False
            self._band = band + 1
            end = self._band * g.BAND_ROWS
            self._panel.write_both(
                memo.shown, memo.ages, band * g.BAND_ROWS, end if end < g.HEIGHT else g.HEIGHT
            )
            if self._events.urgent():
                # At least one band was sent: continuous traffic from the host must not keep ink off.
                return False
        return True

    def _aim(self, band):
        """Begin to change a band to what the page is now; it stays dirty while others must finish first."""
        pen = self._memo.pen
        bit = 1 << band
        begun = self._memo.aim_band(band, self._panel.pulses)
        if not begun & 1:
            pen[m.DIRTY] &= ~bit
        if begun > 1:
            pen[m.AGING] |= bit
            pen[m.SENT] |= bit

    def running(self):
        """Return True while a pulse runs: the time to draw what is less urgent than ink."""
        return self._phase == _STARTED or self._phase == _RUNNING

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `step` has something to do that no interrupt announces."""
        pen = self._memo.pen
        if self._waits:
            limit_ms = STUCK_LIMIT_MS if limit_ms > STUCK_LIMIT_MS else limit_ms
        if self._phase == _STARTED:
            return 0
        if self._phase != _RESTING or pen[m.DIRTY] or pen[m.SENT]:
            return self._panel.left(_POLL_MS if limit_ms > _POLL_MS else limit_ms)
        if self._powered:
            rest_ms = CLEAN_REST_MS if pen[m.DRIVEN] >= CLEAN_AT else POWER_OFF_MS
            left = rest_ms - ticks_diff(now_ms, self._rests_ms())
            if left < 0:
                return 0
            return left if left < limit_ms else limit_ms
        return limit_ms
