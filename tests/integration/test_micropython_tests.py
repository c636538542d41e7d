"""MicroPython's own tests on the virtual Pico: a few here, all in the slow test, and wrong results are noticed."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from pathlib import Path

import pytest
from kesu.images import toolchain
from kesu_dev.micropython_tests import play, suite
from kesu_dev.micropython_tests.command import source, surprises

BOARDS = ("pico", "pico2")
SAMPLE = 24
FEW = ("basics/int_big_mul", "float/math_fun", "micropython/viper_misc", "extmod/random_seed_default")


def run(chosen: list[suite.Test], board: str = "pico") -> list[play.Outcome]:
    pad = play.board(toolchain.ensure("service", board=board).uf2)
    return list(play.run(pad, chosen, 2))


def own(folder: Path, name: str, code: str, expected: str) -> suite.Test:
    (folder / name).mkdir()
    (folder / name / "own.py").write_text(code)
    (folder / name / "own.py.exp").write_text(expected)
    return suite.Test(f"own/{name}", folder / name / "own.py")


@pytest.mark.slow
def test_a_few_pass_and_wrong_ones_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [test for test in suite.tests(source()) if test.name in FEW]
    assert len(few) == len(FEW)
    mine = [
        own(tmp_path, "right", "print(1 << 70)", f"{1 << 70}\n"),
        own(tmp_path, "wrong", "print(1 << 70)", "0\n"),
        own(tmp_path, "raises", "print(1)\nraise ValueError", "1\n"),
        own(tmp_path, "hangs", "while True: pass", ""),
    ]
    monkeypatch.setattr(play, "LIMIT_MS", 3_000.0)
    results = [outcome.result for outcome in run(few)]
    assert results == [play.PASS] * len(FEW)
    found = sorted(outcome.result for outcome in run(mine))
    assert found == sorted([play.PASS, play.FAILS, play.FAILS, play.NEVER_ENDS])


def test_what_is_not_listed_is_reported() -> None:
    known = suite.known("pico")
    assert known, "the list of tests that do not pass"
    listed = sorted(known)[0]
    good = [play.Outcome("basics/int1", play.PASS), play.Outcome(listed, known[listed][0])]
    assert surprises(good, "pico") == []
    bad = [play.Outcome("basics/int1", play.FAILS, "Traceback"), play.Outcome(listed, play.PASS)]
    lines = surprises(bad, "pico")
    assert [line.partition(":")[0] for line in lines] == ["basics/int1", listed]


def test_the_list_names_tests_that_exist_and_gives_reasons() -> None:
    for board in BOARDS:
        for outcome, reason in suite.known(board).values():
            assert outcome in (play.FAILS, play.NEVER_ENDS)
            assert len(reason) > 20


def test_patterns_of_an_expected_output() -> None:
    assert suite._matches(b"one\n########\nend \\.\\+\n", b"one\nx\ny\nend zz\n")
    assert not suite._matches(b"one\n########\nend \\.\\+\n", b"one\nx\ny\nstop\n")


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_a_sample(board: str) -> None:
    """One in forty, always the same, so that each run of the tests sees both boards."""
    chosen = suite.sample(suite.tests(source()), SAMPLE)
    assert len({test.name.partition("/")[0] for test in chosen}) > 3
    outcomes = run(chosen, board)
    assert surprises(outcomes, board) == []
    assert sum(outcome.result == play.PASS for outcome in outcomes) > SAMPLE // 2


@pytest.mark.slow
@pytest.mark.timeout(10_800)
@pytest.mark.skipif(
    "KESU_MICROPYTHON_TESTS" not in os.environ, reason="the whole takes long; see docs/benches.md"
)
@pytest.mark.parametrize("board", BOARDS)
def test_all(board: str) -> None:
    chosen = suite.tests(source())
    assert set(suite.known(board)) <= {test.name for test in chosen}
    outcomes = run(chosen, board)
    assert surprises(outcomes, board) == []
    assert sum(outcome.result == play.PASS for outcome in outcomes) > 800
