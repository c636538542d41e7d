"""test_progress: a step prints its begin and end; a nested step prints nothing."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

from io import StringIO

import pytest
from kesu.common.progress import Progress


def test_a_step_prints_begin_and_end() -> None:
    heard = StringIO()
    with Progress("Compiling", heard) as step:
        step.update(1, 2)
    lines = heard.getvalue().splitlines()
    assert lines[0] == "Compiling ..."
    assert lines[1].startswith("Compiling: done, ")


def test_a_failed_step_prints_that_it_stopped() -> None:
    heard = StringIO()
    with pytest.raises(ValueError, match="x"), Progress("Compiling", heard):
        raise ValueError("x")
    assert "Compiling: stopped, " in heard.getvalue()


def test_a_nested_step_prints_nothing() -> None:
    outer, inner, following = StringIO(), StringIO(), StringIO()
    with Progress("Verifying", outer), Progress("Compiling", inner) as step:
        step.update(1, 2)
    with Progress("Compiling", following):
        pass
    assert inner.getvalue() == ""
    assert len(outer.getvalue().splitlines()) == 2
    assert following.getvalue() != ""
