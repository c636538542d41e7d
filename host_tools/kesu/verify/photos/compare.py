"""compare: tests whether a photograph after the wipe still shows traces of the note in the one before."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kesu.common.errors import Exit, KesuError
from kesu.spec.panels import PANELS
from kesu.verify.photos.rectify import Floats, rectified

Mask = NDArray[np.bool_]
Verdict = Literal["CLEAN", "LEFT"]

INK = 0.75
"""Ink threshold as a share of the paper's brightness. A pen line is about 0.3, grey texture of the film 0.9."""
LEAST_INK = 0.002
"""Share of the glass that must be ink in the photograph before: less may be a dot or dirt, and proves nothing."""
SHIFT_PX = 3
"""Search range for aligning the two photographs: corners are not found exactly."""
Z_LEFT = 5.0
"""Standard errors by which the ink's pixels must be darker than their surroundings to count as left."""
LEAST_CONTRAST = 0.005
"""Least difference as a share of the paper's brightness: less is invisible even with stretched contrast."""
STRIP_ROWS = 34
"""Height of the status strip at the bottom, with a margin; its content differs before and after."""
NEAR_PX = 6
"""Radius of the surroundings of ink."""


@dataclass(frozen=True)
class Comparison:
    """The result of a comparison.

    ink: share of the glass that was ink before. contrast: how much darker the ink's places are than their
    surroundings after the wipe, as a share of the paper's brightness; negative is lighter. z: the same in
    standard errors. before, after: the rectified pictures, contrast-stretched, for viewing.
    """

    verdict: Verdict
    ink: float
    contrast: float
    z: float
    before: Image.Image
    after: Image.Image


def compare(
    before: Image.Image,
    after: Image.Image,
    panel: str,
    names: tuple[str, str],
    blank: Image.Image | None = None,
) -> Comparison:
    """Compare two photographs of one pad, with the note and after its wipe.

    panel: a key of PANELS, for the proportions. names: of the files, for errors. blank: the same pad at READY
    before the note, if a template is under the ink; dark pixels there are not the note. Raises KesuError if
    one shows no glass, or the one before shows no ink.
    """
    width, height = PANELS[panel].width, PANELS[panel].height
    old = rectified(before, width, height, names[0])
    new = rectified(after, width, height, names[1])
    printed = np.zeros_like(old, dtype=bool)
    printed[height - STRIP_ROWS :] = True
    if blank is not None:
        printed |= _grown(rectified(blank, width, height, "the blank pad") < INK, SHIFT_PX + 1)
    ink = (old < INK) & ~printed
    if ink.mean() < LEAST_INK:
        raise KesuError(
            f"{names[0]} shows no note: {100 * ink.mean():.2f} % of its glass is dark",
            hint="write on the pad before the first photograph: without a note the second shows nothing",
            code=Exit.DATA,
        )
    contrast, z = max(
        (_darker(ink, printed, new, down, across) for down in _shifts() for across in _shifts()),
        key=lambda found: found[1],
    )
    left = z > Z_LEFT and contrast > LEAST_CONTRAST
    return Comparison(
        "LEFT" if left else "CLEAN", float(ink.mean()), contrast, z, stretched(old), stretched(new)
    )


def stretched(values: Floats) -> Image.Image:
    """Stretch the contrast: the darkest and lightest hundredth become black and white."""
    low, high = np.percentile(values, (1, 99))
    scaled = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
    return Image.fromarray((scaled * 255).astype(np.uint8))


def _shifts() -> range:
    return range(-SHIFT_PX, SHIFT_PX + 1)


def _darker(ink: Mask, printed: Mask, new: Floats, down: int, across: int) -> tuple[float, float]:
    """How much darker the ink's pixels are than their surroundings, and the same in standard errors."""
    moved = np.roll(ink, (down, across), axis=(0, 1))
    places = moved & ~printed
    around = _grown(moved, NEAR_PX) & ~_grown(moved, 2) & ~printed
    if places.sum() < 20 or around.sum() < 20:
        return 0.0, 0.0
    inside, outside = new[places], new[around]
    contrast = float(outside.mean() - inside.mean())
    # Neighbouring pixels of a photograph are not independent: the camera's smoothing spans about 4.
    error = 4.0 * float(np.hypot(inside.std() / np.sqrt(inside.size), outside.std() / np.sqrt(outside.size)))
    return contrast, contrast / max(error, 1e-9)


def _grown(mask: Mask, by: int) -> Mask:
    """The mask dilated by `by` rows and columns."""
    grown = mask.copy()
    for axis in (0, 1):
        reach = grown.copy()
        for step in range(1, by + 1):
            for way in (step, -step):
                reach |= np.roll(grown, way, axis=axis)
        grown = reach
    return grown
