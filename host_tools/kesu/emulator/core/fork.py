"""fork: runs work in forked processes, a bounded number at a time, and collects what they send.

A booted pad holds compiled state that cannot be pickled; a forked child inherits all of it and changes only its own
copy. What a child sends back is pickled: snapshots, numbers, text. `fork_run` is for one child and one result,
`run_jobs` for a list of jobs, `Pool` for children that are forked in the middle of a run.

- A child that raises, dies, ends early or sends nothing for too long is reported as `Failed`, never as a result.
- A child of the main process leads a process group and its own forks stay in it, so Ctrl-C reaches the parent alone.
  The parent then ends the whole group. No process outlives the child that forked it.
- A child never runs exit handlers and never flushes what the parent had buffered. Secrets are forgotten in it, because
  their owners register that with the interpreter (kesu.common.minisign).
- A child ends with its parent, also when that is killed: the kernel does it (Linux), or the child at its next result.
  SIGTERM and SIGHUP end the command as Ctrl-C does (`kesu.common.stopping`), so compilers that a child runs end, too.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from kesu.emulator.core.fork_child import DONE, FAILED, RESULT, Send, process, run_child, whole_messages

Subject = TypeVar("Subject")
Result = TypeVar("Result")
Key = TypeVar("Key")

SILENCE_S = 1_800.0
"""A child of a pool that sends nothing for so long is stopped. The longest job compiles a firmware or plays a family of
pairs between two results: minutes, on a busy machine."""
_KILL_AFTER_S = 1.0


__all__ = ["Failed", "ForkError", "ForkLost", "Job", "Pool", "Send", "ended", "fork_run", "run_jobs"]


class ForkError(RuntimeError):
    """The child failed. The text is its traceback, its exit status, or the timeout."""


class ForkLost(ForkError):
    """The child died, was killed, could not be created, or timed out: caused by this machine, not by the pad."""


@dataclass(frozen=True)
class Failed:
    """A job, or a part of one, that could not be done. text: traceback or message, with the reason in the last line;
    lost: caused by this machine, not by the work."""

    job: str
    text: str
    lost: bool = False

    @property
    def why(self) -> str:
        """The reason, in one line."""
        return (self.text.strip().splitlines() or ["no reason is known"])[-1]


@dataclass(frozen=True)
class Job(Generic[Result]):
    """Work for one process. scenarios: number of results, for the progress; weight: approximate duration in seconds,
    the longest job starts first."""

    name: str
    run: Callable[[Send[Result]], None]
    scenarios: int
    weight: float

    @property
    def part(self) -> str:
        """The part of the run that it belongs to: the first word of its name."""
        return self.name.partition(",")[0].partition(" ")[0]


def fork_run(subject: Subject, scenario: Callable[[Subject], Result], timeout_s: float = 600.0) -> Result:
    """Run `scenario(subject)` in a forked child and return its result; the caller's `subject` is unchanged.

    Raises ForkError with the child's traceback when the scenario raised. Raises ForkLost when no child could be
    created, when it died (with its signal), and after `timeout_s` seconds of wall time (the child is stopped).
    """
    with Pool[None, Result](1, timeout_s) as pool:
        pool.fork(None, "the scenario", lambda send: send(scenario(subject)))
        answers = [answer for _, answer in pool.rest()]
    for answer in answers:
        if isinstance(answer, Failed):
            raise ForkLost(answer.text) if answer.lost else ForkError(answer.text)
    return cast(Result, answers[0])


def run_jobs(
    jobs: Sequence[Job[Result]], processes: int, spent: dict[str, float] | None = None
) -> Iterator[tuple[Job[Result], Result | Failed]]:
    """Yields results of all jobs as they come; Failed for a job that failed. Closing the generator early (Ctrl-C) ends
    the processes it started. spent: receives the CPU seconds of each part, forks included."""

    def account(job: Job[Result], seconds: float) -> None:
        if spent is not None:
            spent[job.part] = spent.get(job.part, 0.0) + seconds

    with Pool[Job[Result], Result](processes, account=account) as pool:
        for job in sorted(jobs, key=lambda job: -job.weight):
            yield from pool.place()
            try:
                pool.fork(job, job.name, job.run)
            except ForkLost as error:
                yield job, Failed(job.name, str(error), lost=True)
        yield from pool.rest()


@dataclass
class _Child(Generic[Key]):
    key: Key
    name: str
    pid: int
    reader: int
    heard_s: float
    last: int | None = None
    """Kind of its last message."""
    raw: bytearray = field(default_factory=bytearray)


class Pool(Generic[Key, Result]):
    """A bounded number of forked children. Leaving the `with` block ends those that still run.

    account: called with a child's key and its CPU seconds, forks included, when it has ended.
    """

    def __init__(
        self,
        processes: int,
        silence_s: float = SILENCE_S,
        account: Callable[[Key, float], None] = lambda key, seconds: None,
    ) -> None:
        self._processes = processes
        self._silence_s = silence_s
        self._account = account
        self._running: dict[int, _Child[Key]] = {}

    def __enter__(self) -> Pool[Key, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for child in list(self._running.values()):
            self._stop(child)

    @property
    def pids(self) -> list[int]:
        """The children that run."""
        return [child.pid for child in self._running.values()]

    def fork(self, key: Key, name: str, work: Callable[[Send[Result]], None]) -> None:
        """Run `work` in a new child. Raises ForkLost when none could be created."""
        try:
            reader, writer = os.pipe()
        except OSError as error:
            raise ForkLost(f"no process could be started: {error.strerror}") from error
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(reader)
            os.close(writer)
            raise ForkLost(f"no process could be started: {error.strerror}") from error
        if pid == 0:
            run_child(parent, reader, writer, work)
        os.close(writer)
        if not process.forked:
            # The child does the same, so the group exists before either of them goes on.
            with suppress(ProcessLookupError, PermissionError):
                os.setpgid(pid, pid)
        process.descriptors.add(reader)
        self._running[reader] = _Child(key, name, pid, reader, time.monotonic())

    def place(self) -> Iterator[tuple[Key, Result | Failed]]:
        """Wait until another child can be forked; yields what arrives in the meantime."""
        while len(self._running) >= self._processes:
            yield from self._arrived()

    def rest(self) -> Iterator[tuple[Key, Result | Failed]]:
        """Wait until all children have ended; yields what arrives."""
        while self._running:
            yield from self._arrived()

    def _arrived(self) -> Iterator[tuple[Key, Result | Failed]]:
        """Wait for the next data of any child, or for the end of one that was silent for too long."""
        first = min(child.heard_s for child in self._running.values()) + self._silence_s
        ready, _, _ = select.select(list(self._running), [], [], max(0.0, first - time.monotonic()))
        for reader in ready:
            child = self._running[reader]
            child.heard_s = time.monotonic()
            if chunk := os.read(reader, 1 << 20):
                child.raw += chunk
                for message in whole_messages(child.raw):
                    yield from self._answer(child, message)
                if child.last in (DONE, FAILED):
                    self._close(child)  # a process that it left behind keeps the pipe open
            else:
                yield from self._ended(child)
        for child in list(self._running.values()):
            if time.monotonic() - child.heard_s >= self._silence_s and child.reader not in ready:
                self._stop(child)
                took = f"{child.name} took longer than {self._silence_s:g} s and was stopped"
                yield child.key, Failed(child.name, took, lost=True)

    def _answer(self, child: _Child[Key], message: bytes) -> Iterator[tuple[Key, Result | Failed]]:
        kind, content = pickle.loads(message)
        child.last = kind
        if kind == RESULT:
            yield child.key, content
        elif kind == FAILED:
            text, lost = content
            why = "had too little memory" if lost else "failed in its process"
            yield child.key, Failed(child.name, f"{child.name} {why}:\n{text}", lost)

    def _ended(self, child: _Child[Key]) -> Iterator[tuple[Key, Failed]]:
        """The pipe is closed, and no last message had come."""
        first = child.last is None
        status = self._close(child)
        when = "without a result" if first else "in the middle of its results"
        text = f"the process of {child.name} ended {when} ({ended(status)})"
        yield child.key, Failed(child.name, text, lost=True)

    def _stop(self, child: _Child[Key]) -> None:
        """End a child that still runs, with its group."""
        _signal(child.pid, signal.SIGTERM)
        until = time.monotonic() + _KILL_AFTER_S
        while select.select([child.reader], [], [], max(0.0, until - time.monotonic()))[0]:
            if not os.read(child.reader, 1 << 20):
                break
        self._close(child)

    def _close(self, child: _Child[Key]) -> int:
        """Wait for a child that has closed its pipe, or end it, and what is left of its group. Returns its status: the
        kernel closes a pipe after it has recorded the status of a process that ended on its own."""
        _signal(child.pid, signal.SIGKILL)
        _, status, used = os.wait4(child.pid, 0)
        del self._running[child.reader]
        process.descriptors.discard(child.reader)
        os.close(child.reader)
        self._account(child.key, used.ru_utime + used.ru_stime)
        return status


def ended(status: int) -> str:
    """How a process ended, in words, from its waitpid status."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _signal(pid: int, number: signal.Signals) -> None:
    """Signal a child that was not waited for, and its group if it leads one."""
    if not process.forked:
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            os.killpg(pid, number)
            return
    with suppress(ProcessLookupError):
        os.kill(pid, number)
