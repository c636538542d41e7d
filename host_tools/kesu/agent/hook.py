"""hook: what a softphone runs on an event. One datagram to the agent, no waiting, exit status 0.

The phone waits for this program (MicroSIP up to 10 s, in the thread that draws its window), so nothing here
may block or fail, and little may be imported. What the phone appends, the caller's number, is not looked at.
"""
# SPDX-License-Identifier: MIT

import time

STAMP = time.monotonic_ns()  # as early as can be: two hooks may overtake each other later

import os  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

from kesu.agent import place  # noqa: E402

WORDS = ["ring", "start", "hold", "end", "wrapup", "busy", "away", "ready", "mute", "unmute", "pay", "paid"]
PREFIX = b"kesu1"


def send(word: str, stamp: int) -> bool:
    """Hand one word to the agent of this user. False if there is none, or if it does not keep up."""
    where = place.folder()
    message = b"%s %s %d" % (PREFIX, word.encode(), stamp)
    try:
        if not place.is_private(where):
            return False  # somebody else listens there
        path = os.path.join(where, place.HOOK_SOCKET)
        local = hasattr(socket, "AF_UNIX") and os.path.exists(path)
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            if local:
                channel.sendto(message, path)
            else:
                port, token = place.read_port(os.path.join(where, place.HOOK_PORT))
                channel.sendto(message + b" " + token, ("127.0.0.1", port))
    except (OSError, ValueError):
        return False
    return True


def main(arguments: "list[str] | None" = None) -> int:
    """`kesu hook WORD [ignored ...]`. Always 0: a phone shows any other status to the operator, or waits."""
    try:
        given = sys.argv[1:] if arguments is None else arguments
        if not given or given[0] not in WORDS:
            print("kesu hook: no such event. Known: " + " ".join(WORDS), file=sys.stderr)
        else:
            send(given[0], STAMP)
    except Exception:  # whatever it was, the phone must not see it
        return 0
    return 0
