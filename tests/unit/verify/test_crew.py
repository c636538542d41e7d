"""test_crew: work in forked children while the parent runs on: results, exceptions, an early end."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import time
from functools import partial

import pytest
from kesu.verify.faults.crew import Broke, Crew


def test_results_of_all_children_are_collected() -> None:
    found: list[int | Broke] = []
    with Crew[int](2, found.append) as crew:
        for number in range(5):
            crew.fork(f"square {number}", partial(pow, number, 2))
    assert sorted(found, key=str) == [0, 1, 16, 4, 9]


def test_a_child_that_fails_or_dies_is_reported_by_name() -> None:
    found: list[int | Broke] = []

    def fails() -> int:
        raise ValueError("a bench that broke")

    def dies() -> int:
        os._exit(3)

    with Crew[int](1, found.append) as crew:
        crew.fork("first", fails)
        crew.fork("second", dies)
    assert [(answer.name, answer.text.splitlines()[-1]) for answer in found if isinstance(answer, Broke)] == [
        ("first", "ValueError: a bench that broke"),
        ("second", "it ended without a result"),
    ]


def test_an_early_end_leaves_no_child_running() -> None:
    def sleeper() -> int:
        time.sleep(600)
        return 0

    crew = Crew[int](2, lambda answer: None)
    crew.fork("sleeper", sleeper)
    (pid,) = [child.pid for child in crew._running.values()]
    crew.__exit__(KeyboardInterrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
