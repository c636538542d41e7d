"""test_guided: sequences that reach new code are kept and changed again; a rare path is found, and what it shows."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from kesu.emulator.shadow.labels import SEEN_WITH_INK
from kesu.verify.outcome import Guided, Walk
from kesu.verify.trace import guided
from kesu.verify.trace.coverage import OUTCOMES, Function, Image, Ran
from kesu.verify.trace.guided import MOST_MOVES, MOVES, Reached, Trial
from kesu.verify.trace.moves import WRITING

BASE = 0x1000_0000


@dataclass
class MadeUpPad:
    """A pad whose code has one place more for each move of `secret` that comes in this order."""

    secret: tuple[int, ...]
    finding: str = ""
    played: list[Trial] = field(default_factory=list)

    def play(self, trial: Trial) -> tuple[Walk, Ran]:
        self.played.append(trial)
        found = 0
        for number, _ in trial.moves:
            if found < len(self.secret) and number == self.secret[found]:
                found += 1
        whole = found == len(self.secret)
        left = (self.finding,) if whole and self.finding else ()
        bits = {(True, one): bytes([(1 << found + 1) - 1]) for one in OUTCOMES}
        return Walk(1, 1, 4_000, 20.0, left, (), ()), Ran(bits)


def reached() -> Reached:
    places = tuple(BASE + at for at in range(8))
    return Reached(Image(frozen=[Function("f", True, places, frozenset())]))


def search(pad: MadeUpPad, trials: int, seed: int = 5) -> Guided:
    return guided.searched(pad.play, reached(), seed, trials)[0]


@pytest.mark.slow
def test_a_path_of_four_moves_is_found_by_keeping_what_reached_new_code() -> None:
    secret = (3, 9, 11, 6)
    kept = [search(MadeUpPad(secret), 800, seed).reached for seed in range(8)]
    blind = [drawn_only(MadeUpPad(secret), 800, seed) for seed in range(8)]
    assert sum(count == 5 for count in kept) >= 7
    assert sum(count == 5 for count in blind) <= 1


def drawn_only(pad: MadeUpPad, trials: int, seed: int) -> int:
    """The most that as many sequences reach of which none is kept."""
    chosen = random.Random(seed)
    return max(
        pad.play(guided._drawn(chosen))[1].seen[True, SEEN_WITH_INK][0].bit_count() for _ in range(trials)
    )


def test_what_a_trial_shows_is_named_with_its_moves() -> None:
    found = search(MadeUpPad((0,), finding="heap"), 30)
    assert not found.holds
    assert "heap" in found.reason
    assert f"({guided.MOVES[0].__name__.strip('_')}" in found.reason or "note" in found.reason
    assert search(MadeUpPad((0,)), 30).holds


def test_the_same_seed_tries_the_same_and_the_budget_is_kept() -> None:
    one, other = MadeUpPad((3, 9)), MadeUpPad((3, 9))
    assert search(one, 25) == search(other, 25)
    assert one.played == other.played
    assert len(one.played) == 25
    another = MadeUpPad((3, 9))
    search(another, 25, seed=6)
    assert another.played != one.played


def test_every_trial_writes_something_and_none_grows_for_ever() -> None:
    pad = MadeUpPad((3, 9, 11, 6))
    search(pad, 300)
    for trial in pad.played:
        assert 0 < len(trial.moves) <= MOST_MOVES
        assert any(MOVES[number] in WRITING for number, _ in trial.moves) or len(trial.moves) == MOST_MOVES


@pytest.mark.parametrize(("kept", "count", "reason"), [(0, 5, ""), (3, 0, ""), (3, 5, "ink at READY")])
def test_a_search_that_reached_nothing_does_not_hold(kept: int, count: int, reason: str) -> None:
    assert not Guided(1, 9, kept, count, count, reason).holds
    assert Guided(1, 9, 3, 5, 5).holds
