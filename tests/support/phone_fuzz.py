"""phone_fuzz: hostile messages to the parsers of ctrl_tcp, AMI, the event socket and the relay's lines.

    python tests/support/phone_fuzz.py --messages 60000 --seed 1

Real sessions are split, cut, repeated, spliced and mixed with junk, and received in random pieces through
the same Wire that a socket feeds. After every session: no parser has failed (a connection ends for a defined
reason, never BROKEN), the buffer is zero, no report holds the caller's number, and a valid session on a new
connection ends in READY whatever the hostile one left behind; after its loss, in LOST.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import replay
from kesu.agent.calls import Bounds, Event, Report, SourceView, State
from kesu.agent.reading import relayed
from kesu.agent.reading.stream import Stream
from kesu.agent.source import Loss
from kesu.agent.sources import baresip
from kesu.agent.wire import Wire
from kesu.relay import ami, esl
from kesu.relay.freeswitch import CHANNEL_EVENT, AgentSeat
from kesu.relay.queues import QueueSeat

AGENT, INTERFACE = "1001@example.com", "PJSIP/1001"
SOUND_LOSSES = (None, Loss.PROTOCOL, Loss.TOO_LONG)


@dataclass(frozen=True)
class Kind:
    """One protocol: a session's messages, its parser, its longest message, and the reports that follow."""

    name: str
    sound: tuple[bytes, ...]
    reader: Callable[[], Any]
    longest: int
    reporter: Callable[[], Callable[[Any], list[Report]]]


def _of_freeswitch() -> Callable[[Any], list[Report]]:
    seat = AgentSeat("a", wrap_up=False)

    def take(said: Any) -> list[Report]:
        if said.seat is None:
            return []
        if said.event in CHANNEL_EVENT:
            return [Report(CHANNEL_EVENT[said.event], said.call)]
        return seat.take(said)

    return take


def _of_asterisk() -> Callable[[Any], list[Report]]:
    seat = QueueSeat("a")
    return lambda said: [] if said.seat is None or said.event in ami.CHANNEL_EVENTS else seat.take(said)


def _of_relay() -> Callable[[Any], list[Report]]:
    return lambda said: [] if isinstance(said, bool) else [said]


KINDS = (
    Kind(
        "ctrl_tcp",
        (
            replay.call_list(0), replay.call_event("CALL_INCOMING"), replay.call_event("CALL_ESTABLISHED"),
            replay.call_list(1), replay.call_event("CALL_CLOSED"), replay.call_list(0),
        ),
        baresip.Reader, baresip.LONGEST, lambda: baresip.Known().take,
    ),
    Kind(
        "AMI",
        (
            replay.BANNER, replay.member(INTERFACE, 1, "QueueMember"), replay.member(INTERFACE, 6),
            replay.member(INTERFACE, 2), replay.channel("Newstate", f"{INTERFACE}-0000002a", "1.1"),
            replay.complete(INTERFACE), replay.member(INTERFACE, 1),
        ),
        lambda: ami.Reader({INTERFACE: "a"}, ("acw",)), ami.LONGEST, _of_asterisk,
    ),
    Kind(
        "event socket",
        (
            replay.message("auth/request"), replay.message("command/reply", Reply_Text="+OK accepted"),
            replay.callcenter("agent-status-change", AGENT, CC_Agent_Status="Available"),
            replay.callcenter("agent-offering", AGENT), replay.callcenter("bridge-agent-start", AGENT),
            replay.callcenter("bridge-agent-end", AGENT),
            replay.switch_channel("CHANNEL_ANSWER", AGENT, "u1"),
            replay.switch_channel("CHANNEL_HANGUP", AGENT, "u1"),
        ),
        lambda: esl.Reader({AGENT: "a"}), esl.LONGEST, _of_freeswitch,
    ),
    Kind(
        "relay",
        (
            relayed.OK, *(relayed.line_of(Report(one, 7)) for one in (Event.READY, Event.RING, Event.START)),
            relayed.line_of(Report(Event.ALIVE)), relayed.line_of(Report(Event.END, 7)),
        ),
        lambda: relayed.parse, relayed.LONGEST, _of_relay,
    ),
)  # fmt: skip


def hostile(sound: tuple[bytes, ...], generator: random.Random) -> list[bytes]:
    """A session of that protocol with some of its messages damaged."""
    return [
        _spoil(message, sound, generator) if generator.random() < 0.5 else message
        for message in (generator.choice(sound) if generator.random() < 0.2 else one for one in sound)
    ]


def _spoil(message: bytes, others: tuple[bytes, ...], generator: random.Random) -> bytes:
    spoilt = bytearray(message)
    place = generator.randrange(len(spoilt) + 1)
    match generator.randrange(9):
        case 0:
            del spoilt[place:]
        case 1:
            spoilt[place:place] = message[: generator.randrange(len(message))]
        case 2:
            spoilt[place:] = generator.choice(others)[place // 2 :]
        case 3:
            spoilt[place:place] = generator.randbytes(generator.choice((1, 7, 300)))
        case 4:
            for _ in range(generator.randrange(1, 8)):
                spoilt[generator.randrange(len(spoilt))] ^= 1 << generator.randrange(8)
        case 5:
            spoilt[place:place] = generator.choice(
                (b"\r\n", b"\n\n", b"\0", b'"', b"\\", b"{", b",", b":", b"%")
            )
        case 6:
            spoilt[place:place] = replay.NUMBER.encode() * generator.choice((1, 3, 40))
        case 7:
            digits = [index for index, byte in enumerate(spoilt) if 0x30 <= byte <= 0x39]
            if digits:
                spoilt[generator.choice(digits)] = generator.choice(b"0123456789-")
        case _:
            spoilt *= 2
    return bytes(spoilt)


def receive(kind: Kind, data: bytes, generator: random.Random) -> tuple[list[Any], Loss | None]:
    """What a connection reads from these bytes, received in random pieces, and why it would end."""
    stream: Stream[Any] = Stream(kind.reader())
    wire = Wire(stream.take, kind.longest)
    at = 0
    while at < len(data) and not wire.closed.done():
        room = wire.get_buffer(-1)
        size = min(len(room), len(data) - at, generator.choice((1, 3, 40, 1_000, 20_000)))
        room[:size] = data[at : at + size]
        wire.buffer_updated(size)
        at += size
    loss = wire.closed.result() if wire.closed.done() else None
    said = list(stream._waiting)
    wire.close()
    assert not any(wire._buffer), f"{kind.name}: the buffer still holds something"
    return said, loss


async def play(messages: int, seed: int) -> Counter[str]:
    """Send at least that many messages; count outcomes by protocol and reason. AssertionError on a failure."""
    generator = random.Random(seed)
    seen: Counter[str] = Counter()
    while seen["messages"] < messages:
        kind = generator.choice(KINDS)
        view = SourceView(Bounds(None, None))
        session = hostile(kind.sound, generator)
        seen["messages"] += len(session)
        said, loss = receive(kind, b"".join(session), generator)
        assert loss in SOUND_LOSSES, f"{kind.name}, seed {seed}: {loss}"
        seen[
            f"{kind.name} sessions, {'read to their end' if loss is None else 'cut off: ' + loss.value}"
        ] += 1
        assert replay.NUMBER not in repr(said), f"{kind.name}, seed {seed}: a number was kept"
        _report(kind, view, said)
        view.take(Report(Event.LOST), 1.0)
        lost = view.state
        assert lost is State.LOST
        # The next connection: its final state must not depend on the last one.
        said, loss = receive(kind, b"".join(kind.sound), generator)
        assert loss is None
        _report(kind, view, [Report(Event.READY)] if kind.name != "relay" else [])
        _report(kind, view, said)
        assert view.state is State.READY, f"{kind.name}, seed {seed}: {view.state}"
    return seen


def _report(kind: Kind, view: SourceView, said: list[Any]) -> None:
    reporter = kind.reporter()
    for one in said:
        for report in [one] if isinstance(one, Report) else reporter(one):
            view.take(report, 0.5)


def main() -> None:
    """Command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=60_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    for what, count in sorted(asyncio.run(play(chosen.messages, chosen.seed)).items()):
        print(f"{count:8,}  {what}")


if __name__ == "__main__":
    main()
