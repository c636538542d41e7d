"""test_fork: one child with one result: its value, error or timeout; it changes nothing in the parent."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kesu.emulator.core.fork import ForkError, ForkLost, Pool, fork_run

WITHIN_S = 60.0


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


def test_a_child_that_ends_without_a_word_is_reported() -> None:
    with pytest.raises(ForkLost, match="exit status 0"):
        fork_run(1, lambda pad: os._exit(0))


def test_the_forks_of_a_stopped_child_end_with_it(tmp_path: Path) -> None:
    written = tmp_path / "pid"

    def inner(_: int) -> None:
        written.with_suffix(".part").write_text(str(os.getpid()), encoding="ascii")
        written.with_suffix(".part").rename(written)
        time.sleep(600)

    with Pool[None, None](1) as pool:
        pool.fork(None, "outer", lambda send: send(fork_run(1, inner)))
        until = time.monotonic() + WITHIN_S
        while not written.exists():
            assert time.monotonic() < until
            time.sleep(0.02)
    _wait_for_end(int(written.read_text(encoding="ascii")))


def test_a_process_that_a_child_leaves_behind_ends_with_it() -> None:
    def leaves(_: int) -> int:
        if (pid := os.fork()) == 0:
            time.sleep(600)
        return pid

    _wait_for_end(fork_run(1, leaves))


def test_a_child_writes_nothing_that_its_parent_had_buffered() -> None:
    code = """
import sys
from kesu.emulator.core.fork import fork_run
print("once")
sys.stderr.write("once")
assert fork_run(1, lambda pad: pad + 1) == 2
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("once\n", "once")


def _wait_for_end(pid: int) -> None:
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} still runs")
