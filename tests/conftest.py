"""conftest: which deep tests are run, the order of tests when several processes share them, and what Python's garbage
collector looks through.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import gc
import os

import pytest
from drawn import commit, draws


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cpu-times", type=int, metavar="N", help="list the N tests that take most processor time"
    )
    parser.addoption(
        "--deep-parts", type=int, default=1, metavar="N", help="run one in N deep tests, drawn by the commit"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Nothing that is collected here is garbage: modules, and thousands of tests."""
    gc.disable()
    most = config.getoption("--cpu-times", None)
    if most is not None:
        from cpu_times import CpuTimes

        config.pluginmanager.register(CpuTimes(most))


def pytest_collection_finish() -> None:
    """Leave out of each later collection what is there for the whole run: the firmware under test asks for one at each
    start, and looking through all tests took longer than most tests do. A forked pad also shares these pages."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the deep tests that the commit does not draw, if only a part is asked for.

    Each process of `pytest -n` begins with long tests, so that none of them is left for the end.

    With --dist worksteal, each process gets one part of the list; its order must be the same in all of them.
    """
    unmarked = [item.nodeid for item in items if is_only_deep(item)]
    if unmarked:
        raise pytest.UsageError(f"deep and not slow, so that --fast runs them: {', '.join(unmarked)}")
    deep_parts = config.getoption("--deep-parts", 1)
    if deep_parts > 1:
        left_out = [item for item in items if is_left_out(item, commit(), deep_parts)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = without(items, left_out)
    parts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if parts > 1:
        items[:] = spread(items, [item for item in items if item.get_closest_marker("long")], parts)


def is_left_out(item: pytest.Item, seed: str, parts: int) -> bool:
    """Whether a test is deep and not in the part that the seed draws."""
    return item.get_closest_marker("deep") is not None and not draws(seed, item.nodeid, parts)


def is_only_deep(item: pytest.Item) -> bool:
    """Whether a test is marked deep, by itself or by a parameter, and not slow."""
    return item.get_closest_marker("deep") is not None and item.get_closest_marker("slow") is None


def without(items: list[pytest.Item], others: list[pytest.Item]) -> list[pytest.Item]:
    """The items that are not among the others, in their order."""
    known = set(others)
    return [item for item in items if item not in known]


def spread(items: list[pytest.Item], first: list[pytest.Item], parts: int) -> list[pytest.Item]:
    """The same tests, cut into parts of one size, those to run first at the beginning of the parts."""
    others = without(items, first)
    found: list[pytest.Item] = []
    for number in range(parts):
        begins = first[number::parts]
        end = (len(items) - len(found)) // (parts - number) - len(begins)  # as xdist cuts the list
        found += begins + others[:end]
        others = others[end:]
    return found
