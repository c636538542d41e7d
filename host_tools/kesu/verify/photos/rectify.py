"""rectify: finds the glass in a photograph and corrects rotation, perspective and uneven light.

The glass is the largest light four-sided field on a darker case. Four corners give a homography (Hartley and
Zisserman, Multiple View Geometry, 4.1), which Pillow applies. The light is evened by dividing by a smooth
surface fitted to the paper, so that a lamp at one side does not look like a ghost.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kesu.common.errors import Exit, KesuError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEARCH_PX = 320
"""Width of the photograph during the search: enough for the corners, and fast to flood-fill."""
LEAST_SHARE = 0.05
"""Least share of the picture's area for the glass."""
LEAST_RANGE = 16.0
"""Least difference between the glass and its case, of 255 levels."""
FILL = (0.85, 1.1)
"""Light area as a share of the four-sided field between its corners, ink included."""
INSET = 0.02
"""Share of the width cut off at each side: the edge and its shadow."""


def rectified(photograph: Image.Image, width: int, height: int, name: str) -> Floats:
    """The glass as an array (height, width), 0 to 1, upright and evenly lit.

    width, height: of the result, in the panel's proportions. name: of the file, for errors. Raises KesuError
    when no glass can be found.
    """
    grey = photograph.convert("L")
    corners = find_corners(grey, name)
    if np.linalg.norm(corners[1] - corners[0]) < np.linalg.norm(corners[3] - corners[0]):
        corners = np.roll(corners, -1, axis=0)  # a portrait photograph: rotate the glass
    straight = grey.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        data=[float(value) for value in _homography(_inset(corners), width, height)],
        resample=Image.Resampling.BICUBIC,
    )
    return even(np.asarray(straight, dtype=np.float64) / 255.0)


def find_corners(grey: Image.Image, name: str) -> Floats:
    """Corners (4, 2) as x, y in the photograph: top left, top right, bottom right, bottom left."""
    scale = max(1.0, grey.width / SEARCH_PX)
    small = grey.resize((round(grey.width / scale), round(grey.height / scale)), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float64)
    if np.ptp(values) < LEAST_RANGE:
        raise _not_found(name, "it is one even field")
    field = _largest(values > _threshold(values))
    if field.mean() < LEAST_SHARE:
        raise _not_found(name, "nothing light fills a twentieth of the picture")
    rows, columns = np.nonzero(field)
    total, difference = columns + rows, columns - rows
    places = [total.argmin(), difference.argmax(), total.argmax(), difference.argmin()]
    corners = np.array([(columns[at] + 0.5, rows[at] + 0.5) for at in places])
    area = 0.5 * abs(
        np.dot(corners[:, 0], np.roll(corners[:, 1], 1)) - np.dot(corners[:, 1], np.roll(corners[:, 0], 1))
    )
    if not FILL[0] * area < field.sum() < FILL[1] * area or area < LEAST_SHARE * field.size:
        raise _not_found(name, "the light field in it does not have four straight sides")
    return corners * scale


def even(values: Floats) -> Floats:
    """Divide by the paper's brightness: a surface of second order, fitted to what is not ink."""
    height, width = values.shape
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(rows), rows, columns, rows * columns, rows**2, columns**2], axis=-1)
    paper = np.ones_like(values, dtype=bool)
    for _ in range(3):
        weights, *_ = np.linalg.lstsq(terms[paper], values[paper], rcond=None)
        light = terms @ weights
        ratio = values / np.maximum(light, 1e-3)
        paper = ratio > 0.9  # ink is far darker than any remaining unevenness
    return np.asarray(ratio, dtype=np.float64)


def _threshold(values: Floats) -> float:
    """Otsu's threshold: the split of the histogram with the least variance within its two parts (IEEE
    Transactions on Systems, Man and Cybernetics 9, 1979)."""
    counts, edges = np.histogram(values, bins=128)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(centres[np.nanargmax(between)])


def _largest(light: Mask) -> Mask:
    """The largest connected field of a mask, with holes (ink) filled: all that the outside cannot reach."""
    best = np.zeros_like(light)
    left = light.copy()
    while left.any():
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        found = _flood(left, int(row), int(column))
        left &= ~found
        if found.sum() > best.sum():
            best = found
        if best.sum() > left.sum():
            break
    framed = np.pad(~best, 1, constant_values=True)
    return ~_flood(framed, 0, 0)[1:-1, 1:-1]


def _flood(mask: Mask, row: int, column: int) -> Mask:
    """The connected field of `mask` around a pixel of it."""
    found = np.zeros_like(mask)
    found[row, column] = True
    waiting = deque([(row, column)])
    height, width = mask.shape
    while waiting:
        at_row, at_column = waiting.popleft()
        for near_row, near_column in (
            (at_row - 1, at_column),
            (at_row + 1, at_column),
            (at_row, at_column - 1),
            (at_row, at_column + 1),
        ):
            if (
                0 <= near_row < height
                and 0 <= near_column < width
                and mask[near_row, near_column]
                and not found[near_row, near_column]
            ):
                found[near_row, near_column] = True
                waiting.append((near_row, near_column))
    return found


def _inset(corners: Floats) -> Floats:
    centre = corners.mean(axis=0)
    return np.asarray(centre + (corners - centre) * (1 - 2 * INSET))


def _homography(corners: Floats, width: int, height: int) -> Floats:
    """Eight coefficients that map a pixel of the result to one of the photograph."""
    targets = [(0, 0), (width, 0), (width, height), (0, height)]
    rows, wanted = [], []
    for (x, y), (u, v) in zip(targets, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return np.linalg.solve(np.array(rows, dtype=np.float64), np.array(wanted, dtype=np.float64))


def _not_found(name: str, why: str) -> KesuError:
    return KesuError(
        f"no glass was found in {name}: {why}",
        hint="photograph the whole glass from above, on its dark case, without a window's reflection",
        code=Exit.DATA,
    )
