"""test_phone_fuzz: a short run of hostile messages, and proof that the fuzzer detects each failure."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import asyncio

import phone_fuzz
import pytest
from kesu.agent.reading.names import Names, Span
from kesu.agent.wire import Wire

pytestmark = pytest.mark.slow


def test_hostile_messages_break_nothing() -> None:
    seen = asyncio.run(phone_fuzz.play(4_000, 7))
    assert seen["messages"] >= 4_000
    for kind in phone_fuzz.KINDS:
        assert any(count for what, count in seen.items() if what.startswith(f"{kind.name} sessions, cut off"))
        assert seen[f"{kind.name} sessions, read to their end"]


def test_a_parser_that_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: Names, buffer: bytearray, span: Span | None) -> str | None:
        return None if span is None else bytes(buffer[span[0] : span[1]]).decode("ascii")

    monkeypatch.setattr(Names, "at", careless)
    with pytest.raises(AssertionError):
        asyncio.run(phone_fuzz.play(4_000, 7))


def test_a_buffer_that_is_not_zeroed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "_drop", lambda self, count: setattr(self, "_end", self._end - count))
    with pytest.raises(AssertionError):
        asyncio.run(phone_fuzz.play(4_000, 7))
