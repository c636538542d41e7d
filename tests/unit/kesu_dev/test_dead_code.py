"""test_dead_code: what nothing uses is found, also when a test uses it; the list of allowed names cannot go stale."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import pytest
from kesu_dev.checks import dead_code

PRODUCT = """
class Shape:
    def area(self): return 1
    def only_tested(self): return 2
    def never_called(self): return 3

def used(): return Shape().area()
def unused_function(): return LIMIT
LIMIT = 3
UNUSED_LIMIT = 4
print(used())
"""
TEST = """
from shape import Shape
def test_shape(): assert Shape().only_tested() == 2
def helper(): return 1
pytestmark = None
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in (("host_tools/shape.py", PRODUCT), ("tests/test_shape.py", TEST)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def names(tree: Path) -> list[str]:
    found = dead_code.findings(tree, ["host_tools/shape.py", "tests/test_shape.py"])
    return [item.name for item in found]


def test_unused_functions_methods_and_variables_are_found(tree: Path) -> None:
    assert {"unused_function", "never_called", "UNUSED_LIMIT"} <= set(names(tree))


def test_a_test_does_not_keep_product_code_alive(tree: Path) -> None:
    assert "only_tested" in names(tree)


def test_unused_helpers_of_tests_are_found(tree: Path) -> None:
    assert "helper" in names(tree)


def test_what_is_used_is_not_found(tree: Path) -> None:
    assert not {"Shape", "area", "used", "LIMIT", "test_shape"} & set(names(tree))


def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, allowed: str, found: list[str]) -> int:
    file = tmp_path / "dead_code.toml"
    file.write_text(allowed, encoding="utf-8")
    monkeypatch.setattr(dead_code, "ALLOWED", file)
    monkeypatch.setattr(
        dead_code, "findings", lambda: [dead_code.Unused("a.py:1", "function", name) for name in found]
    )
    return dead_code.main()


ONE = '[[allowed]]\nreason = "click calls it"\nnames = ["hook"]\n'


@pytest.mark.parametrize(
    ("found", "code", "printed"),
    [(["hook"], 0, ""), (["hook", "gone"], 1, "gone is not used"), ([], 1, "hook is used, or gone")],
)
def test_each_finding_and_each_stale_entry_ends_the_check(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    found: list[str],
    code: int,
    printed: str,
) -> None:
    assert run(monkeypatch, tmp_path, ONE, found) == code
    assert printed in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [ONE.replace("click calls it", " "), ONE + ONE])
def test_an_entry_without_a_reason_or_twice_is_refused(wrong: str) -> None:
    assert dead_code.allowed(ONE) == {"hook"}
    with pytest.raises(ValueError, match=r"reason|twice"):
        dead_code.allowed(wrong)
