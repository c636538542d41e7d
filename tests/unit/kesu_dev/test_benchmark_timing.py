"""test_benchmark_timing: what the attackers of `kesu dev benchmark timing` find, with leaks and without."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
import pytest
from fast_part import fast
from kesu.emulator.touch.pen import path_lengths
from kesu_dev.benchmarks import classify
from kesu_dev.benchmarks.timing import Timing, figure
from kesu_dev.benchmarks.timing_command import table
from kesu_dev.benchmarks.timing_notes import DIGITS, DURATION_MS, STRIP_PX, Plan, Recording, digit, written

PLAN = Plan("bulk", 105)
MOMENTS = 60
TURN_US = 1_200.0
PIECES = 7
"""Pieces of a stroke, one drawn every 8 turns."""


def channel(leak_us: float, noise_us: float, seed: int) -> list[Recording]:
    """A pad that takes one packet a turn. A turn that draws a piece of ink is longer by up to `leak_us`,
    a different amount for each digit and piece; every turn has some noise."""
    costs = np.random.default_rng(99).uniform(0.0, leak_us, (len(DIGITS), PIECES))
    generator = np.random.default_rng(seed)
    recordings = []
    for number in range(PLAN.notes):
        turns = TURN_US + generator.normal(0.0, noise_us, MOMENTS)
        turns[np.arange(PIECES) * 8 + int(generator.integers(0, 3))] += costs[number % len(DIGITS)]
        recordings.append(Recording(digit(PLAN, number), (tuple(np.cumsum(turns)),)))
    return recordings


def ticks(phases: int, seed: int) -> list[Recording]:
    """A pad that takes packets at fixed ticks only; the first tick does not depend on ink."""
    generator = np.random.default_rng(seed)
    return [
        Recording(
            digit(PLAN, number),
            (tuple(2_000.0 * np.arange(MOMENTS) + 10.0 * float(generator.integers(0, phases))),),
        )
        for number in range(PLAN.notes)
    ]


@pytest.mark.slow
def test_a_channel_that_leaks_gives_a_high_figure() -> None:
    found = figure(channel(200.0, 5.0, 1), PLAN, 0.0)
    assert found.rate > 0.9
    assert found.above_chance


@pytest.mark.slow
@pytest.mark.parametrize("seed", fast([1, 2, 3], 1))
def test_a_channel_without_ink_gives_chance(seed: int) -> None:
    found = figure(channel(0.0, 5.0, seed), PLAN, 0.0)
    assert found.low < found.chance == 1 / len(DIGITS) < found.high
    assert not found.above_chance


@pytest.mark.slow
@pytest.mark.parametrize("phases", [1, 200])
def test_fixed_ticks_give_chance(phases: int) -> None:
    assert not figure(ticks(phases, 1), PLAN, 0.0).above_chance


def test_an_empty_channel_gives_chance() -> None:
    silent = [Recording(digit(PLAN, number), ((),)) for number in range(PLAN.notes)]
    assert not figure(silent, PLAN, 0.0).above_chance


def test_one_moment_that_depends_on_the_digit_is_enough() -> None:
    generator = np.random.default_rng(1)
    recordings = [
        Recording(
            digit(PLAN, number), ((500.0 + 40.0 * (number % len(DIGITS)) + generator.normal(0.0, 5.0),),)
        )
        for number in range(PLAN.notes)
    ]
    assert figure(recordings, PLAN, 0.0).rate > 0.9


@pytest.mark.slow
def test_both_series_are_examined() -> None:
    leaks, quiet = channel(200.0, 5.0, 1), channel(0.0, 5.0, 2)
    both = [
        Recording(one.digit, (*other.times_us, *one.times_us))
        for one, other in zip(leaks, quiet, strict=True)
    ]
    assert figure(both, PLAN, 0.0).rate > 0.9


@pytest.mark.slow
def test_jitter_lowers_the_figure() -> None:
    recordings = channel(200.0, 5.0, 1)
    exact, coarse = (figure(recordings, PLAN, jitter).right for jitter in (0.0, 1_000.0))
    assert exact > coarse + 40


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figure() -> None:
    recordings = channel(60.0, 20.0, 1)
    assert figure(recordings, PLAN, 30.0) == figure(recordings, PLAN, 30.0)


def test_one_class_cannot_be_classified() -> None:
    with pytest.raises(ValueError, match="two classes"):
        classify.best([[[1.0]], [[2.0]]], ["3", "3"], 1e6)


@pytest.mark.parametrize(
    ("right", "notes", "low", "high"),
    [(0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (81, 263, 0.2527, 0.3676)],
)
def test_the_interval_is_that_of_clopper_and_pearson(right: int, notes: int, low: float, high: float) -> None:
    """Values of R's binom.test; the last is the example of Agresti and Coull (1998)."""
    assert classify.interval(right, notes, 0.95) == pytest.approx((low, high), abs=5e-4)


def test_digits_are_balanced_and_seeded_and_fit_on_the_page() -> None:
    plan = Plan("bulk", 70, seed=3)
    assert {digit(plan, number) for number in range(plan.notes)} == set(DIGITS)
    for number in range(plan.notes):
        stroke, after_ms = written(plan, number, 400, 300)
        assert (stroke, after_ms) == written(plan, number, 400, 300)
        assert all(0 <= x < 400 and 0 <= y < 300 - STRIP_PX for x, y in stroke)
    lengths = [path_lengths(written(plan, number, 400, 300)[0])[-1] for number in (0, 7, 14)]
    assert len(set(lengths)) == 3
    assert plan.length_us / 1_000.0 > DURATION_MS
    assert written(plan, 0, 400, 300) != written(Plan("bulk", 70, seed=4), 0, 400, 300)


@pytest.mark.slow
def test_the_table_names_the_attackers_and_the_leaks() -> None:
    leaks = figure(channel(200.0, 5.0, 1), PLAN, 0.0)
    quiet = figure(channel(0.0, 5.0, 1), PLAN, 30.0)
    lines = table([Timing("image", PLAN, MOMENTS, {0.0: leaks, 30.0: quiet})]).splitlines()
    assert "LEAKS" in lines[1]
    assert leaks.attacker in lines[1]
    assert "not above chance" in lines[2]
    assert f"The best of {leaks.tried} attackers" in lines[-1]
