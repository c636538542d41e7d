"""test_agent_wire: split and hostile bytes; nothing stays in the buffer. Back-off of a source."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio

import pytest
from kesu.agent.calls import Bounds, Event, Report
from kesu.agent.source import CallNumbers, Loss, Send, SourceLost, keep_running
from kesu.agent.wire import Wire

MESSAGE = b"From: 09012345678\nState: talk\n\n"


class Lines:
    """A parser of messages that end with an empty line; keeps their lengths."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def __call__(self, buffer: bytearray, end: int) -> int:
        found = buffer.find(b"\n\n", 0, end)
        if found < 0:
            return 0
        if buffer.find(b"bad", 0, found) >= 0:
            raise SourceLost(Loss.PROTOCOL)
        self.lengths.append(found + 2)
        return found + 2


def receive(wire: Wire, data: bytes) -> None:
    place = wire.get_buffer(-1)
    place[: len(data)] = data
    wire.buffer_updated(len(data))


@pytest.mark.parametrize("piece", [1, 2, 7, len(MESSAGE), 3 * len(MESSAGE)])
def test_split_messages_are_joined_and_leave_nothing(piece: int) -> None:
    async def run() -> None:
        parser = Lines()
        wire = Wire(parser, 256)
        stream = 3 * MESSAGE
        seen = False
        for start in range(0, len(stream), piece):
            receive(wire, stream[start : start + piece])
            seen = seen or b"0901" in wire._buffer
        assert parser.lengths == [len(MESSAGE)] * 3
        assert not any(wire._buffer)
        assert seen == (piece < len(MESSAGE))  # it was in the buffer until the message was complete

    asyncio.run(run())


@pytest.mark.parametrize(
    ("data", "loss"), [(b"bad\n\n", Loss.PROTOCOL), (b"0" * 256, Loss.TOO_LONG), (b"0901", Loss.CLOSED)]
)
def test_the_buffer_is_zeroed_when_a_connection_ends(data: bytes, loss: Loss) -> None:
    async def run() -> None:
        wire = Wire(Lines(), 256)
        receive(wire, data)
        wire.connection_lost(None)
        assert wire.closed.result() is loss
        assert not any(wire._buffer)

    asyncio.run(run())


def test_a_parser_error_closes_the_connection() -> None:
    async def run() -> None:
        def parser(buffer: bytearray, end: int) -> int:
            raise ValueError(bytes(buffer[:end]))

        wire = Wire(parser, 256)
        receive(wire, MESSAGE)
        assert wire.closed.result() is Loss.BROKEN
        assert not any(wire._buffer)

    asyncio.run(run())


class Failing:
    """A source that reports once and ends as the test asks."""

    name = "failing"
    bounds = Bounds(5.0, 5.0)

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)

    async def run(self, report: Send) -> None:
        report(Report(Event.READY))
        if not self._errors:
            await asyncio.Event().wait()
        raise self._errors.pop(0)


def test_every_end_of_a_source_is_reported_lost_and_the_pauses_grow() -> None:
    async def run() -> None:
        errors = [
            ConnectionRefusedError("09012345678"),
            TimeoutError(),
            EOFError(),
            SourceLost(Loss.LOGIN),
            PermissionError(),
            KeyError("09012345678"),
        ]
        reports: list[Event] = []
        losses: list[Loss] = []
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        task = asyncio.create_task(
            keep_running(
                Failing(*errors),
                lambda report: reports.append(report.event),
                lambda _name, loss: losses.append(loss),
                pause=pause,
            )
        )
        while len(losses) < len(errors):
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert losses == [Loss.REFUSED, Loss.SILENT, Loss.CLOSED, Loss.LOGIN, Loss.LOCAL, Loss.BROKEN]
        assert reports == [Event.READY, Event.LOST] * 7  # the last by cancellation
        for number, seconds in enumerate(pauses):
            assert 0.5 * min(0.5 * 2**number, 30) <= seconds <= min(0.5 * 2**number, 30)

    asyncio.run(run())


def test_call_identifiers_differ_and_cannot_be_reversed() -> None:
    one, other = CallNumbers(), CallNumbers()
    assert one.number(b"a") == one.number(b"a") != one.number(b"b")
    assert one.number(b"a") != other.number(b"a")
