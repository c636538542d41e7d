"""win32_restart: asks Windows to start the agent again after a crash, a hang or an update of its files. Windows only.

learn.microsoft.com, RegisterApplicationRestart (winbase.h): a program that ran for 60 s is started again after it
crashed or did not respond, and by Restart Manager after an installer closed it. After a restart of the PC the entry
in Run does it.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any

RESTART_NO_REBOOT = 8


def restart_after_a_crash() -> None:
    """Register this program, without arguments. A refusal changes nothing."""
    libraries: Any = ctypes
    kernel: Any = libraries.WinDLL("kernel32", use_last_error=True)
    kernel.RegisterApplicationRestart.argtypes = [wintypes.LPCWSTR, wintypes.DWORD]
    kernel.RegisterApplicationRestart(None, RESTART_NO_REBOOT)
