"""events: what can happen to the pad, as small numbers, and the latches that carry them to the loop."""

# SPDX-License-Identifier: MIT
#
# Interrupt handlers and USB callbacks post; only the loop takes. Each event has a latch of its own rather
# than a place in a queue: a latch cannot overflow, posting twice is posting once, and two sources never share
# a cell, so an interrupt may post in the middle of another post. Taking goes by number: the lower, the more
# urgent.
from array import array

from micropython import const

NONE = const(0)
FAILED = const(1)  # E10: an exception, a stuck panel, a silent bus
WIPE_KEY = const(2)  # E1
HOOK_OPEN = const(3)  # E2, by the hook input
CALL_ENDED = const(4)  # E2, by the agent
AWAY = const(5)  # E5, by the agent
AWAY_KEY = const(6)  # E5, by the key, which also ends it
LOCKED = const(7)  # E6
LINE_LOST = const(8)  # E7: DTR dropped, port closed, bus reset; E8: bus asleep
POWER_LOST = const(9)  # E9: unplugged, running on what the hold-up capacitor has
IDLE = const(10)  # E3
MAX_AGE = const(11)  # E4
RING = const(12)  # the next call: ends a note that is still there
PAYMENT = const(13)  # the caller is about to pay: ends a note, and the pen is off
PAID = const(14)  # the payment is over
MODE = const(15)  # MODE key, short: pen or eraser
PAGE = const(16)  # MODE key, long: next page
WARN = const(17)  # a timed wipe is near
PEN = const(18)  # the pen touched the pad
WIPED = const(19)  # the wipe is complete and its time is over
COUNT = const(20)


class Events:
    """The latches: `post` from anywhere, `take` from the loop."""

    def __init__(self):
        self._pending = bytearray(COUNT)
        self._when = array("i", [0] * COUNT)
        # Set last by a post, cleared first by a take: a post in the middle of a take is not missed.
        self._any = False
        self.when_ms = 0

    def post(self, event, ms):
        """Latch `event`, stamped with ticks `ms`; the first stamp stays until the event is taken."""
        if not self._pending[event]:
            self._when[event] = ms
            self._pending[event] = 1
            self._any = True

    def take(self):
        """Return the most urgent latched event and release it, or NONE; its stamp is then in `when_ms`."""
        if not self._any:
            return NONE
        self._any = False
        event = FAILED
        while event < COUNT:
            if self._pending[event]:
                self._any = True
                self.when_ms = self._when[event]
                self._pending[event] = 0
                return event
            event += 1
        return NONE

    def urgent(self):
        """Return True if a latched event may end the note: long jobs look here between slices."""
        if not self._any:
            return False
        event = FAILED
        while event <= PAYMENT:
            if self._pending[event]:
                return True
            event += 1
        return False

    def forget(self):
        """Drop the stamps of taken events: after a wipe nothing tells when the pen was used."""
        event = NONE
        while event < COUNT:
            if not self._pending[event]:
                self._when[event] = 0
            event += 1
        self.when_ms = 0
