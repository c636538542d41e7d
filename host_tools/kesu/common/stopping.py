"""stopping: SIGTERM and SIGHUP stop a command as Ctrl-C does, so that it ends the processes that it started."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[None]:
    """In this block these signals raise KeyboardInterrupt. A signal that the caller ignores or handles stays as it is
    (nohup), and nothing changes outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    changed = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _stop)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
