"""moves: what an operator and a PC do in a walk: writing, keys, bytes, requests, and what ends a note."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.scenario import move_timer, power_cycle, restore_touch, silence_touch
from kesu.spec.call_line import (
    AWAY,
    CALL_BYTES,
    ENDED,
    HOLD,
    KNOWN,
    LOCKED,
    PAID,
    PAYMENT,
    RING,
    TALK,
    WIPING,
    WRAP_UP,
)
from kesu.verify import notes
from kesu.verify.scenes.scenario import Policy
from kesu.verify.scenes.usb_requests import request

FIELD_PX = 12.0
"""Distance of the middle of the undo field from its corner of the page."""
HOLD_MS = 900.0
"""Longer than MODE has to be held for the next page."""
COUNTDOWN_MS = 4_000.0
SIGNS = tuple(one.byte for one in CALL_BYTES.values() if one.wipes in ("never", "in wrap-up"))
HARMLESS = bytes(byte for byte in range(256) if byte not in KNOWN)


@dataclass
class Hand:
    """Who makes the moves. chosen: draws them."""

    pad: VirtualPad
    policy: Policy
    chosen: random.Random

    @property
    def place(self) -> tuple[float, float]:
        """Anywhere on the glass, its edges and the strip included."""
        return self.chosen.uniform(0, self.pad.glass.width), self.chosen.uniform(0, self.pad.glass.height)

    def say(self, words: bytes) -> None:
        """Send bytes over the call line, if the pad is on the bus."""
        with suppress(ValueError):
            self.pad.host.write(words)

    def path(self, points: list[tuple[float, float]], step_ms: float, delay_ms: float = 0.0) -> float:
        """Schedule a stroke with a report at each point. Returns the ms until it ends."""
        pad = self.pad
        for number, (x, y) in enumerate(points):
            pad.at(delay_ms + step_ms * number + 1.0, lambda x=x, y=y: pad.touch.finger(x, y))  # type: ignore[misc]  # a lambda with a default
        end_ms = delay_ms + step_ms * len(points) + 1.0
        pad.at(end_ms, pad.touch.lift)
        return end_ms


Move = Callable[[Hand], None]


def _nothing(_: Hand) -> None:
    """The pad comes back by itself."""


def _note(hand: Hand) -> None:
    drawn = notes.note(
        hand.chosen.choice(notes.KINDS), hand.chosen.randrange(1 << 20), hand.chosen.randrange(1, 6)
    )
    hand.pad.run_for(notes.play(hand.pad, drawn) + hand.chosen.uniform(0, 900))


def _stroke(hand: Hand) -> None:
    x, y = hand.place
    points = [
        (x + hand.chosen.gauss(0, 12), y + hand.chosen.gauss(0, 12))
        for _ in range(hand.chosen.randrange(2, 25))
    ]
    hand.pad.run_for(hand.path(points, hand.chosen.uniform(8, 25)) + hand.chosen.uniform(0, 600))


def _dots(hand: Hand) -> None:
    for _ in range(hand.chosen.randrange(1, 4)):
        hand.pad.run_for(
            hand.path([hand.place] * hand.chosen.randrange(1, 4), 20.0) + hand.chosen.uniform(0, 200)
        )


def _jumps(hand: Hand) -> None:
    """Points far from each other in one stroke, as a palm makes them."""
    hand.pad.run_for(hand.path([hand.place for _ in range(hand.chosen.randrange(3, 9))], 12.0) + 200.0)


def _corner(hand: Hand) -> None:
    """A dab in a corner, or beyond the edge."""
    glass = hand.pad.glass
    x = hand.chosen.choice((0.0, 3.0, glass.width - 1.0, glass.width + 40.0))
    y = hand.chosen.choice((0.0, 3.0, glass.height - 1.0, glass.height + 40.0))
    hand.pad.run_for(hand.path([(x, y)] * 4, 12.0) + hand.chosen.uniform(0, 400))


def _undo(hand: Hand) -> None:
    glass = hand.pad.glass
    field = (glass.width - FIELD_PX if hand.policy.undo_right else FIELD_PX, glass.height - FIELD_PX)
    hand.pad.run_for(hand.path([field] * 4, 12.0) + hand.chosen.uniform(100, 900))


def _tool(hand: Hand) -> None:
    hand.pad.keys["MODE"].tap()
    hand.pad.run_for(hand.chosen.uniform(100, 500))


def _page(hand: Hand) -> None:
    hand.pad.keys["MODE"].tap(hold_ms=HOLD_MS)
    hand.pad.run_for(hand.chosen.uniform(1_000, 1_900))


def _ring(hand: Hand) -> None:
    """A ring of the eraser around something, sometimes crossing itself."""
    hand.pad.keys["MODE"].tap()
    hand.pad.run_for(250.0)
    (x, y), side = hand.place, hand.chosen.uniform(20, 110)
    ring = [
        (x, y),
        (x + side, y),
        (x + side, y + side),
        (x, y + side),
        (x + hand.chosen.uniform(-30, 30), y - 2),
    ]
    fine = [
        (a + (c - a) * step / 8, b + (d - b) * step / 8)
        for (a, b), (c, d) in pairwise(ring)
        for step in range(8)
    ]
    hand.pad.run_for(hand.path(fine, 10.0) + hand.chosen.uniform(300, 1_200))
    if hand.chosen.random() < 0.7:
        _tool(hand)


def _sign(hand: Hand) -> None:
    """Bytes that keep the note, and bytes without a meaning."""
    hand.say(hand.chosen.choice((*SIGNS, bytes(hand.chosen.choices(HARMLESS, k=3)))))
    hand.pad.run_for(hand.chosen.uniform(20, 700))


def _ask(hand: Hand) -> None:
    """Control requests that leave the call as it is."""
    for _ in range(hand.chosen.randrange(1, 6)):
        transfer = hand.pad.host.control(*request(hand.chosen, harmless=True))
        with suppress(EmulationTimeout):
            hand.pad.run_until(lambda transfer=transfer: transfer.done, 120.0)  # type: ignore[misc]  # a lambda with a default
        if not transfer.done:
            hand.pad.host.give_up(transfer)


def _rest(hand: Hand) -> None:
    hand.pad.run_for(hand.chosen.choice((60.0, 700.0, 4_500.0)))


def _until_countdown(hand: Hand) -> None:
    """No input until the countdown of the idle time, in which a touch keeps the note."""
    hand.pad.run_for(500.0)
    move_timer(hand.pad, float(int(hand.policy.idle_ms - COUNTDOWN_MS)))
    hand.pad.run_for(1_500.0)


WRITING: tuple[Move, ...] = (_note, _note, _stroke, _stroke, _dots, _jumps, _corner)
BETWEEN: tuple[Move, ...] = (
    _undo,
    _undo,
    _tool,
    _page,
    _page,
    _ring,
    _sign,
    _sign,
    _ask,
    _rest,
    _until_countdown,
)


@dataclass(frozen=True)
class Ending:
    """What ends a note. at_once: the guarantee's bounds count from it; by_byte: from when the pad took the byte.
    back: what leads to READY afterwards."""

    name: str
    play: Move
    at_once: bool = True
    by_byte: bool = False
    back: Move = _nothing


def _key(name: str, hold_ms: float = 80.0) -> Move:
    return lambda hand: hand.pad.keys[name].tap(hold_ms=hold_ms)


def _say(byte: bytes) -> Move:
    return lambda hand: hand.say(byte)


def _close(hand: Hand) -> None:
    hand.pad.host.set_dtr(False)


def _open(hand: Hand) -> None:
    hand.pad.run_for(hand.chosen.uniform(100, 2_500))
    hand.pad.host.set_dtr(True)


def _reset_bus(hand: Hand) -> None:
    with suppress(ValueError):  # it may be restarting
        hand.pad.host.bus_reset()


def _wake(hand: Hand) -> None:
    hand.pad.run_for(hand.chosen.uniform(1_500, 3_000))
    hand.pad.host.resume()
    hand.pad.run_for(20.0)
    hand.pad.host.set_dtr(True)


def _hang_up(hand: Hand) -> None:
    """The hook opens; after-call work, if the policy has it, ends with the next byte."""
    hand.pad.hook.press()
    hand.pad.run_for(80.0)
    hand.pad.hook.release()


def _after_work(hand: Hand) -> None:
    hand.say(WRAP_UP)
    hand.pad.run_for(hand.chosen.uniform(100, 3_000))
    hand.say(hand.chosen.choice((ENDED, RING, TALK, HOLD, LOCKED)))


def _idle(hand: Hand) -> None:
    hand.pad.run_for(700.0)
    move_timer(hand.pad, float(int(max(hand.policy.idle_ms, hand.policy.call_age_ms) - 1_500.0)))
    hand.pad.run_for(2_500.0)


def _unplugged(hand: Hand) -> None:
    hand.pad.unplug(30.0)


def _plugged(hand: Hand) -> None:
    hand.pad.run_for(2_800.0)
    hand.pad.replug()


def _silent(hand: Hand) -> None:
    pad = hand.pad
    silence_touch(pad)
    pad.touch.finger(*hand.place)
    pad.run_for(40.0)
    pad.touch.lift()


def _speaks(hand: Hand) -> None:
    hand.pad.run_for(300.0)
    restore_touch(hand.pad)


def _leave_away(hand: Hand) -> None:
    hand.pad.run_for(3_000.0)
    hand.say(ENDED)


def _leave_payment(hand: Hand) -> None:
    hand.pad.run_for(3_000.0)
    hand.say(PAID)


def _byte_ending(byte: bytes) -> Ending:
    back = {AWAY: _leave_away, PAYMENT: _leave_payment}.get(byte, _nothing)
    return Ending(f"byte {byte.decode()}", _say(byte), by_byte=True, back=back)


ENDS: tuple[Ending, ...] = (
    Ending("WIPE", _key("WIPE")),
    Ending("WIPE, held", _key("WIPE", 2_200.0), back=lambda hand: hand.pad.run_for(2_500.0)),
    Ending("AWAY", _key("AWAY"), back=_leave_away),
    *(_byte_ending(bytes([byte])) for byte in WIPING if byte != ENDED[0]),
    Ending("byte E", _say(ENDED), at_once=False, back=lambda hand: hand.say(ENDED)),
    Ending("DTR drops", _close, back=_open),
    Ending("bus reset", _reset_bus, at_once=False),
    Ending("bus asleep", lambda hand: hand.pad.host.suspend(), at_once=False, back=_wake),
    Ending("unplugged", _unplugged, at_once=False, back=_plugged),
    Ending("hook", _hang_up, at_once=False, back=lambda hand: hand.say(ENDED)),
    Ending("after-call work", _after_work, at_once=False),
    Ending("idle", _idle, at_once=False),
    Ending("touch chip silent", _silent, at_once=False, back=_speaks),
    Ending("watchdog", lambda hand: hand.pad.reset("watchdog"), at_once=False),
    Ending("RUN", lambda hand: hand.pad.reset("run"), at_once=False),
    Ending("power cut", lambda hand: power_cycle(hand.pad, 50.0), at_once=False),
)
