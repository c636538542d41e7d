"""test_fork: a scenario in a child returns its result, error or time-out, and changes nothing in the parent."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import time

import pytest
from kesu.emulator.core.fork import ForkError, fork_run


def test_the_result_is_returned_and_the_parent_is_unchanged() -> None:
    state = {"ink": 0}

    def scenario(pad: dict[str, int]) -> tuple[int, int]:
        pad["ink"] = 7
        return pad["ink"], os.getpid()

    ink, child = fork_run(state, scenario)
    assert ink == 7
    assert child != os.getpid()
    assert state == {"ink": 0}


def test_a_large_result_is_returned_completely() -> None:
    assert fork_run(b"\x5a" * 4_000_000, lambda pad: pad) == b"\x5a" * 4_000_000


def test_an_error_is_returned_with_its_traceback() -> None:
    def scenario(pad: int) -> int:
        return pad // 0

    with pytest.raises(ForkError, match="ZeroDivisionError"):
        fork_run(1, scenario)


def test_a_result_that_cannot_be_pickled_is_reported() -> None:
    with pytest.raises(ForkError, match="pickle"):
        fork_run(1, lambda pad: lambda: pad)


def test_dead_child_is_reported() -> None:
    with pytest.raises(ForkError, match="without a result"):
        fork_run(1, lambda pad: os.kill(os.getpid(), 9))


def test_slow_child_is_stopped() -> None:
    start = time.monotonic()
    with pytest.raises(ForkError, match=r"longer than 0\.2 s"):
        fork_run(1, lambda pad: time.sleep(600), timeout_s=0.2)
    assert time.monotonic() - start < 300
