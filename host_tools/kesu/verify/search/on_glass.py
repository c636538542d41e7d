"""on_glass: what can still be seen of a note on a virtual pad's glass, by the eye and by a camera."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.board.pad import VirtualPad
from kesu.verify.search.measure import Blank
from kesu.verify.search.needles import Bits

STRIP_ROWS = 28
"""Height of the strip below the page (firmware/kesu_pad/memo.py, with a test): printed texts only, which change."""


def ink_pixels(picture: Bits, reference: Blank) -> NDArray[np.bool_]:
    """Pixels, shape (height, width), that are black in `picture` (1 = white) and not in the blank pad's
    picture."""
    ink: NDArray[np.bool_] = (picture == 0) & (reference.page == 1)
    return ink


def _printed(pad: VirtualPad) -> NDArray[np.bool_]:
    """Pixels that are meant to be black now, shape (height, width); none while the whole page is driven to black."""
    shown: NDArray[np.bool_] = pad.glass.intended <= 0.5
    return shown & ~shown.all()


def uncovered(pad: VirtualPad, ink: NDArray[np.bool_], reference: Blank) -> NDArray[np.bool_]:
    """The note's pixels without those covered by the page printed now: the one of the known pages that the picture
    resembles most, and the strip. Black pixels elsewhere cover nothing: they may be the note. On a fault's page all
    rows with text count as covered, because code and reason differ from fault to fault. A waveform that drives the
    whole page to black prints nothing."""
    shown = _printed(pad)
    page = min(reference.pages, key=lambda page: int(((page == 0) ^ shown).sum()))
    covers = page == 0
    if page is reference.fault.page:
        covers |= covers.any(axis=1)[:, np.newaxis]
    covers[-STRIP_ROWS:] = True
    left: NDArray[np.bool_] = ink & ~(shown & covers)
    return left


def contrast(pad: VirtualPad, ink: NDArray[np.bool_], reference: Blank) -> float:
    """Contrast of the note on the glass for the eye: L* in the worst tile. The READY picture and other printed pages,
    such as a fault page, are left out."""
    left = uncovered(pad, ink, reference)
    # A page printed over the note must not count as contrast of the rest of the note.
    printed = _printed(pad) & ~left
    return float(pad.glass.legible_contrast(left, (reference.reflectance < 0.5) | printed))


def ghost(pad: VirtualPad, ink: NDArray[np.bool_], reference: Blank) -> float:
    """Contrast of the note on the glass for a camera: L* in the worst tile, without printed pages."""
    return float(pad.glass.ghost_contrast(uncovered(pad, ink, reference)))
