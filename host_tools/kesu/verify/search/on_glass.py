"""on_glass: what can still be seen of a note on a virtual pad's glass, by the eye and by a camera."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kesu.emulator.panel.contrast import Tile
from kesu.emulator.panel.glass import Glass
from kesu.verify.search.measure import Blank
from kesu.verify.search.needles import Bits

STRIP_ROWS = 28
"""Height of the strip below the page (firmware/kesu_pad/memo.py, with a test): printed texts only, which change."""


class HasGlass(Protocol):
    """A pad, or what computes the glass of one."""

    glass: Glass


def ink_pixels(picture: Bits, reference: Blank) -> NDArray[np.bool_]:
    """Pixels, shape (height, width), that are black in `picture` (1 = white) and not in the blank pad's
    picture."""
    ink: NDArray[np.bool_] = (picture == 0) & (reference.page == 1)
    return ink


def _printed(pad: HasGlass) -> NDArray[np.bool_]:
    """Pixels that are meant to be black now, shape (height, width); none while the whole page is driven to black."""
    shown: NDArray[np.bool_] = pad.glass.intended <= 0.5
    return shown & ~shown.all()


def uncovered(pad: HasGlass, ink: NDArray[np.bool_], reference: Blank) -> NDArray[np.bool_]:
    """The note's pixels without those covered by the page printed now: the one of the known pages that the picture
    resembles most, and the strip. Black pixels elsewhere cover nothing: they may be the note. On a fault's page all
    rows with text count as covered, because code and reason differ from fault to fault. A waveform that drives the
    whole page to black prints nothing."""
    shown = _printed(pad)
    page = min(reference.pages, key=lambda page: int(((page == 0) ^ shown).sum()))
    covers = page == 0
    if reference.fault is not None and page is reference.fault.page:
        covers |= covers.any(axis=1)[:, np.newaxis]
    covers[-STRIP_ROWS:] = True
    left: NDArray[np.bool_] = ink & ~(shown & covers)
    return left


def contrast(pad: HasGlass, ink: NDArray[np.bool_], reference: Blank) -> float:
    """Contrast of the note on the glass for the eye: L* in the worst tile. The READY picture and other printed pages,
    such as a fault page, are left out."""
    return pad.glass.worst_of(_compared(pad, ink, reference).legible)


def ghost(pad: HasGlass, ink: NDArray[np.bool_], reference: Blank) -> float:
    """Contrast of the note on the glass for a camera: L* in the worst tile, without printed pages."""
    return pad.glass.worst_of(_compared(pad, ink, reference).ghost)


@dataclass(frozen=True)
class _Compared:
    """Pixels that are compared, and what they follow from."""

    intended: object
    ink: object
    reference: object
    legible: list[Tile]
    ghost: list[Tile]

    def follows_from(self, *these: object) -> bool:
        """Whether these are the same objects; none of them is changed once it is made."""
        mine = (self.intended, self.ink, self.reference)
        return all(one is other for one, other in zip(mine, these, strict=True))


_last: list[_Compared] = []


def _compared(pad: HasGlass, ink: NDArray[np.bool_], reference: Blank) -> _Compared:
    """They change only when a waveform begins, but the glass is looked at every few ms: the last ones are kept."""
    causes = (pad.glass.intended, ink, reference)
    if not _last or not _last[0].follows_from(*causes):
        left = uncovered(pad, ink, reference)
        # A page printed over the note must not count as contrast of the rest of the note.
        printed = _printed(pad) & ~left
        legible = pad.glass.legible_tiles(left, (reference.reflectance < 0.5) | printed)
        _last[:] = [_Compared(*causes, legible, pad.glass.ghost_tiles(left))]
    return _last[0]
