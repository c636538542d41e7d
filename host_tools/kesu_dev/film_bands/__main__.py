"""film_bands: rejection sampling: draws films, keeps those that reach every public end point, writes them as
films.csv.

`python -m kesu_dev.film_bands` prints how many each end point keeps and the bands that are left. It takes
some minutes.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import numpy as np
from kesu.emulator.panel import films as stored
from kesu.emulator.panel.contrast import LIGHTNESS_SPAN
from kesu.emulator.panel.film import Parameters, State, Values, drive, tone

from kesu_dev.film_bands.anchors import ANCHORS, comes_back, ghost
from kesu_dev.film_bands.prior import draw, taken

SEED, DRAWN, BATCH = 7, 120_000, 20_000
SHORT_NOTE_S = 1.5


def kept(count: int, seed: int) -> tuple[Parameters, dict[str, int]]:
    """Films of `count` draws that reach all end points, and how many were left after each."""
    generator = np.random.default_rng(seed)
    parts: list[Parameters] = []
    left: dict[str, int] = {anchor.name: 0 for anchor in ANCHORS}
    for start in range(0, count, BATCH):
        films, other = draw(min(BATCH, count - start), generator)
        for anchor in ANCHORS:
            holds = anchor.holds(films, other)
            films, other = taken(films, holds), other[holds]
            left[anchor.name] += len(other)
        parts.append(films)
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Parameters.names()}
    return Parameters(**joined), left


def first_grey_and_black(films: Parameters) -> tuple[Values, Values]:
    """ms of continuous 15 V on a rested white pixel to 5 L* and to 90 % black, (films,); nan if it takes over
    0.4 s."""
    state = State.rested(films, films.way_s.shape)
    white = tone(state, films)[:, 0]
    grey, black = np.full(len(white), np.nan), np.full(len(white), np.nan)
    for ms in range(1, 401):
        drive(state, films, 15.0, 0.001)
        now = tone(state, films)[:, 0]
        grey = np.where(np.isnan(grey) & (LIGHTNESS_SPAN * (white - now) > 5.0), ms, grey)
        black = np.where(np.isnan(black) & (now < 0.1), ms, black)
    return grey, black


def middle(films: Parameters) -> Parameters:
    """The film with the median of every parameter: a soft yield if most are soft."""
    medians = {name: np.median(getattr(films, name), keepdims=True).reshape(1, 1) for name in films.names()}
    return Parameters(**medians)


def main() -> None:
    """Draw, keep, print, write."""
    films, left = kept(DRAWN, SEED)
    for anchor in ANCHORS:
        print(f"{left[anchor.name]:>8,} {anchor.name} ({anchor.source})")
    for name in films.names():
        low, half, high = np.quantile(getattr(films, name), (0.05, 0.5, 0.95))
        print(f"{name:10} {low:9.4g} {half:9.4g} {high:9.4g}")
    for what, values in zip(("5 L*", "90 % black"), first_grey_and_black(films), strict=True):
        print(f"ms to {what}:", np.round(np.nanquantile(values, (0.05, 0.5, 0.95))))
    nominal = middle(films)
    missed = [anchor.name for anchor in ANCHORS if not anchor.holds(nominal, np.ones((1, 1))).all()]
    print("the film of medians misses:", missed or "nothing")
    chosen = taken(films, np.random.default_rng(SEED).permutation(len(films.way_s))[: stored.DRAWN])
    tail = stored.DRAWN // 20
    back = comes_back(chosen, 3_600.0)
    stable = np.flatnonzero(back <= np.median(back))
    by_ghost = stable[np.argsort(ghost(chosen, SHORT_NOTE_S)[stable])]
    by_speed = np.argsort(first_grey_and_black(chosen)[1])
    numbers = (by_ghost[-tail // 2], by_speed[-tail], by_speed[tail], np.argsort(back)[-tail])
    print(f"an hour later over 1 L*: {int((back > 1.0).sum())} of {stored.DRAWN}")
    named = [taken(chosen, np.array([number])) for number in numbers]
    stored.write(Path(stored.FILE), [nominal, *named], chosen)


if __name__ == "__main__":
    main()
