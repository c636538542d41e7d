"""hook: the program that a softphone runs on an event. It sends one line to the agent and waits for its answer.

The phone may wait for this program (MicroSIP up to 10 s, in the thread that draws its window), so it
imports little and ends within WHOLE_S even if no agent answers. Extra arguments from the phone, such as the
caller's number, are ignored. Status 75: no agent accepted the event. If an agent refused the connection, it
has wiped the pads by then (kesu.agent.door).
"""
# SPDX-License-Identifier: MIT

import time

STAMP = time.monotonic_ns()  # as early as possible: two hooks may overtake each other later

import os  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

from kesu.agent import place  # noqa: E402
from kesu.common.errors import Exit  # noqa: E402

WORDS = [
    *("ring", "start", "hold", "end", "wrapup", "busy", "away", "ready"),
    *("mute", "unmute", "pay", "paid", "alive"),
]
PREFIX = b"kesu1"
TAKEN = b"ok\n"
WHOLE_S = 1.0  # all attempts together
PAUSE_S = 0.05


def send(word: str, stamp: int) -> bool:
    """Send one word to the agent of this user. False if no agent confirmed it."""
    end = time.monotonic() + WHOLE_S
    message = b"%s %s %d" % (PREFIX, word.encode(), stamp)
    while True:
        try:
            if not place.is_private(place.folder()):
                return False  # not our agent
            if _taken(message, end):
                return True
        except FileNotFoundError:
            return False  # no agent runs
        except (OSError, ValueError):
            pass  # busy or just starting: try again
        if time.monotonic() + PAUSE_S >= end:
            return False
        time.sleep(PAUSE_S)


def _taken(message: bytes, end: float) -> bool:
    """One attempt. FileNotFoundError if no agent listens; OSError, ValueError for other failures."""
    where = place.folder()
    path = os.path.join(where, place.HOOK_SOCKET)
    local = hasattr(socket, "AF_UNIX") and os.path.exists(path)
    target: str | tuple[str, int] = path
    if not local:
        port, token = place.read_port(os.path.join(where, place.HOOK_PORT))
        target, message = ("127.0.0.1", port), message + b" " + token
    with socket.socket(socket.AF_UNIX if local else socket.AF_INET, socket.SOCK_STREAM) as channel:
        channel.settimeout(max(0.01, end - time.monotonic()))
        channel.connect(target)
        channel.sendall(message + b"\n")
        return channel.recv(len(TAKEN), socket.MSG_WAITALL) == TAKEN


def main(arguments: "list[str] | None" = None) -> int:
    """`kesu hook WORD [ignored ...]`: 0 when the agent has taken it, else TRY_AGAIN or USAGE."""
    try:
        given = sys.argv[1:] if arguments is None else arguments
        if not given or given[0] not in WORDS:
            print("kesu hook: no such event. Known: " + " ".join(WORDS), file=sys.stderr)
            return Exit.USAGE
        return Exit.OK if send(given[0], STAMP) else Exit.TRY_AGAIN
    except Exception:  # whatever it was, its text must not reach the phone
        return Exit.TRY_AGAIN
