"""ink: pen points to pixels and to the bands of rows they touch. Pure arithmetic on the memo's buffers."""

# SPDX-License-Identifier: MIT
from time import ticks_diff

import native
from kesu import geometry as g
from kesu import memo as m
from micropython import const

# The FT6336U reports a lift badly or not at all: silence for this long ends a stroke (report period 10-16
# ms).
PEN_UP_MS = const(60)
# A hand writes at up to some 2,000 px/s, 20 px per report; a farther jump is another touch or a bad report.
JUMP_PX = const(80)


class Ink:
    """Draws strokes `width` pixels wide into the memo's page and marks the dirty bands."""

    def __init__(self, memo, width):
        self._frame = memo.frame
        self._pen = memo.pen
        self._width = width

    def point(self, x, y, ms, down):
        """Take one pen report. Returns False, and draws nothing, for a point off the page.

        `x` 0..399 and `y` 0..299 in pixels, `ms` in ticks, `down` 1 for a pen that has just touched the pad.
        """
        if x >= g.WIDTH or y >= g.HEIGHT or x < 0 or y < 0:
            return False
        pen = self._pen
        last_x = pen[m.X]
        last_y = pen[m.Y]
        if not down and pen[m.DOWN] and ticks_diff(ms, pen[m.LAST_MS]) < PEN_UP_MS and self._near(x, y):
            # One quarter of the last point steadies a shaking hand and costs under a pixel at writing speed.
            x = (last_x + 3 * x + 2) >> 2
            y = (last_y + 3 * y + 2) >> 2
        else:
            last_x = x
            last_y = y
        native.stroke(self._frame, g.STRIDE, last_x, last_y, x, y, self._width)
        pen[m.X] = x
        pen[m.Y] = y
        pen[m.LAST_MS] = ms
        pen[m.DOWN] = 1
        pen[m.POINTS] += 1
        self._mark(last_y, y)
        return True

    def _near(self, x, y):
        pen = self._pen
        return abs(x - pen[m.X]) <= JUMP_PX and abs(y - pen[m.Y]) <= JUMP_PX

    def _mark(self, y0, y1):
        if y0 > y1:
            row = y1
            last = y0
        else:
            row = y0
            last = y1
        row -= self._width
        last += self._width
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
