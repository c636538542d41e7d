"""win32_window: a hidden window that gets session, power and log-out messages, by ctypes. Windows only."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

NOTIFY_FOR_THIS_SESSION = 0
WM_CLOSE = 0x0010
WM_TIMER = 0x0113
WM_DESTROY = 0x0002
WM_QUERYENDSESSION = 0x0011
TIMER = 1
CLASS_NAME = "KesuSeat"


class HiddenWindow:
    """Created, run and destroyed by the thread that calls `run`; `close` posts to it."""

    def __init__(self) -> None:
        libraries: Any = ctypes
        self._user: Any = libraries.WinDLL("user32", use_last_error=True)
        self._kernel: Any = libraries.WinDLL("kernel32", use_last_error=True)
        self._wts: Any = libraries.WinDLL("wtsapi32", use_last_error=True)
        self._result = ctypes.c_ssize_t
        self._prototype: Any = libraries.WINFUNCTYPE(
            self._result, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM
        )
        self._declare()
        self._handle: int | None = None

    def run(self, hear: Callable[[int, int], None], every_s: float) -> None:
        """See `wts.Window`."""

        def procedure(handle: int, message: int, first: int, second: int) -> int:
            if message == WM_QUERYENDSESSION:
                return 1  # nothing to ask the user; WM_ENDSESSION says whether it happens
            if message == WM_DESTROY:
                self._user.PostQuitMessage(0)
                return 0
            hear(message, first)
            return int(self._user.DefWindowProcW(handle, message, first, second))

        callback = self._prototype(procedure)  # kept alive by this frame for as long as the window lives
        instance = self._kernel.GetModuleHandleW(None)
        described = window_class(self._prototype)(
            lpfnWndProc=callback, hInstance=instance, lpszClassName=CLASS_NAME
        )
        if not self._user.RegisterClassW(ctypes.byref(described)):
            raise self._error()
        try:
            handle = self._user.CreateWindowExW(
                0, CLASS_NAME, CLASS_NAME, 0, 0, 0, 0, 0, None, None, instance, None
            )
            if not handle:
                raise self._error()
            self._handle = handle
            try:
                if not self._wts.WTSRegisterSessionNotification(handle, NOTIFY_FOR_THIS_SESSION):
                    raise self._error()
                self._user.SetTimer(handle, TIMER, int(every_s * 1000), None)
                hear(WM_TIMER, TIMER)  # registered: no message is lost from here on
                self._pump()
            finally:
                self._handle = None
                self._wts.WTSUnRegisterSessionNotification(handle)
                self._user.DestroyWindow(handle)
        finally:
            self._user.UnregisterClassW(CLASS_NAME, instance)

    def close(self) -> None:
        """See `wts.Window`."""
        if self._handle is not None:
            self._user.PostMessageW(self._handle, WM_CLOSE, 0, 0)

    def _pump(self) -> None:
        message = wintypes.MSG()
        while self._user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            self._user.TranslateMessage(ctypes.byref(message))
            self._user.DispatchMessageW(ctypes.byref(message))

    def _declare(self) -> None:
        """Declare the types of the functions: handles are pointers, and ctypes would cut them to 32 bits."""
        handle, text, word = wintypes.HWND, wintypes.LPCWSTR, wintypes.DWORD
        self._kernel.GetModuleHandleW.argtypes = [text]
        self._kernel.GetModuleHandleW.restype = wintypes.HMODULE
        self._user.CreateWindowExW.argtypes = [
            *(word, text, text, word),
            *([ctypes.c_int] * 4),
            *(handle, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID),
        ]
        self._user.CreateWindowExW.restype = handle
        self._user.DefWindowProcW.argtypes = [handle, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
        self._user.DefWindowProcW.restype = self._result
        self._user.PostMessageW.argtypes = [handle, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
        self._user.SetTimer.argtypes = [handle, ctypes.c_size_t, wintypes.UINT, wintypes.LPVOID]
        self._user.SetTimer.restype = ctypes.c_size_t
        self._user.DestroyWindow.argtypes = [handle]
        self._user.UnregisterClassW.argtypes = [text, wintypes.HINSTANCE]
        self._wts.WTSRegisterSessionNotification.argtypes = [handle, word]
        self._wts.WTSUnRegisterSessionNotification.argtypes = [handle]

    def _error(self) -> OSError:
        last: Any = ctypes
        return OSError(last.get_last_error(), "window")


def window_class(prototype: Any) -> Any:
    """WNDCLASSW (winuser.h)."""

    class WindowClass(ctypes.Structure):
        _fields_ = (
            ("style", wintypes.UINT),
            ("lpfnWndProc", prototype),
            ("cbClsExtra", ctypes.c_int),
            ("cbWndExtra", ctypes.c_int),
            ("hInstance", wintypes.HINSTANCE),
            ("hIcon", wintypes.HICON),
            ("hCursor", wintypes.HANDLE),
            ("hbrBackground", wintypes.HBRUSH),
            ("lpszMenuName", wintypes.LPCWSTR),
            ("lpszClassName", wintypes.LPCWSTR),
        )

    return WindowClass
