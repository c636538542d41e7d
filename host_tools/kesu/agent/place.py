"""place: where the agent and those who speak to it on this PC meet. `kesu hook` imports it: keep it small.

A folder of the user's own. On POSIX it holds two sockets. Where there are none (Windows), it holds two files,
each with a loopback port and a token.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import stat

HOOK_SOCKET = "hook.sock"  # datagrams of `kesu hook`
HOOK_PORT = "hook.port"  # its UDP port and token
STATUS_SOCKET = "status.sock"  # a stream for `kesu agent --check`
STATUS_PORT = "status.port"
LOCK = "agent.lock"


def folder() -> str:
    """The folder's path; it need not exist."""
    chosen = os.environ.get("KESU_RUNTIME_DIR")
    if chosen:
        return chosen
    if os.name == "nt":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~"), "kesu")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return os.path.join(runtime, "kesu") if runtime else f"/tmp/kesu-{os.getuid()}"


def is_private(path: str) -> bool:
    """Whether `path` is ours and closed to everybody else. True on Windows, by the profile's ACL."""
    if os.name == "nt":
        return True
    found = os.lstat(path)
    return found.st_uid == os.getuid() and not found.st_mode & 0o077 and not stat.S_ISLNK(found.st_mode)


def read_port(path: str) -> tuple[int, bytes]:
    """Port and token from such a file. OSError or ValueError if there is none worth the name."""
    with open(path, "rb") as file:
        port, token = file.read(256).split()
    return int(port), token
