"""walk: a random walk on a traced pad: notes of every kind, ended in every way, and what the trace sees of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from kesu.emulator.board.pad import EmulationTimeout, VirtualPad
from kesu.emulator.scenario import ready
from kesu.emulator.trace.tracer import Tracer
from kesu.verify.outcome import HELD, LEAST_INKED, Walk
from kesu.verify.scenes.scenario import Policy
from kesu.verify.trace import code, places, reviewed
from kesu.verify.trace.calls import Calls
from kesu.verify.trace.coverage import Ran, mark_jumps
from kesu.verify.trace.moves import BETWEEN, ENDS, WRITING, Ending, Hand
from kesu.verify.uses import judge

STEP_MS = 1.0
WATCHED_MS = 500.0
"""How long the ink is watched at every millisecond after an ending that wipes at once."""
AFTER_MS = 30.0
MOST_NAMED = 3
READY_MS = 12_000.0
"""A fault page, a restart, a wipe."""
PICKED_UP_MS = 60.0
"""The pad takes a byte at a tick of 8.2 ms, at the latest when its loop turns."""
REPORTED_MS = 100.0
"""From an event on, until DSR is of what it began: the message of a wipe leaves 40 to 57 ms after the event. The pages
without a pen are blank, too, and a pad without a note was before."""


Enough = Callable[[Walk], bool]


@dataclass
class _Seen:
    """What the trace saw so far, as in `Walk`."""

    notes: int = 0
    most: int = 0
    clean_ms: list[float] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    stuck: str = ""
    held: set[str] = field(default_factory=set)


def walk(
    pad: VirtualPad, policy: Policy, seed: int, notes: int, enough: Enough | None = None
) -> tuple[Walk, Ran]:
    """Play `notes` notes on a READY pad, by seed, and trace all of it. Returns also what ran while there was ink.

    enough: called after each note with what was found so far: the walk ends when it returns true.
    """
    tracer = Tracer(pad)
    mark_jumps(tracer, code.image_of(pad))
    return traced(Hand(pad, policy, random.Random(f"walk {seed}")), tracer, seed, notes, enough), Ran.of(
        tracer
    )


def traced(hand: Hand, tracer: Tracer, seed: int, notes: int, enough: Enough | None = None) -> Walk:
    """The same with a tracer, which then has all that was found."""
    seen, judged = _Seen(), _Judged(seed, tracer)
    for _ in range(notes):
        ending = hand.chosen.choice(ENDS)
        _write(hand)
        if not _ended(hand, tracer, ending, seen) or (enough and enough(judged.walk(seen))):
            break
    return judged.walk(seen)


def one_note(hand: Hand, tracer: Tracer, seed: int, write: Callable[[], None], ending: Ending) -> Walk:
    """One note on a traced pad, written and ended as given."""
    seen, judged = _Seen(), _Judged(seed, tracer)
    write()
    _ended(hand, tracer, ending, seen)
    return judged.walk(seen)


class _Judged:
    """Names what a trace has found."""

    def __init__(self, seed: int, tracer: Tracer) -> None:
        self._seed, self._tracer = seed, tracer
        self._named, self._prints = places.Names(tracer.pad), places.Fingerprints(tracer.pad)
        self._calls = Calls(tracer)

    def walk(self, seen: _Seen) -> Walk:
        """The walk so far."""
        tracer, named = self._tracer, self._named
        return Walk(
            seed=self._seed,
            notes=seen.notes,
            most_inked=seen.most,
            slowest_clean_ms=max(seen.clean_ms, default=None),
            left=tuple(seen.left),
            escapes=tuple(sorted({named.escape(one) for one in tracer.escapes()})),
            branches=tuple(sorted(reviewed.unknown(named, tracer.branches(), self._prints))),
            stuck=seen.stuck,
            uses=tuple(judge.strange(tracer.pad)),
            held=tuple(place for place in HELD if place in seen.held),
            calls=tuple(self._calls.strange()),
        )


def so_far(walk: Walk) -> Walk:
    """A walk that still goes on: that it has shown little ink yet is no finding."""
    return replace(walk, notes=max(walk.notes, 1), most_inked=max(walk.most_inked, LEAST_INKED))


def unjudged(seed: int, why: str) -> Walk:
    """A walk that the pad did not complete."""
    return Walk(seed, 0, 0, None, (), (), (), stuck=why)


def _write(hand: Hand) -> None:
    """The operator's moves in one call; the last may still be going on when the ending comes."""
    chosen = hand.chosen
    for _ in range(chosen.randrange(1, 6)):
        chosen.choice(WRITING if chosen.random() < 0.6 else BETWEEN)(hand)
    chosen.choice(WRITING)(hand)
    if chosen.random() < 0.5:  # the pen is on the glass at the ending, or comes down during the wipe
        points = [hand.place for _ in range(chosen.randrange(2, 30))]
        hand.path(points, chosen.uniform(8, 40), chosen.uniform(0, 400))
        hand.pad.run_for(chosen.uniform(0, 300))


def _ended(hand: Hand, tracer: Tracer, ending: Ending, seen: _Seen) -> bool:
    """End the note and watch its ink until READY. False: the pad did not come back."""
    pad = hand.pad
    before = tracer.inked_bytes
    seen.most = max(seen.most, before)
    seen.held |= _places_of_ink(tracer)
    noted = before > 0 and bool(pad.host.serial_state.dcd)
    seen.notes += noted
    edge_ms, last = pad.now_ms, pad.touch.reports
    ending.play(hand)
    if ending.by_byte:
        _picked_up(pad)
        edge_ms = pad.now_ms
    if noted and ending.at_once:
        seen.clean_ms.append(_until_clean(pad, tracer, edge_ms, last))
    ending.back(hand)
    _picked_up(pad)
    pad.run_for(REPORTED_MS)
    try:
        ready(pad, within_ms=READY_MS)
    except (EmulationTimeout, ValueError):
        seen.stuck = f"after {ending.name}: no READY within {READY_MS / 1_000:g} s"
        return False
    if not pad.host.dtr:
        pad.host.set_dtr(True)  # the pad restarted while it was awaited, and the agent opens the port again
    pad.pen.stop()
    pad.touch.lift()
    left = left_of(tracer)
    if left:
        seen.left.append(f"{ending.name}: {left}")
    pad.run_for(AFTER_MS)
    return True


def _places_of_ink(tracer: Tracer) -> set[str]:
    """Where ink is now."""
    found = places.Names(tracer.pad).regions(tracer.inked_addresses())
    return found | ({"registers of the processor"} if tracer.inked_registers() else set())


def _until_clean(pad: VirtualPad, tracer: Tracer, edge_ms: float, last: int) -> float:
    """Milliseconds from the edge until nothing came from the reports up to `last`; WATCHED_MS if never."""
    while pad.now_ms - edge_ms < WATCHED_MS:
        if not tracer.inked_addresses(last) and not tracer.inked_registers(last):
            return pad.now_ms - edge_ms
        pad.run_for(STEP_MS)
    return WATCHED_MS


def left_of(tracer: Tracer) -> str:
    """What still comes from the note before the last wipe, in a few words; "" if nothing does."""
    named, last = places.Names(tracer.pad), tracer.wiped_at
    memory = dict.fromkeys(named.memory(address) for address in tracer.inked_addresses(last))
    found = [*list(memory)[:MOST_NAMED], *tracer.inked_registers(last)[:MOST_NAMED]]
    chains = [named.trail(tracer.trail(address)) for address in tracer.inked_addresses(last)[:1]]
    return ", ".join(found) + "".join(f" ({chain})" for chain in chains)


def _picked_up(pad: VirtualPad) -> None:
    """Wait until the pad has taken what was sent."""
    _within(pad, PICKED_UP_MS, lambda: pad.host.unheard == 0)


def _within(pad: VirtualPad, most_ms: float, condition: Callable[[], bool]) -> None:
    with suppress(EmulationTimeout):
        pad.run_until(condition, most_ms, STEP_MS)
