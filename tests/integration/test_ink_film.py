"""test_ink_film: the film of ink in pulses beside partial refreshes, as the documents show it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kesu.images.toolchain.request import BuiltImage
from PIL import Image
from scripts import load_script

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
NEARLY = 0.002
"""Share of the pixels that may differ by more than a grey."""


@pytest.fixture(scope="module")
def maker() -> Any:
    return load_script(DOCS / "make_ink_film.py")


@pytest.fixture(scope="module")
def stills(maker: Any, sealed: BuiltImage) -> list[Image.Image]:
    found: list[Image.Image] = maker.film(sealed.uf2, maker.STILLS_MS[-1])[1]
    return found


def inked(maker: Any, still: Image.Image, number: int) -> int:
    """Number of pixels of a side that are visibly darker than the paper."""
    width = maker.CUT[2] - maker.CUT[0]
    left = maker.GAP_PX + number * (width + maker.GAP_PX)
    box = (left + 1, maker.HEAD_PX + 1, left + width - 1, maker.HEAD_PX + maker.CUT[3] - maker.CUT[1] - 1)
    side = np.asarray(still.convert("L").crop(box))
    return int((side < np.median(side) - 20).sum())


def test_ink_in_pulses_is_ahead_of_partial_refreshes(maker: Any, stills: list[Image.Image]) -> None:
    assert len(stills) == len(maker.STILLS_MS)
    for still in stills:
        assert inked(maker, still, 1) > 1.2 * inked(maker, still, 0)


def test_the_documents_show_this_film(maker: Any, stills: list[Image.Image]) -> None:
    with Image.open(DOCS / "pictures" / "films" / "ink.png") as sheet:
        shown = np.asarray(sheet.convert("L"), np.int16)
    made = np.concatenate([np.asarray(still.convert("L"), np.int16) for still in stills])
    assert shown.shape == made.shape
    assert float((abs(shown - made) > 24).mean()) < NEARLY, "./dev pictures ink"
    assert float((abs(shown[::-1] - made) > 24).mean()) > 10 * NEARLY, "the control"
