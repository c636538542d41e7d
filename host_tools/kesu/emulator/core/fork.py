"""fork: boot a pad once, then run each scenario on a copy of it in a child process.

A booted pad holds compiled state that cannot be pickled; a forked child inherits all of it. The scenario's
result must be picklable: snapshots, numbers, text.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Callable
from typing import TypeVar

Pad = TypeVar("Pad")
Result = TypeVar("Result")


class ForkError(RuntimeError):
    """The child failed. The text is its traceback, its exit status, or the timeout."""


class ForkLost(ForkError):
    """The child died, was killed, could not be created, or timed out: caused by this machine, not by the pad."""


def fork_run(pad: Pad, scenario: Callable[[Pad], Result], timeout_s: float = 600.0) -> Result:
    """Run `scenario(pad)` in a forked child and return its (pickled) result; the caller's `pad` is unchanged.

    Raises ForkError with the child's traceback when the scenario raised. Raises ForkLost when no child could be
    created, when it died (with its signal), and after `timeout_s` seconds of wall time (the child is killed).
    """
    try:
        reader, writer = os.pipe()
    except OSError as error:
        raise ForkLost(f"no process could be started: {error.strerror}") from error
    try:
        child = os.fork()
    except OSError as error:
        os.close(reader)
        os.close(writer)
        raise ForkLost(f"no process could be started: {error.strerror}") from error
    if child == 0:
        os.close(reader)
        _run_child(writer, pad, scenario)
    os.close(writer)
    try:
        raw = _read_all(reader, child, timeout_s)
    finally:
        os.close(reader)
    _, status = os.waitpid(child, 0)
    try:
        succeeded, value = pickle.loads(raw)
    except (EOFError, pickle.UnpicklingError) as error:  # no result, or only part of it
        raise ForkLost(f"the scenario's process ended without a result ({ended(status)})") from error
    if not succeeded and value.strip().splitlines()[-1].startswith("MemoryError"):
        raise ForkLost(f"the scenario's process had too little memory:\n{value}")
    if not succeeded:
        raise ForkError(f"the scenario failed in its process:\n{value}")
    return value  # type: ignore[no-any-return]


def ended(status: int) -> str:
    """How a process ended, in words, from its waitpid status."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def _run_child(writer: int, pad: Pad, scenario: Callable[[Pad], Result]) -> None:
    """Never returns: exits without running the parent's exit handlers."""
    try:
        answer = pickle.dumps((True, scenario(pad)))
    except BaseException:  # the parent reports every exception
        answer = pickle.dumps((False, traceback.format_exc()))
    try:
        with os.fdopen(writer, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)


def _read_all(reader: int, child: int, timeout_s: float) -> bytes:
    deadline = time.monotonic() + timeout_s
    chunks: list[bytes] = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise ForkLost(f"the scenario took longer than {timeout_s:g} s and was stopped")
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
