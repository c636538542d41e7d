"""ink: draws pen points and marks the bands of rows they touch. Pure arithmetic on the memo's buffers."""

# SPDX-License-Identifier: MIT
from time import ticks_diff

import native
from kesu_pad import geometry as g
from kesu_pad import memo as m
from micropython import const

# The FT6336U reports a lift unreliably or not at all: no report for this long ends a stroke (report period
# 10-16 ms).
PEN_UP_MS = const(60)
# A hand writes at up to about 2,000 px/s, 20 px per report; a larger jump is another touch or a bad report.
JUMP_PX = const(80)
ERASER_PX = const(16)

# Bits of a sample.
DOWN = const(1)
SECOND = const(2)  # a second contact: a palm

_STROKE = const(1)  # what the cell DOWN holds
_ON_UNDO = const(2)

# What point() returns.
NOTHING = const(0)
USE = const(1)  # the page changed, or a single far point came
LATER = const(2)  # not taken: an event that may end the note came first


class Ink:
    """Draws strokes `width` pixels wide, or erases, on the memo's page and marks the dirty bands."""

    def __init__(self, memo, width, events):
        self._memo = memo
        self._events = events
        self._pen = memo.pen
        self._width = width

    def point(self, x, y, ms, bits):
        """Draw one pen report. Returns NOTHING, USE (the pad is in use: the page changed, or a single far
        point came), or LATER: the report was not taken and must be passed again.

        `x`, `y` in pixels from the page's top left, `ms` in ticks, `bits` DOWN and SECOND. Ignored are points
        off the page, a single point farther from the stroke than a hand can move (the next point decides),
        and a stroke that begins with two contacts, which is a palm. A touch of the undo field undoes the last
        stroke.
        """
        if x >= g.WIDTH or y >= g.HEIGHT or x < 0 or y < 0:
            return NOTHING
        pen = self._pen
        at_x = x
        at_y = y
        last_x = pen[m.X]
        last_y = pen[m.Y]
        if not bits & DOWN and pen[m.DOWN] and ticks_diff(ms, pen[m.LAST_MS]) < PEN_UP_MS:
            if pen[m.DOWN] == _ON_UNDO:
                pen[m.LAST_MS] = ms
                return NOTHING
            if abs(x - last_x) <= JUMP_PX and abs(y - last_y) <= JUMP_PX:
                # A quarter of the last point smooths a shaking hand, and lags by less than a pixel at writing
                # speed.
                x = (last_x + 3 * x + 2) >> 2
                y = (last_y + 3 * y + 2) >> 2
            elif self._far(x, y):
                # This counts as use too: the idle time must not depend on where the pen went last.
                pen[m.DRIVEN] += m.DRAWN
                return USE
            else:
                last_x = pen[m.FAR_X]
                last_y = pen[m.FAR_Y]
        elif bits & SECOND:
            return NOTHING
        elif y >= m.STRIP_Y and m.UNDO_X <= x < m.UNDO_X + m.UNDO_COLUMNS:
            pen[m.DOWN] = _ON_UNDO
            pen[m.LAST_MS] = ms
            return USE if self._memo.undo() else NOTHING
        else:
            last_x = x
            last_y = y
            if pen[m.WAY] and not self._memo.close_way(self._events):
                return LATER
            self._memo.remember()
        if pen[m.ERASER]:
            pen[m.DRIVEN] += m.ERASED
            self._memo.go(at_x, at_y)
            width = ERASER_PX
            native.erase(self._memo.frame, g.STRIDE, last_x, last_y, x, y, width)
        else:
            pen[m.DRIVEN] += m.DRAWN
            width = self._width
            native.stroke(self._memo.frame, g.STRIDE, last_x, last_y, x, y, width)
        pen[m.X] = x
        pen[m.Y] = y
        pen[m.LAST_MS] = ms
        pen[m.DOWN] = 1
        pen[m.FAR] = 0
        pen[m.POINTS] += 1
        self._mark(last_y, y, width)
        return USE

    def lift(self, now_ms):
        """Detect that the eraser was lifted: if it has drawn a ring, erase the inside."""
        pen = self._pen
        if pen[m.WAY] and ticks_diff(now_ms, pen[m.LAST_MS]) >= PEN_UP_MS:
            self._memo.close_way(self._events)

    def left(self, now_ms, limit_ms):
        """Return the milliseconds until `lift` has something to do, at most `limit_ms`."""
        pen = self._pen
        if not pen[m.WAY]:
            return limit_ms
        left = PEN_UP_MS - ticks_diff(now_ms, pen[m.LAST_MS])
        if left < 0:
            return 0
        return left if left < limit_ms else limit_ms

    def _far(self, x, y):
        """Keep a far point and return True, unless it is near the one kept before: then the pen moved there."""
        pen = self._pen
        near = pen[m.FAR] and abs(x - pen[m.FAR_X]) <= JUMP_PX and abs(y - pen[m.FAR_Y]) <= JUMP_PX
        if not near:
            pen[m.FAR] = 1
            pen[m.FAR_X] = x
            pen[m.FAR_Y] = y
        return not near

    def _mark(self, y0, y1, reach):
        if y0 > y1:
            row = y1
            last = y0
        else:
            row = y0
            last = y1
        row -= reach
        last += reach
        if row < 0:
            row = 0
        if last >= g.HEIGHT:
            last = g.HEIGHT - 1
        band = row // g.BAND_ROWS
        dirty = self._pen[m.DIRTY]
        while band <= last // g.BAND_ROWS:
            dirty |= 1 << band
            band += 1
        self._pen[m.DIRTY] = dirty
