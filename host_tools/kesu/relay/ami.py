"""ami: messages of the Asterisk Manager Interface, read in place.

Framing: a banner line, then blocks of "Key: value" lines ended by CR LF, an empty line after each
(docs.asterisk.org, "AMI v2 Specification"; keys of events: API_Documentation/AMI_Events).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from kesu.agent.reading.headers import says, value_of
from kesu.agent.reading.names import Names, Span, number_at
from kesu.agent.reading.parse import Malformed
from kesu.agent.source import CallNumbers

LONGEST = 32_768
"""Bytes of the longest block taken: events have one to three thousand."""
_LONGEST_BANNER = 128
_LONGEST_CHALLENGE = 32
_BANNER = b"Asterisk Call Manager/"
_BLOCK_END = b"\r\n\r\n"

MEMBER_EVENTS = ("QueueMemberStatus", "QueueMemberPause", "QueueMember", "QueueMemberAdded")
REMOVED = "QueueMemberRemoved"
DEVICE = "DeviceStateChange"
CHANNEL_EVENTS = ("Newstate", "Hangup", "Hold", "Unhold")
COMPLETE = ("QueueStatusComplete", "DeviceStateListComplete")
OTHER_EVENTS = ("AgentComplete", "Shutdown", REMOVED, DEVICE, *COMPLETE)
DEVICE_STATES: dict[str, int] = {
    "UNKNOWN": 0,
    "NOT_INUSE": 1,
    "INUSE": 2,
    "BUSY": 3,
    "INVALID": 4,
    "UNAVAILABLE": 5,
    "RINGING": 6,
    "RINGINUSE": 7,
    "ONHOLD": 8,
}
"""States of DeviceStateChange (main/devicestate.c) -> the same states as numbers of QueueMemberStatus."""


@dataclass(frozen=True, slots=True)
class Said:
    """The wanted content of one block. `event`: its name, or "" for a response or the banner.

    banner: the greeting. accepted: Success of a response, None for an event. action: its ActionID.
    challenge: for the login, ASCII. seat: the seat, None if it is not configured. status: of a queue member or
    a device. queue (a number made of its name), paused, wrapping (the pause is after-call work), wrap_up_s:
    of a queue member. state, call: of a channel.
    """

    event: str = ""
    banner: bool = False
    accepted: bool | None = None
    action: int | None = None
    challenge: bytes = b""
    seat: str | None = None
    status: int | None = None
    queue: int = 0
    paused: bool = False
    wrapping: bool = False
    wrap_up_s: int = 0
    state: int | None = None
    call: int = 0


class Reader:
    """kesu.agent.reading.parse.Parse for AMI. Only the events above, and only those of known interfaces."""

    def __init__(self, seats: dict[str, str], wrap_up_reasons: Iterable[str]) -> None:
        """`seats`: interface ("PJSIP/1001") -> seat. `wrap_up_reasons`: PausedReason of after-call work."""
        self._seats = seats
        self._interfaces = Names(seats)
        self._events = Names((*MEMBER_EVENTS, *CHANNEL_EVENTS, *OTHER_EVENTS))
        self._reasons = Names(wrap_up_reasons)
        self._states = Names(DEVICE_STATES)
        self._numbers = CallNumbers()
        self._greeted = False

    def __call__(self, buffer: bytearray, end: int) -> tuple[int, Said | None]:
        """See the class. Raises Malformed for a wrong banner and for a block that is neither event nor
        response."""
        if not self._greeted:
            return self._greeting(buffer, end)
        stop = buffer.find(_BLOCK_END, 0, end)
        if stop < 0:
            return 0, None
        block = (0, stop + 2)
        used = stop + len(_BLOCK_END)
        event = value_of(buffer, block, b"Event")
        if event is not None:
            return used, self._event(buffer, block, self._events.at(buffer, event))
        response = value_of(buffer, block, b"Response")
        if response is None:
            raise Malformed("a block is an event or a response")
        return used, Said(
            accepted=says(buffer, response, b"Success"),
            action=number_at(buffer, value_of(buffer, block, b"ActionID")),
            challenge=_challenge(buffer, value_of(buffer, block, b"Challenge")),
        )

    def _greeting(self, buffer: bytearray, end: int) -> tuple[int, Said | None]:
        stop = buffer.find(b"\r\n", 0, min(end, _LONGEST_BANNER))
        known = min(end, len(_BANNER))
        if buffer[:known] != _BANNER[:known] or (stop < 0 and end >= _LONGEST_BANNER):
            raise Malformed("not Asterisk's banner")
        if stop < 0:
            return 0, None
        self._greeted = True
        return stop + 2, Said(banner=True)

    def _event(self, buffer: bytearray, block: Span, event: str | None) -> Said | None:
        if event is None:
            return None
        if event == "Shutdown" or event in COMPLETE:
            return Said(event, action=number_at(buffer, value_of(buffer, block, b"ActionID")))
        if event in CHANNEL_EVENTS:
            return self._channel(buffer, block, event)
        if event == DEVICE:
            return self._device(buffer, block)
        seat = self._seat(buffer, block)
        if seat is None:
            return None
        if event == "AgentComplete":
            return Said(event, seat=seat)
        return Said(
            event,
            seat=seat,
            queue=self._queue(buffer, block),
            status=number_at(buffer, value_of(buffer, block, b"Status")),
            paused=says(buffer, value_of(buffer, block, b"Paused"), b"1"),
            wrapping=self._reasons.at(buffer, value_of(buffer, block, b"PausedReason")) is not None,
            wrap_up_s=number_at(buffer, value_of(buffer, block, b"Wrapuptime")) or 0,
        )

    def _seat(self, buffer: bytearray, block: Span) -> str | None:
        for key in (b"Interface", b"Location", b"StateInterface"):
            interface = self._interfaces.at(buffer, value_of(buffer, block, key))
            if interface is not None:
                return self._seats[interface]
        return None

    def _queue(self, buffer: bytearray, block: Span) -> int:
        span = value_of(buffer, block, b"Queue")
        if span is None:
            return 0
        with memoryview(buffer) as view:
            return self._numbers.number(view[span[0] : span[1]])

    def _device(self, buffer: bytearray, block: Span) -> Said | None:
        interface = self._interfaces.at(buffer, value_of(buffer, block, b"Device"))
        if interface is None:
            return None
        state = self._states.at(buffer, value_of(buffer, block, b"State"))
        return Said(DEVICE, seat=self._seats[interface], status=DEVICE_STATES.get(state or "", 0))

    def _channel(self, buffer: bytearray, block: Span, event: str) -> Said | None:
        """A channel's name is its interface, a dash and its own number: PJSIP/1001-0000002a."""
        name = value_of(buffer, block, b"Channel")
        unique = value_of(buffer, block, b"Uniqueid")
        if name is None or unique is None:
            return None
        dash = buffer.rfind(b"-", *name)
        interface = self._interfaces.at(buffer, (name[0], dash)) if dash > 0 else None
        if interface is None:
            return None
        with memoryview(buffer) as view:
            call = self._numbers.number(view[unique[0] : unique[1]])
        state = number_at(buffer, value_of(buffer, block, b"ChannelState"))
        return Said(event, seat=self._seats[interface], state=state, call=call)


def _challenge(buffer: bytearray, span: Span | None) -> bytes:
    if span is None or span[1] - span[0] > _LONGEST_CHALLENGE:
        return b""
    text = bytes(buffer[span[0] : span[1]])
    return text if text.isalnum() else b""


def action(name: str, number: int, **keys: str) -> bytes:
    """One action as sent. Raises ValueError for a value with a line end in it."""
    lines = [f"Action: {name}", f"ActionID: {number}", *(f"{key}: {value}" for key, value in keys.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a value of an action has no line end")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def login_key(challenge: bytes, secret: str) -> str:
    """The response to the challenge, hexadecimal: proves the secret without sending it (AMI_Actions/Challenge,
    AuthType MD5)."""
    return hashlib.md5(challenge + secret.encode(), usedforsecurity=False).hexdigest()
