"""esl: messages of FreeSWITCH's event socket, read in place.

Framing: lines "Key: value" ended by LF, an empty line, then Content-Length bytes where that key is given;
an event is the body of a text/event-plain message, again headers and an empty line, with percent-encoded
values (developer.signalwire.com/freeswitch, "mod_event_socket"; events: mod_callcenter, "callcenter::info").
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass

from kesu.agent.reading.headers import says, value_of
from kesu.agent.reading.names import Names, Span, number_at
from kesu.agent.reading.parse import Malformed
from kesu.agent.source import CallNumbers

LONGEST = 131_072
"""Bytes of the longest message taken: an event of a channel with many variables has some 20,000."""
_HEAD_END = b"\n\n"

KINDS = (
    "auth/request",
    "command/reply",
    "api/response",
    "text/event-plain",
    "text/disconnect-notice",
    "text/rude-rejection",
)
CHANNEL_EVENTS = (
    "CHANNEL_PROGRESS",
    "CHANNEL_PROGRESS_MEDIA",
    "CHANNEL_ANSWER",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "CHANNEL_HANGUP",
)
ACTIONS = (
    "agent-offering",
    "bridge-agent-start",
    "bridge-agent-end",
    "bridge-agent-fail",
    "agent-status-change",
)
STATUSES = ("Available", "Available (On Demand)", "On Break", "Logged Out")
_REFUSALS = (b"-ERR", b"-USAGE", b"error/")  # the last of sofia_contact: error/user_not_registered
_SUBCLASS = b"callcenter%3A%3Ainfo"


@dataclass(frozen=True, slots=True)
class Said:
    """The wanted content of one message.

    kind: its Content-Type. accepted: of a reply, or that the answer to an api command is no error. event:
    name of a channel's event, or CC-Action. seat: None if it is not configured. status: CC-Agent-Status, or
    an answer that is a status. call: number of the call.
    """

    kind: str
    accepted: bool = False
    event: str = ""
    seat: str | None = None
    status: str = ""
    call: int = 0


class Reader:
    """kesu.agent.reading.parse.Parse for the event socket."""

    def __init__(self, seats: dict[str, str]) -> None:
        """`seats`: agent's name or presence id ("1001@example.com") -> seat."""
        self._seats = seats
        self._agents = Names(seats)
        self._kinds = Names(KINDS)
        self._events = Names(CHANNEL_EVENTS)
        self._actions = Names(ACTIONS)
        self._statuses = Names(STATUSES)
        self._numbers = CallNumbers()

    def __call__(self, buffer: bytearray, end: int) -> tuple[int, Said | None]:
        """See the class. Raises Malformed for an unknown Content-Type or an absurd Content-Length."""
        stop = buffer.find(_HEAD_END, 0, end)
        if stop < 0:
            return 0, None
        head = (0, stop + 1)
        body_at = stop + len(_HEAD_END)
        kind = self._kinds.at(buffer, value_of(buffer, head, b"Content-Type"))
        if kind is None:
            raise Malformed("a message has a known Content-Type")
        length = 0
        given = value_of(buffer, head, b"Content-Length")
        if given is not None:
            body = number_at(buffer, given, most=LONGEST - 1_024)
            if body is None:
                raise Malformed("a Content-Length is a number, and not too large")
            length = body
        if end < body_at + length:
            return 0, None
        used = body_at + length
        if kind == "text/event-plain":
            return used, self._event(buffer, (body_at, used))
        if kind == "api/response":
            return used, self._answer(buffer, body_at, used)
        reply = value_of(buffer, head, b"Reply-Text")
        return used, Said(kind, accepted=reply is not None and buffer.startswith(b"+OK", reply[0]))

    def _answer(self, buffer: bytearray, start: int, stop: int) -> Said:
        while stop > start and buffer[stop - 1] in b" \t\r\n":
            stop -= 1
        refused = any(buffer.startswith(word, start, stop) for word in _REFUSALS)
        status = self._statuses.at(buffer, (start, stop)) or ""
        return Said("api/response", accepted=stop > start and not refused, status=status)

    def _event(self, buffer: bytearray, body: Span) -> Said | None:
        stop = buffer.find(_HEAD_END, *body)
        block = body if stop < 0 else (body[0], stop + 1)
        name = value_of(buffer, block, b"Event-Name")
        if says(buffer, name, b"CUSTOM"):
            return self._of_queue(buffer, block)
        event = self._events.at(buffer, name)
        seat = self._seat(buffer, block, b"Channel-Presence-ID")
        if event is None or seat is None:
            return None
        return Said("text/event-plain", event=event, seat=seat, call=self._call(buffer, block, b"Unique-ID"))

    def _of_queue(self, buffer: bytearray, block: Span) -> Said | None:
        if not says(buffer, value_of(buffer, block, b"Event-Subclass"), _SUBCLASS):
            return None
        action = self._actions.at(buffer, value_of(buffer, block, b"CC-Action"))
        seat = self._seat(buffer, block, b"CC-Agent")
        if action is None or seat is None:
            return None
        return Said(
            "text/event-plain",
            event=action,
            seat=seat,
            status=self._statuses.escaped_at(buffer, value_of(buffer, block, b"CC-Agent-Status")) or "",
            call=self._call(buffer, block, b"CC-Member-UUID"),
        )

    def _seat(self, buffer: bytearray, block: Span, key: bytes) -> str | None:
        agent = self._agents.escaped_at(buffer, value_of(buffer, block, key))
        return None if agent is None else self._seats[agent]

    def _call(self, buffer: bytearray, block: Span, key: bytes) -> int:
        span = value_of(buffer, block, key)
        if span is None:
            return 0
        with memoryview(buffer) as view:
            return self._numbers.number(view[span[0] : span[1]])


def command(text: str) -> bytes:
    """One command as sent. Raises ValueError for a line end in it."""
    if "\r" in text or "\n" in text:
        raise ValueError("a command has no line end")
    return f"{text}\n\n".encode()
