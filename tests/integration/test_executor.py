"""test_executor: tasks give the same results in local processes and on a cluster, also when a worker is lost."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from executor_work import drawn, fails
from kesu.common.errors import KesuError
from kesu.emulator.core import executor
from kesu.emulator.core.cluster import Cluster
from kesu.emulator.core.executor import Executor, Local, Task
from kesu.emulator.core.fork import Failed

SEEDS = range(12)
SUPPORT = Path(__file__).resolve().parents[1] / "support"
PATIENCE_S = 120.0


def tasks(folder: Path, seconds: float) -> list[Task]:
    return [Task(f"numbers of {seed}", drawn, (seed, str(folder), seconds)) for seed in SEEDS]


def results(with_it: Executor, work: Sequence[Task]) -> dict[str, Any]:
    return {task.name: result for task, result in with_it.run(work)}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def expected() -> dict[str, list[int]]:
    return {f"numbers of {seed}": drawn(seed) for seed in SEEDS}


class Machines:
    """A scheduler and two workers on loopback."""

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder
        self.scheduler = self._started(
            "scheduler", "--host", "127.0.0.1", "--port", self.address.rsplit(":", 1)[1]
        )
        self.workers = [
            self._started("worker", self.address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")
            for _ in range(2)
        ]

    def _started(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments, "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": str(SUPPORT)},
        )

    def wait(self) -> None:
        from distributed import Client

        client = Client(self.address, timeout=PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]  # distributed has no types
        client.wait_for_workers(2, timeout=PATIENCE_S)
        client.close()  # type: ignore[no-untyped-call]  # distributed has no types

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    pytest.importorskip("distributed")
    (tmp_path / "scratch").mkdir()
    started = Machines(tmp_path / "scratch")
    try:
        started.wait()
        yield started
    finally:
        started.stop()


def test_local_processes_give_the_results(tmp_path: Path, expected: dict[str, list[int]]) -> None:
    assert results(Local(2), tasks(tmp_path, 0.0)) == expected
    assert len(list(tmp_path.iterdir())) == len(SEEDS)


def test_a_task_that_raises_is_reported_with_its_reason() -> None:
    (failed,) = results(Local(1), [Task("fails", fails, (3,))]).values()
    assert isinstance(failed, Failed)
    assert failed.why == "ValueError: no numbers for 3"


def test_an_executor_without_an_address_is_local() -> None:
    assert executor.executor(3) == Local(3)


def test_no_scheduler_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("kesu.emulator.core.cluster.CONNECT_S", 1)
    with pytest.raises(KesuError, match="no dask scheduler"):
        executor.executor(1, f"tcp://127.0.0.1:{free_port()}")


@pytest.mark.slow
def test_a_lost_worker_changes_no_result(
    machines: Machines, tmp_path: Path, expected: dict[str, list[int]]
) -> None:
    begun = tmp_path / "begun"
    begun.mkdir()
    lost = machines.workers[0]
    found: dict[str, Any] = {}
    running = Cluster(machines.address).run([*tasks(begun, 1.0), Task("fails", fails, (3,))])
    for task, result in running:
        found[task.name] = result
        if lost.poll() is None and len(found) >= 2:
            until = time.monotonic() + PATIENCE_S
            while (
                not any(name.endswith(f" {lost.pid}") for name in names(begun)) and time.monotonic() < until
            ):
                time.sleep(0.05)
            lost.send_signal(signal.SIGKILL)
            lost.wait()
    failed = found.pop("fails")
    assert found == expected
    assert isinstance(failed, Failed)
    assert failed.why == "ValueError: no numbers for 3"
    by_worker = {
        worker.pid: sum(name.endswith(f" {worker.pid}") for name in names(begun))
        for worker in machines.workers
    }
    assert all(by_worker.values()), "both workers had tasks before one was lost"
    assert sum(by_worker.values()) > len(SEEDS), "what the lost worker had begun was done again"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.slow
def test_a_worker_with_other_sources_refuses(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesu.emulator.core.cluster.sources", lambda: "others")
    (failed,) = results(Cluster(machines.address), [Task("refused", drawn, (1,))]).values()
    assert isinstance(failed, Failed)
    assert failed.lost
    assert "other sources" in failed.why
