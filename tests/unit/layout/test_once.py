"""test_once: of several processes that share something, one makes it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from once import once


class Factory:
    """The folders of one process of pytest -n."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def getbasetemp(self) -> Path:
        return self.base

    def mktemp(self, name: str) -> Path:
        made = self.base / f"{name}{len([*self.base.iterdir()])}"
        made.mkdir()
        return made


def ask(base: Path) -> tuple[int, str]:
    """What one process gets: which process made it, and the text in its file."""
    os.environ["PYTEST_XDIST_WORKER"] = base.name

    def make(place: Path) -> tuple[int, Path]:
        with (base.parent / "calls").open("a") as calls:
            calls.write("made\n")
        (place / "text").write_text("made once")
        return os.getpid(), place / "text"

    by, file = once(Factory(base), "thing", make)  # type: ignore[arg-type]  # all that it uses of the factory
    return by, file.read_text()


@pytest.mark.slow
def test_one_process_makes_it_and_all_get_it(tmp_path: Path) -> None:
    bases = [tmp_path / f"gw{number}" for number in range(4)]
    for base in bases:
        base.mkdir()
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(ask, bases))
    assert len(set(found)) == 1
    assert found[0][1] == "made once"
    assert (tmp_path / "calls").read_text() == "made\n"


def test_after_a_failure_the_next_one_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    factory = Factory(tmp_path)

    def fail(place: Path) -> str:
        raise ValueError("not this time")

    with pytest.raises(ValueError, match="not this time"):
        once(factory, "thing", fail)  # type: ignore[arg-type]  # all that it uses of the factory
    assert once(factory, "thing", lambda place: "made") == "made"  # type: ignore[arg-type]  # as above
    assert once(factory, "thing", fail) == "made"  # type: ignore[arg-type]  # as above
