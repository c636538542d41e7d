"""cpu_times: `pytest --cpu-times N` lists the N tests that take most processor time, whatever else the machine does.

The time is that of the test's process and of its children that have ended, with fixtures, system calls included.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest


def used_s() -> float:
    """Processor time of this process so far."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class CpuTimes:
    """Measures in each process of the tests; the process that prints the summary adds up."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._last_s = used_s()
        self._spent: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        """Put the time since the last report into this one, which pytest-xdist passes on."""
        outcome: Any = yield
        now_s = used_s()
        outcome.get_result().cpu_s = now_s - self._last_s
        self._last_s = now_s

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up setup, call and teardown of each test."""
        self._spent[report.nodeid] += getattr(report, "cpu_s", 0.0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the list."""
        terminalreporter.section(f"processor time: {sum(self._spent.values()):.0f} s, of it")
        ordered = sorted(self._spent.items(), key=lambda entry: -entry[1])
        for name, spent_s in ordered[: self._most]:
            terminalreporter.write_line(f"{spent_s:8.2f} s {name}")
