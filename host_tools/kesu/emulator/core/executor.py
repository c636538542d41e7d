"""executor: where tasks run that one machine may not be enough for: in local processes, or on a cluster.

A task is a function of a module with arguments that can be pickled, and its result depends on nothing else: so it may
run anywhere, twice, and in any order, with the same result. `Local` runs tasks in forked processes
(kesu.emulator.core.fork), `kesu.emulator.core.cluster.Cluster` on the workers of a dask.distributed scheduler.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pickle
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kesu.emulator.core.fork import Failed, Job, run_jobs


@dataclass(frozen=True)
class Task:
    """Work for any machine. work: a function of a module; weight: approximate duration in seconds, the longest
    first."""

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    weight: float = 1.0

    def run(self) -> Any:
        """Do the work, here."""
        return self.work(*self.arguments)


class Executor(Protocol):
    """Runs tasks. `run` yields each with its result, or Failed, in the order in which they end; closing it early stops
    what still runs."""

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Any | Failed]]: ...


@dataclass(frozen=True)
class Local:
    """Forked processes of this machine, at most `processes` at a time."""

    processes: int

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Any | Failed]]:
        """As `Executor.run`. A task inherits what this process has loaded and cached."""
        jobs = [
            Job(task.name, lambda send, task=task: send(task.run()), 1, task.weight)  # type: ignore[misc]  # mypy infers no lambda with a default
            for task in tasks
        ]
        named = dict(zip(map(id, jobs), tasks, strict=True))
        for job, result in run_jobs(jobs, self.processes):
            yield named[id(job)], result


def executor(processes: int, scheduler: str = "") -> Executor:
    """Local processes, or the cluster of the dask scheduler at that address (tcp://HOST:PORT). Raises KesuError if the
    scheduler cannot be reached, or its packages are not installed."""
    if not scheduler:
        return Local(processes)
    from kesu.emulator.core.cluster import Cluster

    return Cluster(scheduler)


def answer(message: bytes) -> bytes:
    """Run the pickled task in `message`; returns, pickled, whether it ended well, and its result or traceback."""
    try:
        return pickle.dumps((True, pickle.loads(message).run()))
    except Exception:  # every failure is an answer
        return pickle.dumps((False, traceback.format_exc()))


def main() -> None:
    """Run the task on standard input in this process. Its answer goes to standard output, what it prints elsewhere."""
    output = sys.stdout.buffer
    sys.stdout = sys.stderr
    output.write(answer(sys.stdin.buffer.read()))
    output.flush()


if __name__ == "__main__":
    main()
