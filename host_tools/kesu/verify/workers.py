"""workers: runs jobs in forked processes, a bounded number at a time, and yields their results as they come."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from kesu.emulator.core.fork import ended

_HEAD = struct.Struct("<I")

Tell = Callable[[Any], None]


@dataclass(frozen=True)
class Job:
    """Work for one process. run: is passed `tell`, a function to call with each (picklable) result. scenarios: number
    of results, for the progress; weight: approximate duration in seconds, the longest job starts first."""

    name: str
    run: Callable[[Tell], None]
    scenarios: int
    weight: float

    @property
    def part(self) -> str:
        """The part of the run that it belongs to: the first word of its name."""
        return self.name.partition(",")[0].partition(" ")[0]


@dataclass(frozen=True)
class Failed:
    """A job, or a part of one, that could not be done. text: traceback or message, with the reason in the last line."""

    job: str
    text: str

    @property
    def why(self) -> str:
        """The reason, in one line."""
        return (self.text.strip().splitlines() or ["no reason is known"])[-1]


@dataclass
class _Child:
    job: Job
    pid: int
    reader: int
    raw: bytearray = field(default_factory=bytearray)


def run_jobs(
    jobs: Sequence[Job], processes: int, spent: dict[str, float] | None = None
) -> Iterator[tuple[Job, Any]]:
    """Yields results of all jobs as they come; Failed for a job that failed. Closing the generator early (Ctrl-C) kills
    the processes it started. spent: receives the CPU seconds of each part, forks included."""
    waiting = sorted(jobs, key=lambda job: -job.weight)
    running: dict[int, _Child] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                job = waiting.pop(0)
                try:
                    child = _start(job)
                except OSError as error:
                    yield job, Failed(job.name, f"no process could be started: {error.strerror}")
                    continue
                running[child.reader] = child
            if not running:
                continue
            ready, _, _ = select.select(list(running), [], [])
            for reader in ready:
                child = running[reader]
                chunk = os.read(reader, 1 << 20)
                child.raw += chunk
                for result in _whole(child.raw):
                    yield child.job, result
                if not chunk:
                    os.close(reader)
                    _, status, used = os.wait4(child.pid, 0)
                    if spent is not None:
                        seconds = used.ru_utime + used.ru_stime
                        spent[child.job.part] = spent.get(child.job.part, 0.0) + seconds
                    del running[reader]
                    if status:
                        yield child.job, Failed(child.job.name, f"its process ended: {ended(status)}")
                    elif child.raw:
                        yield child.job, Failed(child.job.name, "its process ended in the middle of a result")
    finally:
        for child in running.values():
            os.killpg(child.pid, signal.SIGTERM)
            os.waitpid(child.pid, 0)
            os.close(child.reader)


def _whole(raw: bytearray) -> Iterator[Any]:
    """Yield complete messages from the start of `raw`, and remove them."""
    while len(raw) >= _HEAD.size:
        (length,) = _HEAD.unpack_from(raw)
        if len(raw) < _HEAD.size + length:
            return
        message = bytes(raw[_HEAD.size : _HEAD.size + length])
        del raw[: _HEAD.size + length]
        yield pickle.loads(message)


def _start(job: Job) -> _Child:
    parent = os.getpid()
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid:
        os.close(writer)
        return _Child(job, pid, reader)
    status = 1
    try:
        # Its own process group: Ctrl-C reaches the parent alone, which then kills the group, forks included.
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(reader)

        def tell(result: Any) -> None:
            if os.getppid() != parent:
                os._exit(1)  # the parent was killed: there is no reader
            content = pickle.dumps(result)
            _write(writer, _HEAD.pack(len(content)) + content)

        try:
            job.run(tell)
        except BaseException:  # the parent reports every exception
            tell(Failed(job.name, traceback.format_exc()))
        status = 0
    finally:
        os._exit(status)


def _write(writer: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(writer, view) :]
