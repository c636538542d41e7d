"""contrast: what an eye or a camera can tell of a note on tones of the film, in units of L*."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Tones = NDArray[np.float32]
Mask = NDArray[np.bool_]

# White and black of a monochrome film, as CIE lightness: reflectance 0.35 and 0.027 (contrast ratio 13).
# Typical of this class of film, not measured on a GDEY042T81.
WHITE_LIGHTNESS = 65.7
BLACK_LIGHTNESS = 18.8
LIGHTNESS_SPAN = WHITE_LIGHTNESS - BLACK_LIGHTNESS

# One unit of L* is about one just noticeable difference between large adjacent fields. Reading thin strokes
# takes more: 2 L* on this white is 7 % luminance contrast, at which a digit is no longer readable.
LEGIBLE_LIGHTNESS = 2.0
# A residual image counts as clean when even a side by side comparison shows nothing: under one unit of L*.
CLEAN_LIGHTNESS = 1.0

# A mean over the whole note would hide one remaining stroke, so contrast is that of the worst tile.
TILE_PX = 40
FEWEST_TILE_PIXELS = 8
SURROUND_PX = 4


def camera(lightness: Tones) -> NDArray[np.uint8]:
    """Grey levels, sRGB encoded, of a camera exposed so that the film's white is 85 % of full scale."""
    light = luminance(lightness) * (0.85 / luminance(np.float32(WHITE_LIGHTNESS)))
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.clip(np.rint(encoded * 255.0), 0, 255).astype(np.uint8)


def luminance(lightness: Tones | np.float32) -> NDArray[np.float64]:
    """CIE 1976: relative luminance of L* above 8."""
    return np.asarray(((lightness + 16.0) / 116.0) ** 3, np.float64)


def grown(mask: Mask, distance: int) -> Mask:
    """Every pixel within `distance` of the mask, in a square neighbourhood."""
    height, width = mask.shape
    padded = np.pad(mask, distance)
    taller = np.zeros_like(mask)
    for down in range(2 * distance + 1):
        taller |= padded[down : down + height, distance : distance + width]
    padded = np.pad(taller, distance)
    wider = np.zeros_like(mask)
    for right in range(2 * distance + 1):
        wider |= padded[distance : distance + height, right : right + width]
    return wider


def worst_tile(values: Tones, note: Mask, surround: Mask) -> float:
    """Difference of the means over note and surround in the tile where it is greatest; 0 without enough
    pixels."""
    worst = 0.0
    enough = (_in_tiles(note) >= FEWEST_TILE_PIXELS) & (_in_tiles(surround) >= FEWEST_TILE_PIXELS)
    for row, column in np.argwhere(enough):
        top, left = TILE_PX * int(row), TILE_PX * int(column)
        tile = (slice(top, top + TILE_PX), slice(left, left + TILE_PX))
        part = values[tile]
        worst = max(worst, abs(float(part[note[tile]].mean()) - float(part[surround[tile]].mean())))
    return worst


def _in_tiles(mask: Mask) -> NDArray[np.int64]:
    """Number of pixels of the mask in each tile, by row and column of tiles."""
    rows, columns = (np.arange(0, length, TILE_PX) for length in mask.shape)
    counts: NDArray[np.int64] = np.add.reduceat(
        np.add.reduceat(mask, rows, axis=0, dtype=np.int64), columns, axis=1
    )
    return counts
