"""win32_events: the Windows event log, by ctypes. Windows only.

learn.microsoft.com: RegisterEventSourceW, ReportEventW, DeregisterEventSource (winbase.h, advapi32.dll).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import wintypes
from typing import Any


class Win32Events:
    """An open handle to the event log of this PC."""

    def __init__(self, source: str) -> None:
        """OSError if there is no event log."""
        libraries: Any = ctypes
        self._api: Any = libraries.WinDLL("advapi32", use_last_error=True)
        self._last_error: Any = libraries.get_last_error
        self._api.RegisterEventSourceW.argtypes = [wintypes.LPCWSTR, wintypes.LPCWSTR]
        self._api.RegisterEventSourceW.restype = wintypes.HANDLE
        self._api.ReportEventW.argtypes = [
            *(wintypes.HANDLE, wintypes.WORD, wintypes.WORD, wintypes.DWORD, wintypes.LPVOID),
            *(wintypes.WORD, wintypes.DWORD, ctypes.POINTER(wintypes.LPCWSTR), wintypes.LPVOID),
        ]
        self._api.ReportEventW.restype = wintypes.BOOL
        self._handle: int = self._api.RegisterEventSourceW(None, source)
        if not self._handle:
            raise OSError(self._last_error(), "event log")

    def report(self, severity: int, identifier: int, strings: Sequence[str]) -> None:
        """See `events.Writer`."""
        texts = (wintypes.LPCWSTR * len(strings))(*strings)
        if not self._api.ReportEventW(
            self._handle, severity, 0, identifier, None, len(strings), 0, texts, None
        ):
            raise OSError(self._last_error(), "event log")
