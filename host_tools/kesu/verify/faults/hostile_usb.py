"""hostile_usb: a host that sends anything at any time: control requests, data, resets, suspends.

Compared pairwise: the same requests to two pads with different ink must get the same replies, because a reply
that depends on ink would leak it. Only the three modem bits may differ.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.core.fork import fork_run
from kesu.emulator.scenario import silence_touch
from kesu.emulator.usb.flood import BY_NAME, KINDS, Flood, Kind
from kesu.spec.call_line import KNOWN
from kesu.verify.faults.trial import Task, left_in_memory, wait_gone
from kesu.verify.outcome import Trial
from kesu.verify.scenes.scenario import Written
from kesu.verify.scenes.usb_requests import Request, requests
from kesu.verify.search import measure

CAMPAIGN = "USB"
ANSWER_MS = 120.0
"""A device has 5 s for a request (USB 2.0 section 9.2.6.4); the pad answers each stage at its second tick of
8.2 ms."""
FLOODED_MS = 200.0
BLANK_MS = 80.0
"""R1 to R5, R7 and R9: 5, 20 and 50 ms, one after the other."""
R1_MS = 5.0
IN_A_FLOOD = "WIPE in a flood: "
"""How the names of the trials with a flood begin."""
WIPE_MS = 2_500.0
BACK_MS = 9_000.0
"""For a pad that shows a fault and restarts."""
HARMLESS = bytes(byte for byte in range(256) if byte not in KNOWN)
GET_STATUS = bytes([0x80, 0x00, 0, 0, 0, 0, 2, 0])


@dataclass(frozen=True)
class State:
    """State of the pad when the requests begin. keeps: the note must still exist after them."""

    name: str
    lead_up: Callable[[VirtualPad], None]
    keeps: bool = False


def _nothing(pad: VirtualPad) -> None:
    """Leave the note on the glass."""


def _stroke(pad: VirtualPad) -> None:
    pad.touch.finger(120.0, 90.0)
    pad.at(25.0, lambda: pad.touch.finger(150.0, 110.0))
    pad.at(60.0, pad.touch.lift)
    pad.run_for(70.0)


def _said(word: bytes, ms: float) -> Callable[[VirtualPad], None]:
    def lead_up(pad: VirtualPad) -> None:
        pad.host.write(word)
        pad.run_for(ms)

    return lead_up


def _enumerating(pad: VirtualPad) -> None:
    """Reset the bus; the host's own enumeration and the requests alternate."""
    pad.host.bus_reset()
    pad.run_for(11.0)


def _fault(pad: VirtualPad) -> None:
    silence_touch(pad)
    _stroke(pad)
    pad.run_for(300.0)


STATES = (
    State("a note at rest", _nothing, keeps=True),
    State("a refresh", _stroke, keeps=True),
    State("a wipe's planes", _said(b"E", 8.0)),
    State("a wipe's refresh", _said(b"E", 100.0)),
    State("READY after a wipe", _said(b"E", WIPE_MS)),
    State("AWAY", _said(b"A", WIPE_MS)),
    State("PAYMENT", _said(b"P", WIPE_MS)),
    State("enumeration", _enumerating),
    State("FAULT", _fault),
)


@dataclass
class Replies:
    """Replies of a pad: for each request whether it stalled, and the bytes of an IN transfer. unanswered: indices of
    requests that timed out."""

    stalled: list[bool] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)
    deaf: bool = False
    bulk_in: int = 0
    resets: int = 0


def send(pad: VirtualPad, sent: list[Request], seed: int, *, harmless: bool = True) -> Replies:
    """Send all requests, with occasional data on bulk OUT."""
    chosen = random.Random(seed + 1)
    words = HARMLESS if harmless else bytes(range(256))
    replies = Replies()
    before = pad.emulator.watchdog_resets
    for place, (setup, data) in enumerate(sent):
        if chosen.random() < 0.1:
            packet = bytes(chosen.choices(words, k=chosen.randrange(1, 64)))
            if pad.host.configuration.bulk_out is not None:
                pad.host.write(packet)
        done, stalled, answer = _asked(pad, setup, data)
        if not done:
            replies.unanswered.append(place)
        replies.stalled.append(stalled)
        replies.data.append(answer)
    pad.run_for(20.0)
    replies.bulk_in = pad.host.bulk_in_bytes
    done, stalled, answer = _asked(pad, GET_STATUS, b"")
    replies.resets = pad.emulator.watchdog_resets - before
    replies.deaf = not replies.resets and (not done or stalled or len(answer) != 2)
    return replies


def _asked(pad: VirtualPad, setup: bytes, data: bytes) -> tuple[bool, bool, bytes]:
    transfer = pad.host.control(setup, data)
    try:
        pad.run_until(partial(getattr, transfer, "done"), ANSWER_MS, 0.25)
    except EmulationTimeout:
        pad.host.give_up(transfer)
        return False, False, bytes(transfer.data)
    return True, transfer.stalled, bytes(transfer.data)


def pair_tasks(other: VirtualPad, seed: int, count: int, each: int = 500) -> list[Task]:
    """`count` requests in total, in runs of `each`, to a written pad and to `other`, which has different ink; each
    run begins in the next state."""
    return [
        Task(
            CAMPAIGN,
            name,
            own_seed,
            partial(_pair, other=other, state=state, name=name, seed=own_seed, count=each),
        )
        for state, name, own_seed in _runs(seed, count, each)
    ]


def pair_names(seed: int, count: int, each: int) -> list[tuple[str, int]]:
    """Name and seed of each trial of `pair_tasks`."""
    return [(name, own_seed) for _, name, own_seed in _runs(seed, count, each)]


def _runs(seed: int, count: int, each: int) -> list[tuple[State, str, int]]:
    states = [STATES[number % len(STATES)] for number in range(-(-count // each))]
    return [
        (
            state,
            f"requests {number * each + 1} to {(number + 1) * each}, from {state.name} on",
            seed + number,
        )
        for number, state in enumerate(states)
    ]


def _pair(written: Written, other: VirtualPad, state: State, name: str, seed: int, count: int) -> Trial:
    sent = requests(seed, count, harmless=state.keeps)

    def play(pad: VirtualPad) -> Replies:
        state.lead_up(pad)
        return send(pad, sent, seed, harmless=state.keeps)

    others = fork_run(other, play)
    pad = written.pad
    mine = play(pad)
    reason = differing(mine, others, restarts=state.name == "FAULT")
    if not reason and state.keeps and left_in_memory(written) == 0:
        reason = "requests that mean nothing ended the note"
    gone = _ended(written)
    if gone is None:
        reason = reason or "a wipe no longer works"
    answered = count - sum(mine.stalled) - len(mine.unanswered)
    seen = f"{answered} taken, {sum(mine.stalled)} refused, {len(mine.unanswered)} not answered"
    silent = sorted({sent[place][0].hex(" ") for place in mine.unanswered})
    return Trial(CAMPAIGN, name, seed, seen, gone, "blank", reason, {"unanswered": silent} if silent else {})


def _ended(written: Written) -> float | None:
    """End the call in any state that the requests led to; ms until nothing is left of the note."""
    pad = written.pad
    if not pad.host.enumerated:
        return wait_gone(written, BACK_MS)
    pad.host.set_dtr(True)
    pad.host.write(b"pE")
    return wait_gone(written, BACK_MS)


def differing(mine: Replies, other: Replies, *, restarts: bool = False) -> str:
    """The first error in the replies of two pads that should be equal; empty if there is none.

    restarts: whether the pad restarts by design during the requests.
    """
    if mine.deaf or other.deaf:
        return "a plain request is no longer answered"
    if mine.resets != other.resets or (mine.resets and not restarts):
        return "the pad restarted"
    if mine.bulk_in or other.bulk_in:
        return f"{mine.bulk_in + other.bulk_in} bytes came on bulk IN"
    if mine.unanswered != other.unanswered:
        return "whether a request is answered depends on the note"
    ours = zip(mine.stalled, mine.data, strict=True)
    answers = zip(ours, zip(other.stalled, other.data, strict=True), strict=True)
    places = [at for at, (one, two) in enumerate(answers) if one != two]
    return f"the reply to request {places[0]} depends on the note" if places else ""


def storm_tasks(seed: int) -> list[Task]:
    """Bus resets and suspends at every step of a wipe, and many bus resets in a row."""
    found = []
    for at_ms in (0.5, 5.0, 15.0, 41.0, 120.0, 395.0, 430.0, 900.0, 1_700.0):
        for what in ("bus reset", "suspend and resume", "suspend, resumed after the wipe"):
            name = f"{what} {at_ms:g} ms into a wipe"
            run = partial(_at_step, name=name, what=what, at_ms=at_ms, seed=seed)
            found.append(Task(CAMPAIGN, name, seed, run))
    found.append(Task(CAMPAIGN, "fifty bus resets in a row", seed, partial(_resets, seed=seed)))
    return found


def _at_step(written: Written, name: str, what: str, at_ms: float, seed: int) -> Trial:
    pad = written.pad
    pad.host.write(b"E")
    pad.run_for(at_ms)
    if what == "bus reset":
        pad.host.bus_reset()
    else:
        pad.host.suspend()
        pad.at(60.0 if what == "suspend and resume" else WIPE_MS, pad.host.resume)
    return _on_bus(written, name, seed)


def _resets(written: Written, seed: int) -> Trial:
    pad = written.pad
    for _ in range(50):
        if pad.host.enumerated:
            pad.host.bus_reset()
        pad.run_for(30.0)
    return _on_bus(written, "fifty bus resets in a row", seed)


def flood_tasks(seed: int, count: int) -> list[Task]:
    """Floods during a WIPE: each kind, then mixtures, starting up to 9 ms before the key."""
    found = []
    for number in range(count):
        kind = KINDS[number] if number < len(KINDS) else BY_NAME["everything at once"]
        name = f"{IN_A_FLOOD}{kind.name}"
        run = partial(_flooded, name=name, kind=kind, seed=seed + number)
        found.append(Task(CAMPAIGN, name, seed + number, run))
    return found


def _flooded(written: Written, name: str, kind: Kind, seed: int) -> Trial:
    pad = written.pad
    chosen = random.Random(seed)
    flood = Flood(pad.wiring.usb, pad.host, pad.clock, kind, seed)
    if left_in_memory(written) == 0:
        return Trial(CAMPAIGN, name, seed, "", None, "blank", "there was no note to wipe")
    restarts = pad.emulator.watchdog_resets
    flood.start()
    pad.run_for(chosen.uniform(0.0, 9.0))
    pad.keys["WIPE"].tap()
    pad.at(FLOODED_MS, flood.stop)
    pressed = pad.now_ms
    reason, r1_ms = "", None
    try:
        pad.run_until(lambda: measure.owners_blank(pad, written.reference), FLOODED_MS, 0.1)
        r1_ms = pad.now_ms - pressed
        if pad.now_ms - pressed > R1_MS:
            reason = f"the note was there for {pad.now_ms - pressed:.1f} ms, longer than {R1_MS:g}"
    except EmulationTimeout:
        reason = "the flood kept the wipe from beginning"
    gone = wait_gone(written, BACK_MS, glass=False, every_ms=1.0)
    if not reason and (gone is None or pad.now_ms - pressed > BLANK_MS):
        reason = f"traces of the note in memory after {BLANK_MS:g} ms"
    pad.run_for(BACK_MS)
    if not reason and pad.emulator.watchdog_resets != restarts:
        reason = "the pad restarted"
    if not reason and not pad.host.enumerated:
        reason = "the pad is not on the bus any more"
    figures = {"r1_ms": r1_ms, "restarts": pad.emulator.watchdog_resets - restarts}
    sent = sum(flood.delivered.values())
    if not sent:
        reason = "the flood never reached the pad"
    return Trial(CAMPAIGN, name, seed, f"{sent} sent", gone, "blank", reason, figures)


def _on_bus(written: Written, name: str, seed: int) -> Trial:
    """Check that the note is gone and the pad ready for the next call."""
    pad = written.pad
    gone = wait_gone(written, WIPE_MS)
    pad.run_for(2.0 * WIPE_MS)
    reason = "" if gone is not None else "the note was not gone"
    if not reason and not pad.host.enumerated:
        reason = "the pad is not on the bus any more"
    if not reason and not pad.host.serial_state.dsr:
        reason = "the pad does not say READY"
    return Trial(CAMPAIGN, name, seed, "bus event", gone, "READY", reason)
