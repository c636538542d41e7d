"""test_drawn_reviews: a campaign without the lists of reviewed code, in which only what a leak does counts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from kesu.verify.found import Found
from kesu.verify.leaks.judging import Enough
from kesu.verify.outcome import LEAST_INKED, Coverage, Walk
from kesu.verify.runner import drawn
from kesu.verify.subject import Subject

WALK = Walk(5, 8, LEAST_INKED, 1.0, (), (), ())
COVERAGE = Coverage("frozen functions", 3, 2, 40, 30, ())
NEW = {
    "a branch": Found(walks=[replace(WALK, branches=("kesu_new+0x4",))]),
    "a function": Found(coverage=[replace(COVERAGE, open=("kesu_new, 10 places",))]),
}
ACTS = {
    "ink left": Found(walks=[replace(WALK, branches=("kesu_new+0x4",), left=("RTC",))]),
    "ink outside": Found(walks=[replace(WALK, escapes=("to 0x40060000",))]),
}


def left(found: Found, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, bool]:
    """Whether what is left is a finding, and whether the check was asked to end because of it."""
    asked: list[bool] = []

    def one(subject: Subject, name: str, enough: Enough) -> Iterator[Found]:
        asked.append(enough(found))
        yield found

    monkeypatch.setattr(drawn, "parts", one)
    (given,) = drawn._unreviewed(cast(Subject, None), "walks", lambda part: bool(part.broken))
    return bool(given.broken), asked[0]


@pytest.mark.parametrize("name", NEW)
def test_that_code_is_new_is_no_finding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert NEW[name].broken
    assert left(NEW[name], monkeypatch) == (False, False)


@pytest.mark.parametrize("name", ACTS)
def test_what_a_leak_does_is_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert left(ACTS[name], monkeypatch) == (True, True)
