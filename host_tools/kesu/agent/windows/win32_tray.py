"""win32_tray: the icon in the notification area, by ctypes. Windows only.

learn.microsoft.com: Shell_NotifyIconW and NOTIFYICONDATAW (shellapi.h), CreateIconFromResourceEx, WM_ENDSESSION,
RegisterWindowMessageW, GetUserDefaultUILanguage. Restart Manager asks a program with a window to end by
WM_ENDSESSION, too ("Guidelines for Applications").
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from kesu.agent.sources.win32_window import window_class
from kesu.agent.windows.sign import LONGEST_TIP, Sign, icon_resource, picture

CLASS_NAME = "KesuSign"
WM_DESTROY = 0x0002
WM_CLOSE = 0x0010
WM_QUERYENDSESSION = 0x0011
WM_ENDSESSION = 0x0016
WM_TIMER = 0x0113
WM_APP_WAKE = 0x8000  # WM_APP
NIM_ADD, NIM_MODIFY, NIM_DELETE = 0, 1, 2
NIF_ICON, NIF_TIP = 0x2, 0x4
SM_CXSMICON = 49
ICON_VERSION = 0x00030000
JAPANESE = 0x11  # LANG_JAPANESE
ID = 1


class NotifyIconData(ctypes.Structure):
    """NOTIFYICONDATAW of Windows Vista and later."""

    _fields_ = (
        ("cbSize", wintypes.DWORD),
        ("hWnd", wintypes.HWND),
        ("uID", wintypes.UINT),
        ("uFlags", wintypes.UINT),
        ("uCallbackMessage", wintypes.UINT),
        ("hIcon", wintypes.HICON),
        ("szTip", wintypes.WCHAR * 128),
        ("dwState", wintypes.DWORD),
        ("dwStateMask", wintypes.DWORD),
        ("szInfo", wintypes.WCHAR * 256),
        ("uVersion", wintypes.UINT),
        ("szInfoTitle", wintypes.WCHAR * 64),
        ("dwInfoFlags", wintypes.DWORD),
        ("guidItem", ctypes.c_byte * 16),
        ("hBalloonIcon", wintypes.HICON),
    )


class NotificationArea:
    """A hidden window with an icon; see `tray.Area`."""

    def __init__(self) -> None:
        libraries: Any = ctypes
        self._user: Any = libraries.WinDLL("user32", use_last_error=True)
        self._kernel: Any = libraries.WinDLL("kernel32", use_last_error=True)
        self._shell: Any = libraries.WinDLL("shell32", use_last_error=True)
        self._last_error: Any = libraries.get_last_error
        self._prototype: Any = libraries.WINFUNCTYPE(
            ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM
        )
        self._declare()
        self.language = "ja" if self._kernel.GetUserDefaultUILanguage() & 0x3FF == JAPANESE else "en"
        self._icons: dict[Sign, int] = {}
        self._handle: int | None = None

    def run(self, update: Callable[[bool], None], asked_to_end: Callable[[], None], every_s: float) -> None:
        """See `tray.Area`."""
        created = self._user.RegisterWindowMessageW("TaskbarCreated")

        def procedure(handle: int, message: int, first: int, second: int) -> int:
            if message == WM_QUERYENDSESSION:
                return 1
            if message == WM_ENDSESSION and first:
                asked_to_end()
            elif message == WM_DESTROY:
                self._user.PostQuitMessage(0)
                return 0
            elif message in (WM_APP_WAKE, WM_TIMER, created):
                update(message == created)
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
                self._user.SetTimer(handle, ID, int(every_s * 1000), None)
                update(True)
                message = wintypes.MSG()
                while self._user.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                    self._user.DispatchMessageW(ctypes.byref(message))
            finally:
                self._handle = None
                self._notify(NIM_DELETE, self._data(handle))
                self._user.DestroyWindow(handle)
        finally:
            for icon in self._icons.values():
                self._user.DestroyIcon(icon)
            self._icons.clear()
            self._user.UnregisterClassW(CLASS_NAME, instance)

    def show(self, sign: Sign, tip: str, *, is_new: bool) -> bool:
        """See `tray.Area`."""
        if self._handle is None:
            return False
        data = self._data(self._handle)
        data.uFlags = NIF_ICON | NIF_TIP
        data.hIcon = self._icon(sign)
        data.szTip = tip[:LONGEST_TIP]
        return self._notify(NIM_ADD if is_new else NIM_MODIFY, data)

    def wake(self) -> None:
        """See `tray.Area`."""
        self._post(WM_APP_WAKE)

    def close(self) -> None:
        """See `tray.Area`."""
        self._post(WM_CLOSE)

    def _post(self, message: int) -> None:
        if self._handle is not None:
            self._user.PostMessageW(self._handle, message, 0, 0)

    def _notify(self, what: int, data: NotifyIconData) -> bool:
        return bool(self._shell.Shell_NotifyIconW(what, ctypes.byref(data)))

    def _data(self, handle: int) -> NotifyIconData:
        return NotifyIconData(cbSize=ctypes.sizeof(NotifyIconData), hWnd=handle, uID=ID)

    def _icon(self, sign: Sign) -> int:
        if sign not in self._icons:
            size = max(16, int(self._user.GetSystemMetrics(SM_CXSMICON)))
            content = icon_resource(picture(sign, size))
            icon = self._user.CreateIconFromResourceEx(
                content, len(content), True, ICON_VERSION, size, size, 0
            )
            if not icon:
                raise self._error()
            self._icons[sign] = icon
        return self._icons[sign]

    def _declare(self) -> None:
        """Declare the types of the functions: handles are pointers, and ctypes would cut them to 32 bits."""
        handle, text, word = wintypes.HWND, wintypes.LPCWSTR, wintypes.DWORD
        user = self._user
        self._kernel.GetModuleHandleW.argtypes = [text]
        self._kernel.GetModuleHandleW.restype = wintypes.HMODULE
        self._kernel.GetUserDefaultUILanguage.restype = wintypes.WORD
        user.RegisterWindowMessageW.argtypes = [text]
        user.CreateWindowExW.argtypes = [
            *(word, text, text, word),
            *([ctypes.c_int] * 4),
            *(handle, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID),
        ]
        user.CreateWindowExW.restype = handle
        user.DefWindowProcW.argtypes = [handle, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
        user.DefWindowProcW.restype = ctypes.c_ssize_t
        user.PostMessageW.argtypes = [handle, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM]
        user.SetTimer.argtypes = [handle, ctypes.c_size_t, wintypes.UINT, wintypes.LPVOID]
        user.SetTimer.restype = ctypes.c_size_t
        user.DestroyWindow.argtypes = [handle]
        user.DestroyIcon.argtypes = [wintypes.HICON]
        user.UnregisterClassW.argtypes = [text, wintypes.HINSTANCE]
        user.CreateIconFromResourceEx.argtypes = [
            *(ctypes.c_char_p, word, wintypes.BOOL, word),
            *(ctypes.c_int, ctypes.c_int, wintypes.UINT),
        ]
        user.CreateIconFromResourceEx.restype = wintypes.HICON
        self._shell.Shell_NotifyIconW.argtypes = [word, ctypes.POINTER(NotifyIconData)]

    def _error(self) -> OSError:
        return OSError(self._last_error(), "notification area")
