"""events: the numbers of all events, and the latches that pass them to the loop."""

# SPDX-License-Identifier: MIT
#
# Interrupt handlers and USB callbacks post; only the loop takes. Each event has a latch of its own instead of
# a place in a queue: a latch cannot overflow, posting twice equals posting once, and two sources never share
# a cell, so an interrupt may post during another post. Events are taken by number: the lower, the more
# urgent. Bytes from the host still keep their order: a packet is one event, BYTES, and the call line then
# returns its bytes to the loop one by one.
from array import array
from time import ticks_diff, ticks_ms

from micropython import const

NONE = const(0)
FAILED = const(1)  # E10: an exception, a stuck panel, a silent bus
WIPE_KEY = const(2)  # E1
HOOK_OPEN = const(3)  # E2, by the hook input
HOOK_CLOSED = const(4)  # the next call, by the hook input
AWAY_KEY = const(5)  # E5, by the key, which also ends it
LINE_LOST = const(6)  # E7: DTR dropped, port closed, bus reset; E8: bus asleep
POWER_LOST = const(7)  # E9: unplugged, running on the hold-up capacitor
IDLE = const(8)  # E3
MAX_AGE = const(9)  # E4
WRAP_OVER = const(10)  # E2: the time for wrap-up is over
MODE = const(11)  # MODE key, short: pen or eraser
PAGE = const(12)  # MODE key, long: next page
POWER_BACK = const(13)  # plugged in again before the hold-up capacitor was empty
BYTES = const(14)  # a packet from the host: callline.next() returns its events
LATCHES = const(15)

# Not posted: the loop itself or callline.next() produces the events from here on.
CALL_ENDED = const(15)  # E2, by the agent
WRAP_UP = const(16)  # E2, by the agent: the call has ended, the record is being written
AWAY = const(17)  # E5, by the agent
LOCKED = const(18)  # E6
RING = const(19)  # the next call: ends a note that is still there
TALK = const(20)  # a call is answered or resumed
PAYMENT = const(21)  # the caller is about to pay: ends a note, and the pen is off
PAID = const(22)  # the payment is over
WARN = const(23)  # a timed wipe is near
PEN = const(24)  # the pen touched the pad
WIPED = const(25)  # the wipe is complete and its time is over
COUNT = const(26)


class Events:
    """The latches: `post` from anywhere, `take` from the loop."""

    def __init__(self):
        self._pending = bytearray(LATCHES)
        self._when = array("i", [0] * LATCHES)
        # A post sets it last and a take clears it first, so a post during a take is not missed.
        self._any = False
        self.when_ms = 0
        # When the first deadline passes, if there is one: no interrupt posts it.
        self._expects = False
        self._due_ms = 0

    def expect(self, ms):
        """A deadline that ends the note is due at ticks `ms`: from then on long jobs are cut short for it."""
        self._due_ms = ms
        self._expects = True

    def expect_none(self):
        """No deadline is armed."""
        self._expects = False
        self._due_ms = 0

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
        while event < LATCHES:
            if self._pending[event]:
                self._any = True
                self.when_ms = self._when[event]
                self._pending[event] = 0
                return event
            event += 1
        return NONE

    def urgent(self):
        """Return True if a latched event may end the note, or if a deadline has passed: long jobs check this between
        slices."""
        return self.certain() or self._pending[BYTES] == 1

    def certain(self):
        """Return True if a latched event may end the note whatever the host has sent, or if a deadline has passed: no
        long job begins then. A host that sends without end cannot cause this, so it cannot keep ink off the glass."""
        if self._expects and ticks_diff(ticks_ms(), self._due_ms) >= 0:
            return True
        if not self._any:
            return False
        event = FAILED
        while event <= WRAP_OVER:
            if self._pending[event]:
                return True
            event += 1
        return False

    def forget(self, _ms):
        """Drop the stamps of taken events: after a wipe nothing may show when the pen was used."""
        event = NONE
        while event < LATCHES:
            if not self._pending[event]:
                self._when[event] = 0
            event += 1
        self.when_ms = 0
        self.expect_none()
