"""test_reading: messages of phone systems read in place: framing, wanted keys, and no copies left."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import json
import random

import pytest
from kesu.agent.reading.headers import value_of
from kesu.agent.reading.members import members
from kesu.agent.reading.names import Names, number_at
from kesu.agent.reading.netstring import frame, payload_of
from kesu.agent.reading.parse import Malformed


def text(buffer: bytearray, span: tuple[int, int] | None) -> bytes | None:
    return None if span is None else bytes(buffer[span[0] : span[1]])


def test_netstrings_may_be_split_anywhere() -> None:
    whole = frame(b'{"a":1}') + frame(b"")
    for cut in range(len(whole)):
        buffer = bytearray(whole)
        used, span = payload_of(buffer, cut)
        assert (used == 0) == (cut < 10)
        if used:
            assert text(buffer, span) == b'{"a":1}'


@pytest.mark.parametrize("bad", [b":,", b"x", b"01:a,", b"1:ab", b"99999999:", b"-1:,", b"1 :a,"])
def test_invalid_netstrings_are_refused(bad: bytes) -> None:
    with pytest.raises(Malformed):
        payload_of(bytearray(bad), len(bad))


def test_members_agree_with_the_json_library() -> None:
    generator = random.Random(6)
    for _ in range(300):
        value = random_object(generator, 3)
        raw = json.dumps(value, indent=generator.choice([None, 1])).encode()
        buffer = bytearray(b"##" + raw + b"##")
        found = members(buffer, (2, 2 + len(raw)), (b"type", b"id"))
        assert set(found) == {key.encode() for key in value if key in ("type", "id")}
        for key, span in found.items():
            wanted = value[key.decode()]
            quoted = text(buffer, span) or b""
            assert json.loads(b'"' + quoted + b'"' if isinstance(wanted, str) else quoted) == wanted


def random_object(generator: random.Random, depth: int) -> dict[str, object]:
    keys = generator.sample(["type", "id", "a", "b", 'q"type', "\\", "番号"], generator.randint(0, 5))
    return {key: random_value(generator, depth - 1) for key in keys}


def random_value(generator: random.Random, depth: int) -> object:
    kinds: list[object] = [None, True, -1.5e3, "", 'say "type":"id"', '\\"', "é\n", "電話"]
    if depth > 0:
        kinds += [random_object(generator, depth), [random_value(generator, depth - 1), "]", "}"]]
    return generator.choice(kinds)


def test_a_key_in_a_string_or_a_nested_object_is_ignored() -> None:
    raw = rb'{"peer":"\",\"type\":\"CALL_CLOSED\"","param":{"type":"X"},"type":"CALL_RINGING"}'
    buffer = bytearray(raw)
    assert text(buffer, members(buffer, (0, len(raw)), (b"type",))[b"type"]) == b"CALL_RINGING"


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"[]", b"{", b'{"a"}', b'{"a":}', b'{"a":1', b'{"a":1,}', b'{"a":1}x', b'{"a":"\\"}', b'{a:1}',
        b'{"type":1,"type":2}', b'{"a":' + b"[" * 100, b'{"a":[}',
    ],
)  # fmt: skip
def test_anything_but_an_object_is_refused(bad: bytes) -> None:
    with pytest.raises(Malformed):
        members(bytearray(bad), (0, len(bad)), (b"type",))


def test_headers_are_found_by_their_full_name() -> None:
    buffer = bytearray(b"Event: A\r\nEventually: B\r\nQueue:C \r\nEmpty:\r\nEvent: late\r\nno colon")
    block = (0, len(buffer))
    assert text(buffer, value_of(buffer, block, b"Event")) == b"A"
    assert text(buffer, value_of(buffer, block, b"Eventually")) == b"B"
    assert text(buffer, value_of(buffer, block, b"Queue")) == b"C"
    assert text(buffer, value_of(buffer, block, b"Empty")) == b""
    assert value_of(buffer, block, b"Even") is None
    assert value_of(buffer, block, b"no colon") is None


def test_names_are_recognised_plain_and_percent_encoded() -> None:
    names = Names(("1001@pbx", "席"))
    buffer = bytearray(b"1001@pbx 1001%40pbx %E5%b8%ad 0312345678 %4")
    assert names.at(buffer, (0, 8)) == "1001@pbx"
    assert names.escaped_at(buffer, (9, 19)) == "1001@pbx"
    assert names.escaped_at(buffer, (20, 29)) == "席"
    assert names.at(buffer, (30, 40)) is None
    assert names.escaped_at(buffer, (41, 43)) is None
    assert names.at(buffer, None) is None


def test_numbers_are_decimal_and_bounded() -> None:
    buffer = bytearray(b"6 12x 0312345678")
    assert number_at(buffer, (0, 1)) == 6
    assert number_at(buffer, (2, 5)) is None
    assert number_at(buffer, (6, 16)) is None, "a caller's number is not a status"
    assert number_at(buffer, (2, 4), most=9) is None
