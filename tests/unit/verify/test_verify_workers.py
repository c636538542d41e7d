"""test_verify_workers: jobs in processes send their results and report how they failed."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import time
from pathlib import Path

from kesu.verify.workers import Failed, Job, Tell, run_jobs


def counting(first: int) -> Job:
    def run(tell: Tell) -> None:
        tell(first)
        tell(first + 1)

    return Job(f"count {first}", run, 2, 1.0)


def test_all_results_of_all_jobs_arrive() -> None:
    assert sorted(result for _, result in run_jobs([counting(n) for n in (0, 10, 20)], 2)) == [
        0, 1, 10, 11, 20, 21,
    ]  # fmt: skip


def test_the_cpu_that_jobs_and_their_forks_take_is_counted_by_part() -> None:
    def busy(seconds: float) -> None:
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    def run(_tell: Tell) -> None:
        busy(0.1)
        if (pid := os.fork()) == 0:
            busy(0.1)
            os._exit(0)
        os.waitpid(pid, 0)

    spent: dict[str, float] = {}
    list(run_jobs([Job(name, run, 0, 1.0) for name in ("pairs, one", "pairs, two", "rest")], 2, spent))
    assert set(spent) == {"pairs", "rest"}
    assert spent["rest"] >= 0.2
    assert spent["pairs"] >= 0.4


def test_a_failing_job_reports_its_place() -> None:
    def run(tell: Tell) -> None:
        raise ValueError("on purpose")

    ((_, result),) = run_jobs([Job("bad", run, 1, 1.0)], 2)
    assert isinstance(result, Failed)
    assert "on purpose" in result.text


def test_a_job_whose_process_exits_is_reported() -> None:
    ((_, result),) = run_jobs([Job("dead", lambda tell: os._exit(3), 1, 1.0)], 1)
    assert isinstance(result, Failed)


def test_leaving_early_ends_the_processes() -> None:
    pids: list[int] = []

    def run(tell: Tell) -> None:
        tell(os.getpid())
        time.sleep(600)

    began = time.monotonic()
    for _, pid in run_jobs([Job("long", run, 1, 1.0)], 1):
        pids.append(pid)
        break
    assert time.monotonic() - began < 300
    while Path(f"/proc/{pids[0]}").exists():
        assert time.monotonic() - began < 300
        time.sleep(0.01)
