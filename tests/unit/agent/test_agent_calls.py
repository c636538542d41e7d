"""test_agent_calls: reports of sources -> state of a pad and bytes on its line."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random

import pytest
from kesu.agent.calls import ANONYMOUS, Bounds, Event, Report, SourceView, State, WrapUp
from kesu.agent.merge import PadCalls, Several

HOOK = Bounds(idle_s=None, call_s=7200.0)
HEARTBEAT = Bounds(idle_s=5.0, call_s=5.0)


class Pad:
    """A pad with one or more sources; `say` returns the bytes that one report causes."""

    def __init__(
        self,
        bounds: Bounds = HOOK,
        wrap_up: WrapUp = WrapUp.REPORTED,
        several: Several = Several.LAST,
        names: tuple[str, ...] = ("phone",),
    ) -> None:
        self.calls = PadCalls({name: SourceView(bounds, wrap_up) for name in names}, several)
        self.now = 100.0
        for name in names:
            self.say("ready", source=name)

    def say(self, word: str, call: int = ANONYMOUS, stamp: int | None = None, source: str = "phone") -> bytes:
        self.now += 2.0
        return self.calls.take(source, Report(Event(word), call, stamp), self.now)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("ring start end", b"RTE"),
        ("ring start hold start end", b"RTHTE"),
        ("ring busy", b"RE"),
        ("start end", b"TE"),
        ("ring start wrapup ready", b"RTWE"),
        ("ring start wrapup ring", b"RTWR"),
        ("ring start away end ready", b"RTAE"),
        ("ring start lock unlock end", b"RTKTE"),
        ("start mute unmute end", b"TMmE"),
        ("start mute end", b"TMEm"),
        ("start pay paid end", b"TPpE"),
        ("ring ring start start end", b"RTE"),
        ("start ring end", b"TE"),  # a second ring from a phone without call identifiers
        ("end", b"E"),  # an end without a known start still wipes
        ("lock end unlock", b"KKE"),
        ("start lost", b"T"),
        ("start lost alive", b"TE"),
    ],
)
def test_one_sources_reports_become_bytes(words: str, sent: bytes) -> None:
    pad = Pad()
    assert b"".join(pad.say(word) for word in words.split()) == sent


def test_a_pad_is_lost_until_every_source_has_reported() -> None:
    calls = PadCalls({"phone": SourceView(HOOK), "seat": SourceView(HOOK)})
    assert calls.take("phone", Report(Event.START), 1.0) == b""
    assert not calls.dtr
    assert calls.take("seat", Report(Event.ALIVE), 2.0) == b"T"
    assert calls.dtr


def test_one_lost_source_drops_dtr() -> None:
    pad = Pad(names=("phone", "seat"))
    pad.say("start")
    assert pad.say("lost", source="seat") == b""
    assert not pad.calls.dtr


def test_a_source_is_lost_exactly_at_its_silence_bound() -> None:
    pad = Pad(bounds=HEARTBEAT)
    pad.say("start")
    assert pad.calls.deadline() == pad.now + 5.0
    states = []
    for now in (pad.now + 4.99, pad.now + 5.0):
        pad.calls.tick(now)
        states.append(pad.calls.state)
    assert states == [State.TALK, State.LOST]
    assert pad.calls.deadline() is None


def test_a_late_start_after_an_end_is_ignored() -> None:
    pad = Pad()
    pad.say("start", stamp=1)
    assert pad.say("end", stamp=3) == b"E"
    assert pad.say("start", stamp=2) == b""  # stamped
    assert pad.say("start", stamp=4) == b"T"
    assert pad.say("start", call=7) == b""
    assert pad.say("end", call=7) == b""  # the call without identifier still runs
    assert pad.say("end", stamp=5) == b"E"
    assert pad.say("start", call=7) == b""  # ended calls stay ended
    assert pad.say("start", call=8) == b"T"


def test_without_a_stamp_a_start_right_after_an_end_is_ignored() -> None:
    pad = Pad()
    pad.say("start")
    pad.say("end")
    assert pad.calls.take("phone", Report(Event.START), pad.now + 0.5) == b""
    assert pad.calls.take("phone", Report(Event.START), pad.now + 1.5) == b"T"


def test_an_end_that_arrives_late_still_wipes() -> None:
    pad = Pad()
    pad.say("start", stamp=1)
    pad.say("end", stamp=4)
    assert pad.say("end", stamp=3) == b"E"


def test_the_note_is_kept_until_the_last_call_ends() -> None:
    pad = Pad()
    assert pad.say("start", call=1) == b"T"
    assert pad.say("ring", call=2) == b""
    assert pad.say("hold", call=1) == b"H"
    assert pad.say("start", call=2) == b"T"
    assert pad.say("end", call=2) == b"H"
    assert pad.say("end", call=1) == b"E"


def test_with_each_every_end_of_a_call_wipes() -> None:
    pad = Pad(several=Several.EACH)
    assert pad.say("start", call=1) == b"T"
    assert pad.say("hold", call=1) == b"H"
    assert pad.say("start", call=2) == b"ET"
    assert pad.say("end", call=2) == b"EH"
    assert pad.say("end", call=1) == b"E"


def test_the_next_ring_wipes_when_an_end_was_missed() -> None:
    pad = Pad()
    assert pad.say("ring", call=1) == b"R"
    assert pad.say("ring", call=2) == b""
    assert pad.say("busy", call=1) == b"R"


def test_wrap_up_as_each_mapping_reads_it() -> None:
    talk = ("start", "wrapup", "ready")
    ended = ("start", "end", "ready")
    for wrap_up, of_wrapup, of_end in (
        (WrapUp.NONE, b"TE", b"TE"),
        (WrapUp.REPORTED, b"TWE", b"TE"),
        (WrapUp.ALWAYS, b"TWE", b"TWE"),
    ):
        for words, sent in ((talk, of_wrapup), (ended, of_end)):
            pad = Pad(wrap_up=wrap_up)
            assert b"".join(pad.say(word) for word in words) == sent
    missed = Pad(wrap_up=WrapUp.ALWAYS)
    assert missed.say("ring") + missed.say("end") == b"RE"


def test_wrap_up_ends_at_its_bound_and_is_not_extended() -> None:
    pad = Pad(bounds=Bounds(None, None, wrap_up_s=10.0))
    pad.say("start")
    pad.say("wrapup")
    pad.say("wrapup")
    assert pad.calls.tick(pad.now + 7.9) == b""
    assert pad.calls.tick(pad.now + 8.0) == b"E"


def test_a_reconnected_pad_gets_the_current_state() -> None:
    pad = Pad()
    assert pad.calls.again() == b"E"
    pad.say("start")
    pad.say("mute")
    assert pad.calls.again() == b"TM"
    pad.say("lost")
    assert pad.calls.again() == b""


@pytest.mark.parametrize("seed", range(20))
def test_the_last_end_wipes_after_any_reports(seed: int) -> None:
    rng = random.Random(seed)
    pad = Pad(names=("phone", "relay"), several=rng.choice(list(Several)), wrap_up=rng.choice(list(WrapUp)))
    words = [event.value for event in Event]
    for _ in range(1000):
        pad.say(
            rng.choice(words),
            rng.randrange(5),
            rng.choice((None, rng.randrange(99))),
            rng.choice(("phone", "relay")),
        )
    pad.say("lost", source="phone")
    pad.say("lost", source="relay")
    assert not pad.calls.dtr
    assert pad.say("ready", source="phone") == b""
    assert pad.say("ready", source="relay") == b"E"
    assert pad.say("start", call=1000) == b"T"
    assert pad.say("end", call=1000)[:1] in (b"E", b"W")
