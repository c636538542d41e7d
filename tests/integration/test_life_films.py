"""test_life_films: two calls of an operator, as the films of the documents show them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kesu.images.toolchain.request import BuiltImage
from numpy.typing import NDArray
from PIL import Image
from scripts import load_script

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
STRIP_PX = 24
"""Rows of the strip that an inverted one has black, its line included."""
GLASS = (400, 300)
DARK = 128
APART_PX = 2


@pytest.fixture(scope="module")
def films() -> Any:
    return load_script(DOCS / "make_films.py")


def glass(films: Any, frame: Image.Image, number: int) -> NDArray[np.bool_]:
    """What is dark on the glass of one of the pads of a frame."""
    left = films.GAP_PX + number * (GLASS[0] + films.GAP_PX)
    box = (left, films.HEAD_PX, left + GLASS[0], films.HEAD_PX + GLASS[1])
    return np.asarray(frame.convert("L").crop(box)) < DARK


def lonely(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    """Count of dark pixels of one picture with none of the other within APART_PX rows and columns."""

    def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        around = range(-APART_PX, APART_PX + 1)
        return np.logical_or.reduce([np.roll(mask, (y, x), (0, 1)) for y in around for x in around])

    return int((one & ~grown(other)).sum() + (other & ~grown(one)).sum())


def stills_of(films: Any, name: str, count: int) -> list[Image.Image]:
    """The stills of a picture in the documents."""
    with Image.open(DOCS / "pictures" / "films" / f"{name}.png") as sheet:
        height = sheet.height // count
        return [sheet.crop((0, n * height, sheet.width, (n + 1) * height)).convert("L") for n in range(count)]


@pytest.fixture(scope="module")
def played(films: Any, sealed: BuiltImage) -> dict[str, list[Any]]:
    """Both films, with this image only."""
    return {name: films.film({"now": sealed.uf2}, shots) for name, shots in films.FILMS.items()}


def test_the_note_of_a_call_on_hold_lives_until_the_call_ends(played: dict[str, list[Any]]) -> None:
    noted = [(one.at_s, one.noted["now"]) for one in played["on-hold"]]
    assert [at_s for at_s, on in noted if on][-1] > 310.0
    assert [on for _, on in noted] == [False] + [True] * (len(noted) - 3) + [False, False]


def test_the_note_lives_through_after_call_work_until_the_softphone_says_ready(
    played: dict[str, list[Any]],
) -> None:
    noted = [one.noted["now"] for one in played["after-call-work"]]
    assert noted == [False] + [True] * (len(noted) - 3) + [False, False]


def test_the_strip_is_black_and_the_led_blinks_in_the_last_ten_seconds(
    films: Any, played: dict[str, list[Any]]
) -> None:
    last = [one for one in played["after-call-work"] if "last" in one.says and "15" not in one.says]
    assert len(last) == 5
    noted = [one for one in played["after-call-work"] if one.noted["now"]]
    dark = [glass(films, one.frame, 0)[-STRIP_PX:].mean() for one in noted]
    inverted = [glass(films, one.frame, 0)[-STRIP_PX:].mean() for one in last]
    assert min(inverted) > 0.7
    assert sum(part > 0.5 for part in dark) == len(last), "only then"
    assert {one.lit["now"] for one in last} == {False, True}
    assert not any(one.lit["now"] for one in played["after-call-work"] if one not in last)


def test_the_films_of_the_documents_show_this_pad(films: Any, played: dict[str, list[Any]]) -> None:
    for name, filmed in played.items():
        made = [one.frame for one in filmed if one.still]
        for still, shown in zip(made, stills_of(films, name, len(made)), strict=True):
            ours, theirs = glass(films, still, 0)[:-STRIP_PX], glass(films, shown, 1)[:-STRIP_PX]
            assert lonely(ours, theirs) == 0, f"./dev pictures films: {name}"
        before = glass(films, stills_of(films, name, len(made))[2], 0)[:-STRIP_PX]
        assert lonely(before, glass(films, made[2], 0)[:-STRIP_PX]) > 500, "the earlier pad had lost the note"
    with Image.open(DOCS / "pictures" / "films" / "on-hold.gif") as gif:
        assert gif.n_frames == len(films.ON_HOLD)  # type: ignore[attr-defined]  # of GIF files
