"""wts: the seat on Windows, from session notifications to a hidden window.

WTSRegisterSessionNotification (wtsapi32) posts WM_WTSSESSION_CHANGE; sleep is WM_POWERBROADCAST, log-out
WM_ENDSESSION. Both are broadcast, which message-only windows do not get: this is an ordinary hidden one.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

from kesu.agent.source import Loss, Send, SourceLost
from kesu.agent.sources.absence import BOUNDS, HEARTBEAT_S, Absence, Away

WM_ENDSESSION = 0x0016
WM_TIMER = 0x0113
WM_POWERBROADCAST = 0x0218
WM_WTSSESSION_CHANGE = 0x02B1

# (message, wParam) -> reason, whether it holds. learn.microsoft.com: WM_WTSSESSION_CHANGE, WM_POWERBROADCAST.
MEANINGS: dict[tuple[int, int], tuple[Away, bool]] = {
    (WM_WTSSESSION_CHANGE, 0x1): (Away.INACTIVE, False),  # WTS_CONSOLE_CONNECT
    (WM_WTSSESSION_CHANGE, 0x2): (Away.INACTIVE, True),  # WTS_CONSOLE_DISCONNECT
    (WM_WTSSESSION_CHANGE, 0x3): (Away.INACTIVE, False),  # WTS_REMOTE_CONNECT
    (WM_WTSSESSION_CHANGE, 0x4): (Away.INACTIVE, True),  # WTS_REMOTE_DISCONNECT
    (WM_WTSSESSION_CHANGE, 0x6): (Away.GONE, True),  # WTS_SESSION_LOGOFF
    (WM_WTSSESSION_CHANGE, 0x7): (Away.LOCKED, True),  # WTS_SESSION_LOCK
    (WM_WTSSESSION_CHANGE, 0x8): (Away.LOCKED, False),  # WTS_SESSION_UNLOCK
    (WM_POWERBROADCAST, 0x4): (Away.ASLEEP, True),  # PBT_APMSUSPEND
    (WM_POWERBROADCAST, 0x7): (Away.ASLEEP, False),  # PBT_APMRESUMESUSPEND: a user is present
    (WM_ENDSESSION, 0x1): (Away.GONE, True),
    (WM_ENDSESSION, 0x0): (Away.GONE, False),  # another program refused the log-out
}

Hear = Callable[[int, int], None]


class Window(Protocol):
    """The hidden window: `kesu.agent.sources.win32_window` on Windows, a fake in tests."""

    def run(self, hear: Hear, every_s: float) -> None:
        """Call `hear(message, wParam)` for each message, WM_TIMER every `every_s`, until `close`. OSError."""
        ...

    def close(self) -> None:
        """End `run`, from any thread."""
        ...


class WtsSource:
    """This process's own session."""

    bounds = BOUNDS

    def __init__(self, name: str, window: Callable[[], Window] | None = None) -> None:
        self.name = name
        self._window = window or _real_window

    async def run(self, report: Send) -> None:
        """Watch until the window is gone."""
        loop = asyncio.get_running_loop()
        absence = Absence(report)
        ended = asyncio.Event()
        window = self._window()

        def heard(message: int, parameter: int) -> None:
            meaning = MEANINGS.get((message, parameter))
            if meaning is not None:
                absence.set(*meaning)
            elif message == WM_TIMER:
                absence.repeat()

        def hear(message: int, parameter: int) -> None:
            loop.call_soon_threadsafe(heard, message, parameter)

        def thread() -> None:
            try:
                window.run(hear, HEARTBEAT_S)
            except OSError:
                pass  # without a window there are no reports: the source is lost below
            finally:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(ended.set)

        # The first report is the window's first timer message: before that, a lock would be missed.
        threading.Thread(target=thread, daemon=True, name="session notifications").start()
        try:
            await ended.wait()
        finally:
            window.close()
        raise SourceLost(Loss.CLOSED)


def _real_window() -> Window:
    from kesu.agent.sources.win32_window import HiddenWindow

    return HiddenWindow()
