"""contrast: what an eye or a camera can tell of a note on tones of the film, in units of L*."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

Tones = NDArray[np.float32]
Mask = NDArray[np.bool_]
Pixels = NDArray[np.int64]
Tile = tuple[Pixels, Pixels]
"""Pixels of a note, and those that they are compared with."""

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
# Where an activation misses pixels at random, a few pixels of a note differ from their surround by chance. If it misses
# a tenth of them, one of 12 million tiles with 8 to 300 pixels of the note differs by more than TILE_ERRORS standard
# errors; a mean over many tiles is distributed normally.
TILE_ERRORS = 6.0
NOTE_ERRORS = 3.0
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


def tiles(note: Mask, surround: Mask) -> list[Tile]:
    """The tiles that have enough pixels of both: the indices of those in the flattened picture, row by row."""
    enough = (_in_tiles(note) >= FEWEST_TILE_PIXELS) & (_in_tiles(surround) >= FEWEST_TILE_PIXELS)
    number = np.arange(note.size).reshape(note.shape)
    found = []
    for row, column in np.argwhere(enough):
        top, left = TILE_PX * int(row), TILE_PX * int(column)
        tile = (slice(top, top + TILE_PX), slice(left, left + TILE_PX))
        found.append((number[tile][note[tile]], number[tile][surround[tile]]))
    return found


def worst_of(values_at: Callable[[Pixels], Tones], chosen: Iterable[Tile]) -> float:
    """The greatest difference of the means over the two parts of a tile; 0 without tiles. values_at: gives the values
    of pixels by their indices."""
    return max(
        (abs(float(values_at(note).mean()) - float(values_at(around).mean())) for note, around in chosen),
        default=0.0,
    )


def beyond_scatter_of(values_at: Callable[[Pixels], Tones], chosen: Iterable[Tile]) -> float:
    """What is more than TILE_ERRORS standard errors of each tile, or more than NOTE_ERRORS of the mean over all tiles,
    in which scatter cancels out. An error is that of a tile whose pixels all scatter as those around the note."""
    worst, mean, variance, pixels = 0.0, 0.0, 0.0, 0
    for note, around in chosen:
        inside, outside = values_at(note), values_at(around)
        difference = float(inside.mean()) - float(outside.mean())
        error = float(outside.std()) * math.sqrt(1 / note.size + 1 / around.size)
        worst = max(worst, abs(difference) - TILE_ERRORS * error)
        mean += note.size * difference
        variance += (note.size * error) ** 2
        pixels += note.size
    return max(worst, (abs(mean) - NOTE_ERRORS * math.sqrt(variance)) / pixels) if pixels else 0.0


def _in_tiles(mask: Mask) -> NDArray[np.int64]:
    """Number of pixels of the mask in each tile, by row and column of tiles."""
    rows, columns = (np.arange(0, length, TILE_PX) for length in mask.shape)
    counts: NDArray[np.int64] = np.add.reduceat(
        np.add.reduceat(mask, rows, axis=0, dtype=np.int64), columns, axis=1
    )
    return counts
