"""fork_child: the child's side of kesu.emulator.core.fork: runs the work, and sends what it gives as messages."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

Result = TypeVar("Result")
Send = Callable[[Result], None]
"""Passed to the work: call it with each result, which must be picklable."""

_HEAD = struct.Struct("<Q")
RESULT, FAILED, DONE = range(3)
"""Kinds of messages."""
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent ends."""


@dataclass
class Process:
    """What a process knows about forks. forked: whether it is a child itself. descriptors: those that a new child must
    close: to its siblings, and from its parent to the grandparent."""

    forked: bool = False
    descriptors: set[int] = field(default_factory=set)


process = Process()


def run_child(parent: int, reader: int, writer: int, work: Callable[[Send[Result]], None]) -> NoReturn:
    """Never returns: exits without running the parent's exit handlers."""
    status = 1
    try:
        if not process.forked:
            os.setpgid(0, 0)
        process.forked = True
        _end_with(parent)
        gc.freeze()  # what the parent made stays: a collection that looked at it would copy its memory
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for descriptor in (*process.descriptors, reader):
            os.close(descriptor)
        process.descriptors.clear()
        process.descriptors.add(writer)

        def send(kind: int, content: object) -> None:
            message = pickle.dumps((kind, content))
            if os.getppid() != parent:
                os._exit(1)  # the parent was killed: there is no reader
            _write(writer, _HEAD.pack(len(message)) + message)

        try:
            work(lambda result: send(RESULT, result))
        except BaseException as error:  # the parent reports every exception
            send(FAILED, (traceback.format_exc(), isinstance(error, MemoryError)))
        else:
            send(DONE, None)
        status = 0
    finally:
        os._exit(status)


def _end_with(parent: int) -> None:
    """Let the kernel end this process when its parent ends, whatever ended that. Only Linux has this; elsewhere a child
    ends at its next result."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it ended before


def whole_messages(raw: bytearray) -> Iterator[bytes]:
    """Yield complete messages from the start of `raw`, and remove them."""
    while len(raw) >= _HEAD.size:
        (length,) = _HEAD.unpack_from(raw)
        if len(raw) < _HEAD.size + length:
            return
        message = bytes(raw[_HEAD.size : _HEAD.size + length])
        del raw[: _HEAD.size + length]
        yield message


def _write(writer: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(writer, view) :]
