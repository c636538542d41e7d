"""tray: keeps the sign in the notification area: adds it, changes it, adds it again when the taskbar was restarted.

learn.microsoft.com, "Taskbar", "Taskbar Creation Notification": when Explorer starts again, all icons are gone, and it
sends the registered message "TaskbarCreated" to all top-level windows; programs then add theirs again.
Shell_NotifyIconW fails while there is no taskbar yet, as right after log-on.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from kesu.agent.windows.sign import TIPS, Sign

RETRY_S = 5.0


class Area(Protocol):
    """The notification area: `kesu.agent.windows.win32_tray` on Windows, a fake in tests."""

    language: str
    """Of Windows: "ja" or "en"."""

    def run(self, update: Callable[[bool], None], asked_to_end: Callable[[], None], every_s: float) -> None:
        """Make the window and its loop, until `close`. OSError if there is no desktop.

        update: called with True at the start and on "TaskbarCreated", with False after `wake` and every `every_s`.
        asked_to_end: the user logs off, or an installer closes programs.
        """
        ...

    def show(self, sign: Sign, tip: str, *, is_new: bool) -> bool:
        """Add (is_new) or change the icon, in the thread of `run`. False if the taskbar did not take it."""
        ...

    def wake(self) -> None:
        """Make `run` call `update`, from any thread."""
        ...

    def close(self) -> None:
        """Remove the icon and end `run`, from any thread."""
        ...


class Tray:
    """The sign, in a thread of its own."""

    def __init__(self, area: Area, language: str, asked_to_end: Callable[[], None]) -> None:
        """language: auto, ja or en. asked_to_end: called in the thread of the sign."""
        self._area = area
        self._tips = TIPS[area.language if language == "auto" else language]
        self._asked_to_end = asked_to_end
        self._wanted = Sign.LOST
        self._shown: Sign | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="sign")

    def start(self) -> None:
        """Begin; a desktop that takes no sign never disturbs the agent."""
        self._thread.start()

    def show(self, sign: Sign) -> None:
        """Show this sign from now on."""
        if sign is not self._wanted:
            self._wanted = sign
            self._area.wake()

    def close(self) -> None:
        """Remove the sign."""
        self._area.close()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        try:
            self._area.run(self._update, self._asked_to_end, RETRY_S)
        except OSError:
            return  # no desktop: the event log and `kesu agent --check` say the same

    def _update(self, is_new_taskbar: bool) -> None:
        """Show what is wanted; a new taskbar has no icon yet."""
        if is_new_taskbar:
            self._shown = None
        wanted = self._wanted
        if wanted is not self._shown and self._area.show(
            wanted, self._tips[wanted], is_new=self._shown is None
        ):
            self._shown = wanted
