"""strip: keeps the strip at the bottom of the page up to date; the next refresh shows it."""

# SPDX-License-Identifier: MIT
from kesu_pad import memo, screens, session
from kesu_pad.signs import UNLINKED
from micropython import const

BAR_STEPS = const(8)
LAST_S = const(10)  # the strip is inverted for the last seconds of a countdown

# What is shown; above 0 the seconds of a countdown.
_PLAIN = const(-1)
_AS_WIPED = const(-2)  # as drawn by the wipe: "erased" and a tip
_STALE = const(-3)
_BAR = const(10_000)  # plus the step of the bar

# What is drawn next.
_DRAWN = const(0)
_BASE = const(1)
_MESSAGE = const(2)
_SIGNS = const(3)


def _is_last(shown):
    return _PLAIN < shown <= LAST_S


class Strip:
    """Draws into the memo's background: message, page, tool, and signs (mute, hold, no link)."""

    def __init__(self, note, events):
        self._memo = note
        self._events = events
        self._shown = _AS_WIPED
        self._signs = 0
        self._stage = _DRAWN

    def forget(self, _ms):
        """Reset the state: the wipe draws a strip of its own."""
        self._shown = _AS_WIPED
        self._signs = 0
        self._stage = _DRAWN

    def as_wiped(self, signs):
        """The wipe has drawn its page, with `signs` of the call line."""
        self._signs = signs

    def stale(self):
        """Mark the strip for redrawing: page or tool has changed."""
        self._shown = _STALE

    def keep(self, state, seconds, bar, signs, hint, may_wait):
        """Draw what has changed, in pieces: after an event that may end the note, the next turn continues.
        Returns whether anything was drawn.

        `seconds` to show in COUNTDOWN and WRAP_UP; `hint`: what is beside them (screens.py). `bar`: 0, or how
        many eighths of its time the WIPE key has been held; `signs` of the call line. `may_wait`: no refresh
        runs yet, and ink has to be sent first.
        """
        wanted = _PLAIN
        if bar:
            wanted = _BAR + bar
        elif state == session.COUNTDOWN or state == session.WRAP_UP:
            wanted = seconds
        elif state != session.WRITING and self._shown == _AS_WIPED:
            wanted = _AS_WIPED
            if not self._signs & UNLINKED:
                # The line was lost after the wipe had drawn its page: the first ink brings the sign. A refresh now
                # would be work that no note asked for, on a capacitor perhaps.
                signs &= ~UNLINKED
        if wanted == self._shown and signs == self._signs and self._stage == _DRAWN:
            return False
        if self._shown == _AS_WIPED and wanted == _PLAIN and may_wait:
            return False
        if wanted != self._shown or (_is_last(wanted) and self._stage == _DRAWN):
            # On an inverted strip a sign cannot be drawn alone.
            self._shown = wanted
            self._stage = _BASE
        elif self._stage == _DRAWN:
            self._stage = _SIGNS
        while self._stage != _DRAWN:
            self._draw(wanted, bar, signs, hint)
            if self._events.urgent():
                break
        return True

    def _draw(self, wanted, bar, signs, hint):
        pen = self._memo.pen
        under = self._memo.under
        if self._stage == _BASE:
            screens.strip(under, pen[memo.PAGE], pen[memo.ERASER])
            self._stage = _MESSAGE
        elif self._stage == _MESSAGE:
            if wanted > _BAR:
                screens.bar(under, bar)
            elif wanted > _PLAIN:
                screens.seconds_left(under, wanted, hint)
            self._stage = _SIGNS
        else:
            self._signs = signs
            screens.draw_signs(under, signs)
            if _is_last(wanted):
                screens.invert_strip(under)
            pen[memo.DIRTY] |= screens.STRIP_BANDS
            pen[memo.DRIVEN] += memo.STRIP_DRAWN
            self._stage = _DRAWN
