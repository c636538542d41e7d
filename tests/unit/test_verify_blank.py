"""test_verify_blank: a page that is being drawn counts as blank, a note behind it does not."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.verify.search.measure import LETTER_BYTES, only_blank

PAGE = b"\xff" * 100 + b"\x3c\xe7" * 50 + b"\xff" * 100


@pytest.mark.parametrize(
    "content",
    [
        PAGE,
        b"\x00" * len(PAGE),
        b"\xff" * len(PAGE),
        PAGE[:150] + b"\x00" * 150,
        PAGE[:120] + b"\x3f\xff\x7f" + b"\xff" * 177,
    ],
    ids=["drawn", "zero", "white", "half filled", "in the middle of a letter"],
)
def test_what_the_pad_draws_itself_is_blank(content: bytes) -> None:
    assert only_blank(content, PAGE)


@pytest.mark.parametrize(
    "content",
    [
        PAGE[:10] + b"\xef\xdf" + PAGE[12:],
        b"\xff" * 10 + b"\xef" + b"\xff" * 289 + b"\xdf",
        b"\xff" * 100 + b"\xfd\xef" * 50 + b"\xff" * 100,
        b"\xff" * 100 + b"\x3d\xef" * (LETTER_BYTES // 2 + 1) + b"\xff" * (200 - LETTER_BYTES - 2),
    ],
    ids=["ink beside the page", "ink on white", "ink over the page", "more than a letter"],
)
def test_ink_is_not(content: bytes) -> None:
    assert not only_blank(content, PAGE + b"\xff" * (len(content) - len(PAGE)))
