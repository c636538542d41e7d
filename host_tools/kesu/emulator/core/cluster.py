"""cluster: runs tasks on the workers of a dask.distributed scheduler (extra `cluster`).

Each task runs in a process of its own, which a worker starts: emulated pads fork, and a worker has threads. The tasks
of a worker that is lost go to the others. All workers must have the same sources as the sender, or they refuse its
tasks.

A scheduler and its workers run code that they are sent: let them listen only where everyone may do that.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import functools
import hashlib
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kesu.common.errors import Exit, KesuError
from kesu.emulator.core.executor import Task
from kesu.emulator.core.fork import Failed

CONNECT_S = 20
RETRIES = 3
"""How often a task may be lost with its worker."""
_PACKAGE = Path(__file__).resolve().parents[2]


class Cluster:
    """The workers of the scheduler at `address`. Raises KesuError if it cannot be reached or has no worker."""

    def __init__(self, address: str) -> None:
        self._address = address
        client = self._client()
        try:
            if not client.scheduler_info()["workers"]:
                raise KesuError(
                    f"The scheduler at {address} has no workers.",
                    hint=f"Start some: dask worker {address}",
                    code=Exit.UNAVAILABLE,
                )
        finally:
            client.close()

    def _client(self) -> Any:
        try:
            from distributed import Client
        except ImportError as error:
            raise KesuError(
                "The package distributed is not installed.",
                hint='Install the extra "cluster": pip install "kesu[cluster]"',
                code=Exit.UNAVAILABLE,
            ) from error
        try:
            return Client(  # type: ignore[no-untyped-call]  # distributed has no types
                self._address, timeout=CONNECT_S, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise KesuError(
                f"There is no dask scheduler at {self._address}.",
                hint="Give the address that `dask scheduler` prints.",
                code=Exit.UNAVAILABLE,
            ) from error

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Any | Failed]]:
        """As `Executor.run`."""
        from distributed import as_completed

        client = self._client()
        try:
            made_of = sources()
            ordered = sorted(tasks, key=lambda task: -task.weight)
            futures = {
                client.submit(
                    run_apart,
                    pickle.dumps(task),
                    made_of,
                    key=f"{number} {task.name}",
                    pure=False,
                    retries=RETRIES,
                    priority=-number,
                ): task
                for number, task in enumerate(ordered)
            }
            for future in as_completed(list(futures), loop=client.loop):  # type: ignore[no-untyped-call]  # distributed has no types
                task = futures[future]
                if future.status != "finished":
                    yield task, Failed(task.name, f"{task.name} was lost: {future.exception()}", lost=True)
                    continue
                ended_well, result = pickle.loads(future.result())
                yield task, result if ended_well else Failed(task.name, f"{task.name} failed:\n{result}")
        finally:
            client.close()


def run_apart(message: bytes, made_of: str) -> bytes:
    """On a worker: run a pickled task in a process of its own. Returns what kesu.emulator.core.executor.answer does.
    Raises RuntimeError if the sources differ from those of the sender, or the process died."""
    if sources() != made_of:
        raise RuntimeError("this worker has other sources of kesu than the sender of the task")
    done = subprocess.run(
        [sys.executable, "-m", "kesu.emulator.core.executor"],
        input=message,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the process of the task ended with status {done.returncode}")
    return done.stdout


@functools.cache
def sources() -> str:
    """SHA-256 over the sources of the package: what a result depends on, beside the task."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in (".py", ".toml", ".c", ".h") and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
