"""memo: owns the note, in fixed buffers that are registered for zeroing and never copied elsewhere."""

# SPDX-License-Identifier: MIT
#
# Everything that depends on ink is in these buffers and in the touch ring: three pages of ink (`frame` is the
# one in use), the page as it was before the last stroke (`before`), what the panel's new plane has (`shown`), how
# many pulses each of its pixels still needs (`ages`), the stroke in progress (`pen`, which also holds page and
# tool) and the path of the eraser (`way`). `under` is the background: template and strip. The panel gets
# background and ink combined; neither eraser nor undo can change the background. `shown` and `ages` have the
# layout of the panel: rows like the page, or strips.
from array import array

import native
from kesu_pad import policy
from kesu_pad.geometry import BAND_ROWS, BANDS, HEIGHT, STRIDE, TURNED, WIDTH
from micropython import const

PAGES = const(3)
# The strip at the bottom: undo field, two lines of text, page dots, tool. Ink may cross it.
STRIP_ROWS = const(28)
STRIP_Y = HEIGHT - STRIP_ROWS
UNDO_COLUMNS = const(32)
UNDO_X = WIDTH - UNDO_COLUMNS if policy.HAND == policy.HAND_LEFT else 0

_NOTE = const(1)  # owner kinds of native.own
_FRAME = const(2)

# Cells of `pen`.
X = const(0)  # last inked point
Y = const(1)
LAST_MS = const(2)  # ticks of the last point
DOWN = const(3)  # 1 while a stroke is in progress, 2 while the undo field is touched
POINTS = const(4)  # points inked since the last wipe
DIRTY = const(5)  # bands whose page has changed since they were sent to the panel
SENT = const(6)  # bands that both planes of the panel have to get
PAGE = const(7)  # page in use, 0..2
ERASER = const(8)  # 1 while the tool is the eraser
UNDO = const(9)  # 1 while `before` holds the page before the last stroke
FAR = const(10)  # 1 while a point too far from the stroke waits for a second one near it
FAR_X = const(11)
FAR_Y = const(12)
DRIVEN = const(13)  # estimate of the pixels driven since the whole page was shown last, see CLEAN_AT
WAY = const(14)  # points in `way`; above 0 while the eraser is on the page
RING = const(15)  # the next row of a ring that is being erased
HELD = const(16)  # 1 while `sample` waits for the ring to be erased
AGING = const(17)  # bands with pixels that need further pulses
_CELLS = const(18)

# Every driven pixel keeps a faint ghost image, and every scan also affects pixels that it does not drive. After
# transitions of one pixel in 32, or the scans of fifty of the OTP's partial refreshes (13.5 s), the whole page is shown
# again once the pen has rested. Both are estimated from what the pen did, at 260 px a second, and not counted: when the
# page is shown again must not depend on where the ink is.
CLEAN_AT = WIDTH * HEIGHT // 32
DRAWN = 8 + CLEAN_AT // 1350  # by a report of the pen, every 10 ms
ERASED = const(40)  # by a report of the eraser
UNDONE = CLEAN_AT // 16
TURNED_OVER = CLEAN_AT // 2  # by another page
STRIP_DRAWN = CLEAN_AT // 50

WAY_POINTS = const(96)
# Rows of a ring erased at a time: 0.6 ms at most.
_RING_ROWS = const(24)


def _end_of(start):
    """Return the end of the band that begins at byte `start`."""
    end = start + BAND_ROWS * STRIDE
    return end if end < HEIGHT * STRIDE else HEIGHT * STRIDE


class Memo:
    """The buffers. A page has 0 bits for ink, like the panel's planes."""

    def __init__(self):
        page_0 = bytearray(STRIDE * HEIGHT)
        self.pages = (page_0, bytearray(STRIDE * HEIGHT), bytearray(STRIDE * HEIGHT))
        self.frame = page_0
        self.before = bytearray(STRIDE * HEIGHT)
        self.under = bytearray(STRIDE * HEIGHT)
        self.shown = bytearray(STRIDE * HEIGHT)
        self.ages = bytearray(3 * STRIDE * HEIGHT)
        self.pen = array("i", [0] * _CELLS)
        self.way = array("h", [0] * (2 * WAY_POINTS))
        # x, y, ticks & FFFFh, bits: 1 for a pen just down, 2 for a second contact.
        self.sample = array("H", [0, 0, 0, 0])
        native.own(_NOTE, self.pen)
        native.own(_NOTE, self.sample)
        native.own(_NOTE, self.way)
        native.own(_NOTE, self.ages)
        native.own(_FRAME, self.pages[0])
        native.own(_FRAME, self.pages[1])
        native.own(_FRAME, self.pages[2])
        native.own(_FRAME, self.before)
        native.own(_FRAME, self.under)
        native.own(_FRAME, self.shown)

    def zero(self):
        """Zero every registered buffer of the pad, these included; never fails, never allocates."""
        native.zero_owned()
        self.frame = self.pages[0]

    def clear(self):
        """Make all pages blank (0 bits are ink)."""
        native.fill(self.pages[0], 0xFF)
        native.fill(self.pages[1], 0xFF)
        native.fill(self.pages[2], 0xFF)

    def aim_band(self, band, pulses):
        """Begin to change `shown` to background and ink of a band, by `pulses` for each pixel.

        Returns twice the number of pixels that begin to change, plus 1 if others have to wait for their turn.
        """
        if TURNED:
            row = band * BAND_ROWS
            return native.aim_turned(
                self.shown, self.ages, self.under, self.frame, STRIDE, row, row + BAND_ROWS, pulses
            )
        start = band * BAND_ROWS * STRIDE
        return native.aim(self.shown, self.ages, self.under, self.frame, start, _end_of(start), pulses)

    def age_band(self, band):
        """The pixels of a band have had one more pulse; returns whether any needs another."""
        start = band * BAND_ROWS * STRIDE
        return native.age(self.shown, self.ages, start, _end_of(start)) > 0

    def keep_all(self):
        """Combine background and ink of the whole page in `shown`, when the whole page is shown at once."""
        if TURNED:
            native.turn(self.shown, self.under, self.frame, STRIDE, 0, HEIGHT)
            return
        native.compose(self.shown, self.under, self.frame, 0, HEIGHT * STRIDE)

    def remember(self):
        """Save the page before a stroke, for undo."""
        native.copy(self.before, self.frame)
        self.pen[UNDO] = 1

    def undo(self):
        """Undo the last stroke; returns False when there is none (or the page was turned since)."""
        pen = self.pen
        if not pen[UNDO]:
            return False
        native.copy(self.frame, self.before)
        pen[DRIVEN] += UNDONE
        pen[UNDO] = 0
        pen[WAY] = 0
        pen[RING] = 0
        pen[DIRTY] = (1 << BANDS) - 1
        return True

    def turn_page(self):
        """Switch to the next page, or from the last to the first."""
        pen = self.pen
        page = pen[PAGE] + 1
        if page == PAGES:
            page = 0
        pen[PAGE] = page
        pen[DRIVEN] += TURNED_OVER
        pen[UNDO] = 0
        pen[DOWN] = 0
        pen[WAY] = 0
        pen[RING] = 0
        pen[DIRTY] = (1 << BANDS) - 1
        self.frame = self.pages[page]

    def change_tool(self):
        """Switch between pen and eraser."""
        pen = self.pen
        pen[ERASER] = 1 - pen[ERASER]
        pen[DOWN] = 0
        pen[WAY] = 0
        pen[RING] = 0

    def go(self, x, y):
        """Append a point to the path of the eraser; when the buffer is full, first drop every second point."""
        way = self.way
        count = self.pen[WAY]
        if count == WAY_POINTS:
            count = WAY_POINTS // 2
            i = 1
            while i < count:
                way[2 * i] = way[4 * i]
                way[2 * i + 1] = way[4 * i + 1]
                i += 1
        way[2 * count] = x
        way[2 * count + 1] = y
        self.pen[WAY] = count + 1

    def close_way(self, events):
        """End the path of the eraser: if it is a ring, erase the inside.

        Returns False when an event that may end the note interrupts it: call it again to continue.
        """
        pen = self.pen
        while pen[RING] < HEIGHT:
            row = pen[RING]
            if not native.enclose(self.frame, STRIDE, self.way, pen[WAY], row, row + _RING_ROWS):
                break
            pen[DIRTY] = (1 << BANDS) - 1
            pen[RING] = row + _RING_ROWS
            if events.urgent():
                return False
        pen[RING] = 0
        pen[WAY] = 0
        return True
