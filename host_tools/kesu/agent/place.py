"""place: folder of the agent's local sockets. `kesu hook` imports this module: keep it small.

The folder belongs to the user. On POSIX it holds two sockets; on Windows two files, each with a loopback port
and a token.
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
    """Whether `path` is a folder of this user that no other user can read, write or replace.

    True on Windows, by the profile's ACL. OSError if it does not exist.
    """
    if os.name == "nt":
        return True
    found = os.lstat(path)
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return ours and not is_replaceable(path)


def is_replaceable(path: str) -> bool:
    """Whether other users can replace `path`: a folder above it, or above the target of a link, is writable by
    all and not sticky. False on Windows. OSError if it does not exist.
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
    """Whether a host setting means this machine, without a name server."""
    if host == "localhost":
        return True
    try:
        import ipaddress

        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_port(path: str) -> tuple[int, bytes]:
    """Port and token from such a file. OSError or ValueError if it is missing or malformed."""
    with open(path, "rb") as file:
        port, token = file.read(256).split()
    return int(port), token
