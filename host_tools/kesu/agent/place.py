"""place: where the agent and those who speak to it on this PC meet. `kesu hook` imports it: keep it small.

A folder of the user's own. On POSIX it holds two sockets. Where there are none (Windows), it holds two files,
each with a loopback port and a token.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import os
import stat

HOOK_SOCKET = "hook.sock"  # a stream for `kesu hook`
HOOK_PORT = "hook.port"  # its TCP port and token
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
    """Whether `path` is a folder of ours, closed to everybody else, that nobody can put another in place of.

    True on Windows, by the profile's ACL. OSError if it is not there.
    """
    if os.name == "nt":
        return True
    found = os.lstat(path)
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return ours and not is_replaceable(path)


def is_replaceable(path: str) -> bool:
    """Whether anybody may put something else in the place of `path`: by a folder above it, or above what a
    link leads to, that all may write to and that is not sticky. False on Windows. OSError if it is not there.
    """
    if os.name == "nt":
        return False
    for above in (os.path.abspath(path), os.path.realpath(path)):
        while above != (above := os.path.dirname(above)):
            mode = os.stat(above).st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                return True
    return False


def is_loopback(host: str) -> bool:
    """Whether a host setting is this machine, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        import ipaddress

        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_port(path: str) -> tuple[int, bytes]:
    """Port and token from such a file. OSError or ValueError if there is none worth the name."""
    with open(path, "rb") as file:
        port, token = file.read(256).split()
    return int(port), token
