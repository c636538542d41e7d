"""test_trace_film: the film of a note's ink in memory shows this pad: ink while it is written, none after the call."""
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
APART = 24
"""Levels of 256 by which a colour of the quantized picture may differ."""


@pytest.fixture(scope="module")
def filmed(sealed: BuiltImage) -> list[Any]:
    found: list[Any] = load_script(DOCS / "make_trace_film.py").Film(sealed.uf2).play()
    return found


def test_ink_grows_with_the_strokes_and_is_gone_with_the_call(filmed: list[Any]) -> None:
    writing = [one.inked for one in filmed if "writes" in one.says]
    assert len(writing) > 8
    assert writing == sorted(writing)
    assert writing[0] > 0
    assert writing[-1] > 1_000
    ended = [one.inked for one in filmed if "ended" in one.says]
    assert ended == [0] * 6


def test_the_picture_of_the_documents_is_this_film(filmed: list[Any]) -> None:
    stills = [np.asarray(one.frame, dtype=int) for one in filmed if one.still]
    with Image.open(DOCS / "pictures" / "films" / "trace.png") as sheet:
        shown = np.asarray(sheet.convert("RGB"), dtype=int)
    made = np.concatenate(stills)
    assert made.shape == shown.shape, "./dev pictures trace"
    differing = (np.abs(made - shown).max(axis=2) > APART).mean()
    assert differing < 0.001, "./dev pictures trace"
    with Image.open(DOCS / "pictures" / "films" / "trace.gif") as gif:
        frames: int = gif.n_frames  # type: ignore[attr-defined]  # of GIF files
    # Of frames that are alike a GIF has one.
    assert frames == len({one.frame.tobytes() for one in filmed})
