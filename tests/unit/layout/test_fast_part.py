"""test_fast_part: `./dev test --fast` runs some tests of every area, and skips the slow ones."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[2]
SLOW = "pytest.mark.slow"


DEEP = "pytest.mark.deep"


def marked(node: ast.AST, mark: str = SLOW) -> bool:
    return any(isinstance(part, ast.Attribute) and ast.unparse(part) == mark for part in ast.walk(node))


def of_module(body: list[ast.stmt], mark: str = SLOW) -> bool:
    """Whether a module marks all of its tests."""
    return any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark" and marked(node, mark)
        for node in body
    )


def functions_of(body: list[ast.stmt]) -> list[ast.FunctionDef]:
    return [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def deep(body: list[ast.stmt]) -> dict[str, bool]:
    """Each test of which `./dev test` leaves out something -> whether it is also marked slow."""
    all_slow = of_module(body)
    return {
        node.name: all_slow or any(map(marked, node.decorator_list))
        for node in functions_of(body)
        if any(marked(decorator, DEEP) for decorator in node.decorator_list)
    }


def fast_and_slow(area: Path) -> tuple[int, int]:
    """How many test functions below a folder are not marked slow, and how many are."""
    counts = [0, 0]
    for path in area.rglob("test_*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        all_slow = of_module(body)
        for node in functions_of(body):
            counts[all_slow or any(map(marked, node.decorator_list))] += 1
    return counts[0], counts[1]


@pytest.mark.slow
def test_every_area_has_fast_tests_and_slow_ones_are_marked() -> None:
    counts = {area.name: fast_and_slow(area) for area in TESTS.iterdir() if any(area.rglob("test_*.py"))}
    assert len(counts) >= 7
    assert [area for area, (fast, _) in counts.items() if fast == 0] == []
    assert sum(slow for _, slow in counts.values()) > 50


@pytest.mark.slow
def test_few_tests_are_deep_and_each_is_slow_too() -> None:
    """No module is deep as a whole: `./dev test` runs some tests of each."""
    found: dict[str, bool] = {}
    for path in TESTS.rglob("test_*.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert not of_module(body, DEEP), path
        found |= {f"{path.name}: {name}": slow for name, slow in deep(body).items()}
    assert [name for name, slow in found.items() if not slow] == []
    assert 0 < len(found) <= 24


def test_a_deep_test_that_is_not_slow_is_found() -> None:
    one = "@pytest.mark.parametrize('n', [1, pytest.param(2, marks=pytest.mark.deep)])\ndef test_a(n): pass\n"
    assert deep(ast.parse(one).body) == {"test_a": False}
    assert deep(ast.parse(f"pytestmark = pytest.mark.slow\n{one}").body) == {"test_a": True}
    assert deep(ast.parse("def test_a(): pass").body) == {}


def test_marks_of_module_and_test_are_counted(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("pytestmark = pytest.mark.slow\ndef test_a(): pass\n")
    assert fast_and_slow(tmp_path) == (0, 1)
    (tmp_path / "test_b.py").write_text("@pytest.mark.slow\ndef test_a(): pass\ndef test_b(): pass\n")
    assert fast_and_slow(tmp_path) == (1, 2)


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_long_tests_begin_the_part_of_each_process(parts: int) -> None:
    items: list[Any] = [*range(100)]
    long = [3, 50, 51, 99]
    found = conftest().spread(items, long, parts)
    assert sorted(found) == items
    rest, shares = list(found), []
    for number in range(parts):
        size = len(rest) // (parts - number)
        shares.append(rest[:size])
        rest = rest[size:]
    for number, share in enumerate(shares):
        assert [one for one in share if one in long] == share[: len(long[number::parts])]
    others = [one for one in found if one not in long]
    assert others == sorted(others)


class Marked:
    """A collected test with these marks."""

    def __init__(self, *marks: str) -> None:
        self.nodeid = f"test of {' and '.join(marks)}"
        self._marks = marks

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self._marks else None


def test_a_parameter_that_is_deep_and_not_slow_ends_the_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--fast` leaves out slow tests; a mark of a fixture's parameter is seen only once it is collected."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    collected = conftest().pytest_collection_modifyitems
    collected(Run(), [Marked("deep", "slow"), Marked("slow"), Marked()])
    with pytest.raises(pytest.UsageError, match="test of deep and long"):
        collected(Run(), [Marked("deep", "slow"), Marked("deep", "long")])


def test_a_commit_draws_deep_tests_and_runs_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    module = conftest()
    others = [Marked("slow"), Marked()]
    deep_ones = [Marked("deep", "slow", f"number {number}") for number in range(90)]
    drawn: set[Any] = set()
    for seed in range(30):
        monkeypatch.setattr(module, "commit", lambda seed=seed: str(seed))
        run, items = Run(3), [*deep_ones, *others]
        module.pytest_collection_modifyitems(run, items)
        assert items[-2:] == others
        assert {*items, *run.left_out} == {*deep_ones, *others}
        assert 10 < len(items) < 60
        drawn |= {*items}
    assert drawn == {*deep_ones, *others}, "each is drawn within a few commits"


class Run:
    """A run that is asked for one in so many deep tests."""

    def __init__(self, parts: int = 1) -> None:
        self.left_out: list[Any] = []
        self.hook = self
        self._parts = parts

    def getoption(self, _name: str, _default: int = 1) -> int:
        return self._parts

    def pytest_deselected(self, items: list[Any]) -> None:
        self.left_out += items


def conftest() -> Any:
    """The module tests/conftest.py."""
    spec = importlib.util.spec_from_file_location("order_of_tests", TESTS / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
