"""test_verify_blank: the pad's own pages count as blank while they are drawn; a note does not."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
import pytest
from kesu.verify.search.measure import LETTER_BYTES, frame_blank, one_or_other

STRIDE = 10
PAGE = b"\xff" * 100 + b"\x3c\xe7" * 50 + b"\xff" * 100
AWAY = b"\xff" * 50 + b"\x81" * 60 + b"\xff" * 190
WHITE, BLACK = b"\xff" * len(PAGE), bytes(len(PAGE))
PAGES = [BLACK, WHITE, PAGE, AWAY]


def by_columns(sent: int) -> bytes:
    """PAGE over BLACK, column by column from the last, as a rotated panel is written."""
    picture = np.frombuffer(BLACK, np.uint8).reshape(-1, STRIDE).copy()
    page = np.frombuffer(PAGE, np.uint8).reshape(-1, STRIDE)
    for index in range(sent):
        column, row = divmod(index, len(page))
        picture[row, STRIDE - 1 - column] = page[row, STRIDE - 1 - column]
    return picture.tobytes()


@pytest.mark.parametrize(
    "content",
    [
        *PAGES,
        PAGE[:150] + BLACK[150:],
        BLACK[:143] + PAGE[143:],
        WHITE[:120] + PAGE[120:],
        AWAY[:77] + PAGE[77:],
        by_columns(100),
        PAGE[:140] + BLACK[140:146] + PAGE[146:150] + BLACK[150:],
    ],
    ids=["black", "white", "page", "another page", "over black", "from below", "over white", "page over page",
         "by columns", "a row from its end"],
)  # fmt: skip
def test_a_plane_that_receives_a_page_is_blank(content: bytes) -> None:
    assert one_or_other(content, PAGES, STRIDE)


def coarse(tone: bytes) -> bytes:
    """A note in bytes of one value over the page: legible, without a distinctive run of 64 pixels."""
    picture = bytearray(PAGE)
    for place in (12, 13, 22, 25, 32, 33, 34, 42, 45, 52, 213, 214, 223, 233):
        picture[place : place + 1] = tone
    return bytes(picture)


@pytest.mark.parametrize(
    "content",
    [
        coarse(b"\x00"),
        coarse(b"\x55"),
        b"\x55" * len(PAGE),
        PAGE[:10] + b"\xef\xdf" + PAGE[12:],
        WHITE[:10] + b"\xef" + WHITE[11:],
        PAGE[:100] + b"\xff" * 4 + PAGE[104:108] + b"\xff" * 4 + PAGE[112:],
        PAGE[:150] + BLACK[150:290] + b"\x01" + BLACK[291:],
    ],
    ids=["coarse black note", "coarse grey note", "grey", "ink beside the page", "ink on white",
         "holes in the page", "ink where black was"],
)  # fmt: skip
def test_a_plane_with_other_content_is_not_blank(content: bytes) -> None:
    assert not one_or_other(content, PAGES, STRIDE)


@pytest.mark.parametrize(
    "content",
    [
        PAGE,
        BLACK,
        WHITE,
        WHITE[:150] + BLACK[150:],
        PAGE[:120] + WHITE[120:],
        PAGE[:120] + b"\x3f\xff\x7f" + b"\xff" * 177,
        PAGE[:150] + BLACK[150:],
    ],
    ids=["drawn", "zero", "white", "half filled", "half drawn", "in the middle of a letter", "half combined"],
)
def test_the_pads_own_pages_are_blank(content: bytes) -> None:
    assert frame_blank(content, PAGE)


@pytest.mark.parametrize(
    "content",
    [
        PAGE[:10] + b"\xef\xdf" + PAGE[12:],
        PAGE[:140] + b"\xef" + PAGE[141:150] + BLACK[150:],
        b"\xff" * 10 + b"\xef" + b"\xff" * 288 + b"\xdf",
        b"\xff" * 100 + b"\xfd\xef" * 50 + b"\xff" * 100,
        b"\xff" * 100 + b"\x3d\xef" * (LETTER_BYTES // 2 + 1) + b"\xff" * (200 - LETTER_BYTES - 2),
        coarse(b"\x00"),
        coarse(b"\x55"),
    ],
    ids=["ink beside the page", "ink in a half page", "ink on white", "ink over the page", "more than a letter",
         "coarse black", "coarse grey"],
)  # fmt: skip
def test_ink_is_not_blank(content: bytes) -> None:
    assert not frame_blank(content, PAGE)
