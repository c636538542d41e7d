"""workers: jobs in forked processes, two at a time, each telling its results as they come."""

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

from kesu.virtual.fork import ended

_HEAD = struct.Struct("<I")

Tell = Callable[[Any], None]


@dataclass(frozen=True)
class Job:
    """Work for one process. run: gets `tell`, to be called with each (picklable) result. scenarios: how many
    results it tells, for the progress; weight: about how many seconds it takes, the heaviest goes first."""

    name: str
    run: Callable[[Tell], None]
    scenarios: int
    weight: float

    @property
    def part(self) -> str:
        """The part of the run that it belongs to: what its name begins with."""
        return self.name.partition(",")[0].partition(" ")[0]


@dataclass(frozen=True)
class Failed:
    """A job, or a part of one, that could not be done: the last line says why, the text says where."""

    job: str
    text: str

    @property
    def why(self) -> str:
        """Why, in one line."""
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
    """Results of all jobs as they come; Failed for a job that broke. Leaving the generator early (Ctrl-C)
    ends the processes it started. spent: gets the seconds of CPU that each part took, forks included."""
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
    """Complete messages at the start of `raw`, which they leave."""
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
        # A group of its own: Ctrl-C reaches the parent alone, which then ends the group, forks included.
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(reader)

        def tell(result: Any) -> None:
            if os.getppid() != parent:
                os._exit(1)  # killed outright: nobody reads this any more
            content = pickle.dumps(result)
            _write(writer, _HEAD.pack(len(content)) + content)

        try:
            job.run(tell)
        except BaseException:  # whatever happened belongs in the parent's report
            tell(Failed(job.name, traceback.format_exc()))
        status = 0
    finally:
        os._exit(status)


def _write(writer: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(writer, view) :]
