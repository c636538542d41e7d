"""crew: bounded pool of workers forked in the middle of a run."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import pickle
import select
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Broke:
    """A child that ended with an exception or without a result."""

    name: str
    text: str


@dataclass
class _Child:
    name: str
    pid: int
    raw: bytearray = field(default_factory=bytearray)


class Crew(Generic[Result]):
    """Forks children and collects their results. Leaving the `with` block early kills those that still run."""

    def __init__(self, processes: int, tell: Callable[[Result | Broke], None]) -> None:
        self._processes = processes
        self._tell = tell
        self._running: dict[int, _Child] = {}

    def __enter__(self) -> Crew[Result]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._wait(0)
            return
        for reader, child in self._running.items():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(reader)

    def fork(self, name: str, work: Callable[[], Result]) -> None:
        """Run `work` in a child, after waiting for a free place in the pool; its result must be picklable."""
        self._wait(self._processes - 1)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            self._running[reader] = _Child(name, pid)
            return
        try:
            try:
                answer: object = work()
            except BaseException:  # the parent reports every exception
                answer = Broke(name, traceback.format_exc())
            with os.fdopen(writer, "wb") as stream:
                pickle.dump(answer, stream)
        finally:
            os._exit(0)

    def _wait(self, most: int) -> None:
        while len(self._running) > most:
            ready, _, _ = select.select(list(self._running), [], [])
            for reader in ready:
                child = self._running[reader]
                chunk = os.read(reader, 1 << 16)
                child.raw += chunk
                if not chunk:
                    del self._running[reader]
                    os.close(reader)
                    os.waitpid(child.pid, 0)
                    answer: Result | Broke = Broke(child.name, "it ended without a result")
                    with suppress(EOFError, pickle.UnpicklingError):
                        answer = pickle.loads(child.raw)
                    self._tell(answer)
