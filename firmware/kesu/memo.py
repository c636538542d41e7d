"""memo: the only owner of the note. Fixed buffers, registered for zeroing; nothing ever copies them out."""

# SPDX-License-Identifier: MIT
#
# Everything that depends on ink is in these three buffers and in the touch ring: the page (`frame`), what the
# panel was last sent (`shown`) and the stroke in progress (`pen`). `shown` is laid out as the panel takes it:
# in rows like the page, or turned into strips.
from array import array

import native
from kesu.geometry import BAND_ROWS, BANDS, HEIGHT, STRIDE, TURNED, WIDTH
from micropython import const

_NOTE = const(1)  # owner kinds of native.own
_FRAME = const(2)

# Cells of `pen`.
X = const(0)  # last inked point
Y = const(1)
LAST_MS = const(2)  # ticks of the last point
DOWN = const(3)  # 1 while a stroke is in progress
POINTS = const(4)  # points inked since the last wipe
DIRTY = const(5)  # bands with ink the panel has not been sent
SENT = const(6)  # bands of the refresh in progress
_CELLS = const(7)


class Memo:
    """The buffers, and views of them cut once so that no slice is made later."""

    def __init__(self):
        self.frame = bytearray(STRIDE * HEIGHT)
        self.shown = bytearray(STRIDE * HEIGHT)
        self.pen = array("i", [0] * _CELLS)
        self.sample = array("H", [0, 0, 0, 0])  # x, y, ticks & FFFFh, 1 for a pen just down
        view = memoryview(self.frame)
        band_bytes = BAND_ROWS * STRIDE
        self.frame_bands = [view[band * band_bytes : (band + 1) * band_bytes] for band in range(BANDS)]
        native.own(_NOTE, self.pen)
        native.own(_NOTE, self.sample)
        native.own(_FRAME, self.frame)
        native.own(_FRAME, self.shown)

    def zero(self):
        """Zero every registered buffer of the pad, these included; never fails, never allocates."""
        native.zero_owned()

    def keep_band(self, band):
        """Copy a band of the page to `shown`, which then holds what the panel gets while ink goes on."""
        if TURNED:
            native.turn(self.shown, self.frame, STRIDE, band * BAND_ROWS, (band + 1) * BAND_ROWS)
            return
        native.blit(self.shown, STRIDE, 0, band * BAND_ROWS, self.frame_bands[band], WIDTH)

    def keep_all(self):
        """Copy the whole page to `shown`."""
        if TURNED:
            native.turn(self.shown, self.frame, STRIDE, 0, HEIGHT)
            return
        native.blit(self.shown, STRIDE, 0, 0, self.frame, WIDTH)
