"""deadlines: the time limits of a note: idle time, maximum age and after-call work."""

# SPDX-License-Identifier: MIT
from time import ticks_add, ticks_diff

from kesu_pad import events, policy, timers
from micropython import const

# Up to this the countdown shows each second; above it, tens of seconds.
_IN_ONES_S = const(20)
_LONGEST_MS = const(36_000_000)  # no limit of the policy is longer


class Deadlines:
    """Three timers. Every wipe clears them: no stored deadline outlives its note.

    ====================  ==============================  ==========================================
    limit                 without a call                  in a call (the line says talk or hold)
    ====================  ==============================  ==========================================
    no pen                `idle_s` from the last ink      none
    age of the note       `max_age_s`                     `call_age_s`; also for a note begun before
    after-call work       `wrap_up_s` from its begin; the pen's silence ends nothing in it
    ====================  ==============================  ==========================================

    A touch in the countdown to the age adds `extension_s`, at most `max_extensions` times.
    """

    def __init__(self):
        self._idle = timers.Timer()
        self._age = timers.Timer()
        self._wrap = timers.Timer()
        self._begun_ms = 0
        self._extensions = 0
        # No deadline is near before this time, so the loop need not check each of them in every turn.
        self._quiet_until_ms = 0

    def forget(self, _ms):
        """Disarm all timers."""
        self._quiet_until_ms = 0
        self._idle.disarm()
        self._age.disarm()
        self._wrap.disarm()
        self._begun_ms = 0
        self._extensions = 0

    def begin_note(self, ms, in_call):
        """A note begins at ticks `ms`: its age counts from here."""
        self._begun_ms = ms
        self._age.arm(ms, policy.CALL_AGE_MS if in_call else policy.MAX_AGE_MS)
        self._quiet_until_ms = ms

    def enter_call(self, ms):
        """A call is on at ticks `ms`, and a note is there: from now on only its age limits it."""
        self._idle.disarm()
        end_ms = ticks_add(self._begun_ms, policy.CALL_AGE_MS)
        if ticks_diff(end_ms, self._age.at_ms) > 0:
            self._age.arm(end_ms, 0)
        self._quiet_until_ms = ms

    def begin_wrap_up(self, ms):
        """The call has ended at ticks `ms`: while the record is written, the pen may rest."""
        self._idle.disarm()
        self._wrap.arm(ms, policy.WRAP_UP_MS)
        self._quiet_until_ms = ms

    def end_wrap_up(self):
        """The next call has begun on a blank pad."""
        self._wrap.disarm()

    def used(self, ms, in_call):
        """The pen was on the pad at ticks `ms`: outside of calls the idle time counts from here."""
        if not in_call and not self._wrap.armed:
            self._idle.arm(ms, policy.IDLE_MS)

    def resumed(self, ms):
        """A touch ended the countdown at ticks `ms`: extend the maximum age if that was the near deadline."""
        if self._age.near(ms, policy.COUNTDOWN_MS):
            self._extensions += 1
            self._age.arm(self._age.at_ms, policy.EXTENSION_MS)

    def may_resume(self, ms):
        """Return whether a touch ends the countdown: always for the idle time, for the age while extensions are
        left."""
        if not self._age.near(ms, policy.COUNTDOWN_MS):
            return True
        return policy.EXTENSION_MS > 0 and self._extensions < policy.MAX_EXTENSIONS

    def _none_near(self, sink, now_ms):
        # A note always has its age armed. With neither armed, keep no time that a wipe would have to clear.
        if not self._age.armed and not self._wrap.armed:
            sink.expect_none()
            return True
        # What was expected before is still right, or lies after this time: whatever arms a deadline ends the quiet.
        if ticks_diff(self._quiet_until_ms, now_ms) > 0:
            return True
        self._quiet_until_ms = ticks_add(now_ms, self.left(now_ms, _LONGEST_MS, policy.COUNTDOWN_MS))
        sink.expect(ticks_add(now_ms, self.left(now_ms, _LONGEST_MS)))
        return False

    def post(self, sink, now_ms):
        """Post the expired deadlines, stamped with the time they were due, and say when the next one is."""
        if self._none_near(sink, now_ms):
            return
        if self._idle.due(now_ms):
            sink.post(events.IDLE, self._idle.at_ms)
        if self._age.due(now_ms):
            sink.post(events.MAX_AGE, self._age.at_ms)
        if self._wrap.due(now_ms):
            sink.post(events.WRAP_OVER, self._wrap.at_ms)

    def near(self, now_ms):
        """Return whether a countdown should be on the screen."""
        if ticks_diff(self._quiet_until_ms, now_ms) > 0:
            return False
        return self._idle.near(now_ms, policy.COUNTDOWN_MS) or self._age.near(now_ms, policy.COUNTDOWN_MS)

    def left(self, now_ms, limit_ms, lead_ms=0):
        """Return the milliseconds until `lead_ms` before the first deadline, at most `limit_ms`."""
        left = self._wrap.left(now_ms, limit_ms)
        left = self._idle.left(now_ms, left, lead_ms)
        return self._age.left(now_ms, left, lead_ms)

    def wait(self, now_ms, limit_ms, counts):
        """Return how long the loop may sleep, at most `limit_ms`; `counts`: the screen shows the seconds."""
        if counts:
            left = self.left(now_ms, limit_ms)
            rest = self.left(now_ms, _LONGEST_MS)
            next_number = (rest - 1) % 1000 + 1 if rest else left
            return next_number if next_number < left else left
        quiet_ms = ticks_diff(self._quiet_until_ms, now_ms)
        if quiet_ms > 0:
            return quiet_ms if quiet_ms < limit_ms else limit_ms
        return self.left(now_ms, limit_ms, policy.COUNTDOWN_MS)

    def seconds(self, now_ms):
        """Return the seconds to show until the first deadline: the last 20 one by one, before that in tens."""
        seconds = (self.left(now_ms, _LONGEST_MS) + 999) // 1000
        if seconds > _IN_ONES_S:
            seconds = (seconds + 9) // 10 * 10
        return seconds
