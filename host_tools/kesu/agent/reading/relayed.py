"""relayed: the lines between a relay and the agents of its seats. ASCII, ended by LF, at most 160 bytes.

==========  ===========================  ==========================================================
who         line                         means
==========  ===========================  ==========================================================
agent       kesu 1 SEAT TOKEN            its first and only line
agent       kesu-counts 1 SEAT TOKEN     instead: after `ok` only the agent sends, one line of
                                         kesu.fleet.counts at a time
relay       ok                           then what is known of the seat, and every change
relay       no                           wrong seat or token; the connection ends
relay       EVENT CALL                   a report: a word of kesu.agent.calls.Event and the call's
                                         number, 16 hexadecimal digits
==========  ===========================  ==========================================================

The relay sends at least one line every ALIVE_S; an agent that receives nothing for SILENT_S treats it as lost.
A call's number is a keyed hash made by the relay. No line can carry a caller's number.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re

from kesu.agent.calls import Event, Report
from kesu.agent.reading.headers import says
from kesu.agent.reading.names import Names
from kesu.agent.reading.parse import Malformed

LONGEST = 160
ALIVE_S = 2.0
SILENT_S = 6.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,47}")
"""A seat's name."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,86}")
"""A token, as secrets.token_urlsafe makes them."""
OK, NO = b"ok\n", b"no\n"

_EVENTS = Names(event.value for event in Event)
_DIGITS = 16


CALLS, COUNTS = "kesu", "kesu-counts"
"""First word of an agent's line: what the connection is for."""


def hello(seat: str, token: str, what: str = CALLS) -> bytes:
    """The agent's line. what: CALLS or COUNTS."""
    return f"{what} 1 {seat} {token}\n".encode("ascii")


def seat_and_token(line: bytes) -> tuple[str, str, str] | None:
    """Seat, token and purpose of an agent's line; None if it is not such a line."""
    words = line.removesuffix(b"\n").decode("ascii", "replace").split(" ")
    if len(line) > LONGEST or len(words) != 4 or words[0] not in (CALLS, COUNTS) or words[1] != "1":
        return None
    what, _, seat, token = words
    return (seat, token, what) if NAME.fullmatch(seat) and TOKEN.fullmatch(token) else None


def line_of(report: Report) -> bytes:
    """One report as the relay sends it; the seat is the connection's."""
    return b"%s %016x\n" % (report.event.value.encode(), report.call)


def parse(buffer: bytearray, end: int) -> tuple[int, Report | bool | None]:
    """kesu.agent.reading.parse.Parse: True for `ok`, False for `no`, else a report. Raises Malformed."""
    stop = buffer.find(b"\n", 0, end)
    if stop < 0:
        return 0, None
    if says(buffer, (0, stop), b"ok"):
        return stop + 1, True
    if says(buffer, (0, stop), b"no"):
        return stop + 1, False
    space = buffer.find(b" ", 0, stop)
    event = _EVENTS.at(buffer, (0, space)) if space > 0 else None
    digits = bytes(buffer[space + 1 : stop])
    if event is None or len(digits) != _DIGITS or not re.fullmatch(rb"[0-9a-f]+", digits):
        raise Malformed("a relay says ok, no, or an event and a number")
    return stop + 1, Report(Event(event), int(digits, 16))
