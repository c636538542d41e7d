"""timers: deadlines in ticks that wrap (2**30 ms on this port), polled by the loop."""

# SPDX-License-Identifier: MIT
from time import ticks_add, ticks_diff


class Timer:
    """One deadline. Disarming also clears its time: no stored deadline outlives its note."""

    def __init__(self):
        self.armed = False
        self.at_ms = 0

    def arm(self, from_ms, after_ms):
        """Set the deadline `after_ms` milliseconds after ticks `from_ms`."""
        self.at_ms = ticks_add(from_ms, after_ms)
        self.armed = True

    def disarm(self):
        """Clear the deadline."""
        self.armed = False
        self.at_ms = 0

    def due(self, now_ms):
        """Return True once the deadline has passed; `now_ms` may be older than the time of arming."""
        return self.armed and ticks_diff(now_ms, self.at_ms) >= 0

    def near(self, now_ms, lead_ms):
        """Return True from `lead_ms` milliseconds before the deadline on."""
        return self.armed and ticks_diff(self.at_ms, now_ms) <= lead_ms

    def left(self, now_ms, limit_ms, lead_ms=0):
        """Return the milliseconds until `lead_ms` before the deadline, at most `limit_ms`, never below 0."""
        if not self.armed:
            return limit_ms
        left = ticks_diff(self.at_ms, now_ms) - lead_ms
        if left < 0:
            return 0
        return left if left < limit_ms else limit_ms
