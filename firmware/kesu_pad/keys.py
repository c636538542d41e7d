"""keys: debounces contacts (WIPE, AWAY, MODE, the hook, the plug) and posts their events."""

# SPDX-License-Identifier: MIT
from time import ticks_diff, ticks_ms

from kesu_pad import events
from micropython import const

BOUNCE_MS = const(20)

_PRESSED = const(0)
_OPENED = const(1)
_UNPLUGGED = const(0)
_PAGE_KEY_MS = const(800)  # a MODE key held for this long turns the page


class Contact:
    """One contact to ground with a pull-up, posting `event` when its level changes to `acts_at`.

    A key acts at 0 (pressed), the hook at 1 (opened: the call has ended), VBUS sense at 0 (unplugged).
    A hook input that is not wired stays at 1 and never acts. The first edge away from the settled level acts
    at once; edges are then ignored until the contact has been quiet for BOUNCE_MS, so neither the bounce of a
    press nor that of a release acts again.
    With `hold_ms` the event is posted only once the contact has stayed at `acts_at` for that long; a contact
    released earlier posts `short_event`, if that is not events.NONE.
    A change the other way posts `back_event`, if that is not events.NONE.
    Times of edges are kept only until the contact is at rest, because they show when the pad was used.
    A contact that is already at `acts_at` when the pad starts has made no edge: it does not act.
    `acted` is True from the time the contact acts until it changes back.
    `moving` is a byte that its edges set; all contacts share it.
    """

    def __init__(
        self, moving, pin, sink, event, acts_at, hold_ms, short_event=events.NONE, back_event=events.NONE
    ):
        self._moving = moving
        self._pin = pin
        self._events = sink
        self._event = event
        self._acts_at = acts_at
        self._hold_ms = hold_ms
        self._short_event = short_event
        self._back_event = back_event
        self._level = pin.value()
        self._settled = True
        self._held = False
        self.acted = False
        self._first_ms = 0
        self._edge_ms = 0
        # Bound once: a bound method made in the loop would be an allocation.
        self._handler = self._edge

    def start(self):
        """Install the handler of both edges, in hard interrupt context."""
        pin = self._pin
        pin.irq(self._handler, pin.IRQ_FALLING | pin.IRQ_RISING, hard=True)

    def _edge(self, _pin):
        now_ms = ticks_ms()
        self._edge_ms = now_ms
        self._moving[0] = 1
        if self._settled:
            self._settled = False
            if self._level != self._acts_at:
                self._first_ms = now_ms
                if self._hold_ms:
                    self._held = True
                else:
                    self.acted = True
                    self._events.post(self._event, now_ms)
            elif self._back_event:
                self._events.post(self._back_event, now_ms)

    def level(self):
        """Return the level of the pin now, whatever has settled: of a key 0 while it is pressed."""
        return self._pin.value()

    def at_rest(self):
        """Return whether `step` has nothing to do until the next edge."""
        return self._settled and not self._held

    def step(self, now_ms):
        """Settle after the bounce and post a hold that is complete; called each turn unless at rest."""
        if not self._settled:
            edge_ms = self._edge_ms
            if ticks_diff(now_ms, edge_ms) >= BOUNCE_MS:
                level = self._pin.value()
                if edge_ms == self._edge_ms:
                    self._level = level
                    self._settled = True
                    if level != self._acts_at:
                        self.acted = False
        if self._held and self._settled:
            if self._level != self._acts_at:
                self._held = False
                if self._short_event:
                    self._events.post(self._short_event, now_ms)
            elif ticks_diff(now_ms, self._first_ms) >= self._hold_ms:
                self._held = False
                self._events.post(self._event, now_ms)
        if self._settled and not self._held:
            self._edge_ms = 0
            self._first_ms = 0
            if not self._settled:
                # An edge came while the times were cleared, and its time may be lost.
                self._edge_ms = now_ms
                self._first_ms = now_ms

    def held(self, now_ms, steps):
        """Return the progress of the hold: 1..`steps`, or 0 while the contact is not held."""
        if not self._held or (self._settled and self._level != self._acts_at):
            return 0
        step = 1 + ticks_diff(now_ms, self._first_ms) * steps // self._hold_ms
        return step if step < steps else steps

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `step` has something to do, at most `limit_ms`."""
        if not self._settled:
            left = BOUNCE_MS - ticks_diff(now_ms, self._edge_ms)
        elif self._held:
            left = self._hold_ms - ticks_diff(now_ms, self._first_ms)
        else:
            return limit_ms
        if left < 0:
            return 0
        return left if left < limit_ms else limit_ms


class Contacts:
    """All contacts of the pad. The loop steps them only while one is bouncing or held."""

    def __init__(self, board, sink, wipe_hold_ms):
        moving = bytearray(1)
        self._moving = moving
        self.wipe = Contact(moving, board.wipe_key, sink, events.WIPE_KEY, _PRESSED, wipe_hold_ms)
        self.plug = Contact(
            moving, board.vbus, sink, events.POWER_LOST, _UNPLUGGED, 0, back_event=events.POWER_BACK
        )
        self.mode = Contact(moving, board.mode_key, sink, events.PAGE, _PRESSED, _PAGE_KEY_MS, events.MODE)
        self._all = (
            self.wipe,
            Contact(moving, board.away_key, sink, events.AWAY_KEY, _PRESSED, 0),
            self.mode,
            Contact(moving, board.hook, sink, events.HOOK_OPEN, _OPENED, 0, back_event=events.HOOK_CLOSED),
            self.plug,
        )

    def start(self):
        """Start all contacts."""
        for contact in self._all:
            contact.start()

    def step(self, now_ms):
        """Step those that have something to do; the loop calls this each turn."""
        if not self._moving[0]:
            return
        # Cleared before the contacts are stepped, so that an edge in between is not missed.
        self._moving[0] = 0
        for contact in self._all:
            contact.step(now_ms)
            if not contact.at_rest():
                self._moving[0] = 1

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `step` has something to do, at most `limit_ms`."""
        if self._moving[0]:
            for contact in self._all:
                limit_ms = contact.left(now_ms, limit_ms)
        return limit_ms
