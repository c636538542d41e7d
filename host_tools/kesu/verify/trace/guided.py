"""guided: sequences of moves that are kept when they reach code that none before them reached while there was ink.

A walk draws its moves and forgets them. A rare path needs a few moves in a row, and each brings new code only after the
one before it: so a sequence that reached something new is kept and changed again, as AFL does (Zalewski, "american
fuzzy lop", 2013). Every trial is one note on a fork of the READY pad, traced and judged as in a walk.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kesu.emulator.board.pad import VirtualPad
from kesu.emulator.core.fork import ForkLost, fork_run
from kesu.emulator.trace.tracer import Tracer
from kesu.verify.outcome import Guided, Walk
from kesu.verify.scenes.scenario import Policy
from kesu.verify.trace import code, walk
from kesu.verify.trace.coverage import Function, Image, Ran, mark_jumps
from kesu.verify.trace.moves import BETWEEN, ENDS, WRITING, Hand, Move

MOVES: tuple[Move, ...] = tuple(dict.fromkeys((*WRITING, *BETWEEN)))
FIRST = 4
"""Sequences that are drawn before any is changed."""
MOST_MOVES = 10
Play = Callable[["Trial"], tuple[Walk, Ran]]


@dataclass(frozen=True)
class Trial:
    """Moves by number in MOVES, each with the seed of its choices, and the number of the ending in ENDS."""

    moves: tuple[tuple[int, int], ...]
    ending: int


class Reached:
    """Which places of an image's own code, and which ends of conditional jumps, ran with ink so far."""

    def __init__(self, image: Image) -> None:
        self._functions: Sequence[Function] = (*image.frozen, *image.own)
        self._ran = Ran()

    @property
    def count(self) -> int:
        """Places; a conditional jump counts once more for each of its ends."""
        return sum(self._ran.reached(function) for function in self._functions)

    def add(self, ran: Ran) -> int:
        """Add what ran; returns how much of it is new."""
        before = self.count
        self._ran.add(ran)
        return self.count - before


def guided(pad: VirtualPad, policy: Policy, seed: int, trials: int) -> tuple[Guided, Ran]:
    """Play `trials` sequences on copies of a READY pad. Returns also what ran while there was ink."""
    image = code.image_of(pad)

    def play(sequence: Trial) -> tuple[Walk, Ran]:
        try:
            return fork_run(pad, lambda copy: _played(copy, policy, seed, sequence, image))
        except ForkLost:
            raise
        except Exception as error:
            return walk.unjudged(seed, str(error).strip().splitlines()[-1]), Ran()

    return searched(play, Reached(image), seed, trials)


def searched(play: Play, reached: Reached, seed: int, trials: int) -> tuple[Guided, Ran]:
    """The search. play: gives what was found in a sequence, and what ran in it."""
    chosen = random.Random(f"guided {seed}")
    kept: list[Trial] = []
    found, every = Guided(seed, 0, 0, 0, 0), Ran()
    for number in range(trials):
        sequence = _drawn(chosen) if number < FIRST or not kept else _changed(chosen, kept)
        walked, ran = play(sequence)
        every.add(ran)
        if reached.add(ran):
            kept.append(sequence)
        first = reached.count if number + 1 == FIRST else found.first
        reason = found.reason or _reason(walked, sequence)
        found = replace(
            found, trials=number + 1, kept=len(kept), first=first, reached=reached.count, reason=reason
        )
    return found, every


def _reason(walked: Walk, sequence: Trial) -> str:
    """What a trial found; that a sequence left no ink, or none of it lasted, is no finding."""
    seen = replace(walked, notes=max(walked.notes, 1), most_inked=max(walked.most_inked, 1 << 10))
    return f"{seen.reason} ({names(sequence)})" if seen.reason else ""


def names(sequence: Trial) -> str:
    """The moves and the ending, in words."""
    moves = [MOVES[number].__name__.strip("_").replace("_", " ") for number, _ in sequence.moves]
    return f"{', '.join(moves)}; {ENDS[sequence.ending].name}"


def _drawn(chosen: random.Random) -> Trial:
    moves = [_move(chosen) for _ in range(chosen.randrange(2, 6))]
    return Trial((_writing(chosen), *moves), chosen.randrange(len(ENDS)))


def _changed(chosen: random.Random, kept: Sequence[Trial]) -> Trial:
    """One of the kept sequences, the newest most often, with one to three changes."""
    one = kept[max(chosen.randrange(len(kept)), chosen.randrange(len(kept)))]
    moves, ending = list(one.moves), one.ending
    for _ in range(chosen.randrange(1, 4)):
        how = chosen.randrange(6)
        at = chosen.randrange(len(moves))
        if how == 0:
            moves.insert(at, _move(chosen))
        elif how == 1:
            moves[at] = _move(chosen)
        elif how == 2:
            moves[at] = (moves[at][0], chosen.getrandbits(30))
        elif how == 3 and len(moves) > 1:
            del moves[at]
        elif how == 4:
            other = chosen.choice(kept).moves
            moves[at:at] = other[chosen.randrange(len(other)) :]
        else:
            ending = chosen.randrange(len(ENDS))
    if not any(MOVES[number] in WRITING for number, _ in moves):
        moves.append(_writing(chosen))
    return Trial(tuple(moves[-MOST_MOVES:]), ending)


def _move(chosen: random.Random) -> tuple[int, int]:
    return chosen.randrange(len(MOVES)), chosen.getrandbits(30)


def _writing(chosen: random.Random) -> tuple[int, int]:
    return MOVES.index(chosen.choice(WRITING)), chosen.getrandbits(30)


def _played(pad: VirtualPad, policy: Policy, seed: int, sequence: Trial, image: Image) -> tuple[Walk, Ran]:
    tracer = Tracer(pad)
    mark_jumps(tracer, image)
    hand = Hand(pad, policy, random.Random(0))

    def write() -> None:
        for number, own_seed in sequence.moves:
            hand.chosen = random.Random(own_seed)
            MOVES[number](hand)

    return walk.one_note(hand, tracer, seed, write, ENDS[sequence.ending]), Ran.of(tracer)
