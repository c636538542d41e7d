"""http_request: parses one HTTP/1.1 request in a buffer, without copying anything that may be a caller's number."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest as equal  # matches in a view, without a copy

from kesu.agent.calls import ANONYMOUS, Event, Report

LONGEST_HEAD = 8192  # limit of bytes up to the empty line
LONGEST_BODY = 4096  # a body is read and dropped
MOST_HEADERS = 64

_WORDS = "ring start hold end busy wrapup ready away mute unmute pay paid alive"
_STATES = {event.value.encode(): event for event in Event if event.value in _WORDS.split()}
_PATH = b"/v1/state/"


class Answer(Enum):
    """Status line of an answer."""

    NO_CONTENT = "204 No Content"
    BAD_REQUEST = "400 Bad Request"
    UNAUTHORIZED = "401 Unauthorized"
    FORBIDDEN = "403 Forbidden"
    NOT_FOUND = "404 Not Found"
    METHOD = "405 Method Not Allowed"
    TOO_LARGE = "413 Content Too Large"
    TOO_MANY = "429 Too Many Requests"
    HEAD_TOO_LARGE = "431 Request Header Fields Too Large"


@dataclass(frozen=True, slots=True)
class Rules:
    """Requirements on a request. hosts, origin, token: as on the wire; origin b"": no origin is allowed."""

    hosts: Collection[bytes]
    origin: bytes
    token: bytes
    seats: Collection[bytes]
    number: Callable[[memoryview], int]  # a call's identifier -> a number


@dataclass(frozen=True, slots=True)
class Request:
    """A complete request: its length in bytes, and the action."""

    length: int
    answer: Answer
    report: Report | None = None
    preflight: bool = False
    from_origin: bool = False  # from the configured origin: the answer allows the page to read it


def parse(buffer: bytearray, end: int, rules: Rules) -> Request | None:
    """The request at the start of `buffer[:end]`; None if more bytes are needed."""
    head = buffer.find(b"\r\n\r\n", 0, min(end, LONGEST_HEAD))
    if head < 0:
        return Request(end, Answer.HEAD_TOO_LARGE) if end >= LONGEST_HEAD else None
    with memoryview(buffer) as view:
        fields = _fields(buffer, view, head)
        if fields is None:
            return Request(end, Answer.BAD_REQUEST)
        length = _decimal(fields[b"content-length"]) if b"content-length" in fields else 0
        if length is None or b"transfer-encoding" in fields:
            return Request(end, Answer.BAD_REQUEST)
        if length > LONGEST_BODY:
            return Request(end, Answer.TOO_LARGE)
        if end < head + 4 + length:
            return None
        line = view[: buffer.find(b"\r\n", 0, head + 2)]
        return _judge(head + 4 + length, line, fields, rules)


def _judge(taken: int, line: memoryview, fields: dict[bytes, memoryview], rules: Rules) -> Request:
    # Host first: after DNS rebinding, a foreign page sends its own host name here.
    host = fields.get(b"host")
    if host is None or not any(_same(host, allowed) for allowed in rules.hosts):
        return Request(taken, Answer.FORBIDDEN)
    origin = fields.get(b"origin")
    from_origin = origin is not None and bool(rules.origin) and equal(origin, rules.origin)
    if origin is not None and not from_origin:
        return Request(taken, Answer.FORBIDDEN)
    spaces = [place for place, byte in enumerate(line) if byte == 0x20]
    if len(spaces) != 2 or not equal(line[spaces[1] + 1 :], b"HTTP/1.1"):
        return Request(taken, Answer.BAD_REQUEST)
    method, target = line[: spaces[0]], line[spaces[0] + 1 : spaces[1]]
    if equal(method, b"OPTIONS") and from_origin:
        return Request(taken, Answer.NO_CONTENT, preflight=True, from_origin=True)
    if not equal(method, b"POST"):
        return Request(taken, Answer.METHOD, from_origin=from_origin)
    credentials = fields.get(b"authorization")
    if credentials is None or not equal(credentials, b"Bearer " + rules.token):
        return Request(taken, Answer.UNAUTHORIZED, from_origin=from_origin)
    answer, report = _target(target, rules)
    return Request(taken, answer, report, from_origin=from_origin)


def _target(target: memoryview, rules: Rules) -> tuple[Answer, Report | None]:
    """`/v1/state/NAME`, then optional `?call=ID&stamp=N&seat=NAME` in any order."""
    cut = next((place for place, byte in enumerate(target) if byte == 0x3F), len(target))
    if not equal(target[: len(_PATH)], _PATH):
        return Answer.NOT_FOUND, None
    event = next((event for word, event in _STATES.items() if equal(target[len(_PATH) : cut], word)), None)
    if event is None:
        return Answer.NOT_FOUND, None
    call, stamp, seat = ANONYMOUS, None, ""
    for part in _split(target[cut + 1 :], 0x26):
        key, _, value = _partition(part, 0x3D)
        if equal(key, b"call") and 1 <= len(value) <= 128:
            call = rules.number(value)
        elif equal(key, b"stamp") and (stamp := _decimal(value)) is not None:
            pass
        elif equal(key, b"seat"):
            known = next((name for name in rules.seats if equal(value, name)), None)
            if known is None:
                return Answer.NOT_FOUND, None
            seat = known.decode()
        else:
            return Answer.BAD_REQUEST, None
    if event is Event.ALIVE and rules.seats and not seat:
        # Without a seat, `alive` proves that a bridge runs, but not that it sees a seat.
        return Answer.BAD_REQUEST, None
    return Answer.NO_CONTENT, Report(event, call, stamp, seat)


_WANTED = (b"host", b"origin", b"authorization", b"content-length", b"transfer-encoding")


def _fields(buffer: bytearray, view: memoryview, head: int) -> dict[bytes, memoryview] | None:
    """Spans of the wanted header fields in the buffer; None if malformed or if one occurs twice."""
    found: dict[bytes, memoryview] = {}
    start = buffer.find(b"\r\n", 0, head + 2) + 2
    count = 0
    while start < head:
        stop = buffer.find(b"\r\n", start, head + 2)
        colon = buffer.find(b":", start, stop)
        count += 1
        if colon <= start or count > MOST_HEADERS or view[start] in b" \t":
            return None
        name = next((name for name in _WANTED if _same(view[start:colon], name)), None)
        if name is not None:
            if name in found:
                return None
            first, last = colon + 1, stop
            while first < last and view[first] in b" \t":
                first += 1
            while last > first and view[last - 1] in b" \t":
                last -= 1
            found[name] = view[first:last]
        start = stop + 2
    return found


def _same(text: memoryview, lower: bytes) -> bool:
    """Whether `text` is `lower` in any case (ASCII)."""
    return len(text) == len(lower) and all(
        byte == wanted or (0x41 <= byte <= 0x5A and byte + 0x20 == wanted)
        for byte, wanted in zip(text, lower, strict=True)
    )


def _decimal(text: memoryview) -> int | None:
    value = 0
    if not 1 <= len(text) <= 18:
        return None
    for byte in text:
        if not 0x30 <= byte <= 0x39:
            return None
        value = value * 10 + byte - 0x30
    return value


def _split(text: memoryview, at: int) -> list[memoryview]:
    parts: list[memoryview] = []
    while len(text):
        part, _, text = _partition(text, at)
        parts.append(part)
    return parts


def _partition(text: memoryview, at: int) -> tuple[memoryview, bool, memoryview]:
    for place, byte in enumerate(text):
        if byte == at:
            return text[:place], True, text[place + 1 :]
    return text, False, text[len(text) :]
