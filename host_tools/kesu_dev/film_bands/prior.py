"""prior: ranges from which films are drawn before the public end points reject most of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
from kesu.emulator.panel.film import Parameters, Values
from numpy.typing import NDArray

RANGES: dict[str, tuple[float, float, bool]] = {
    "way_s": (0.040, 0.250, True),
    "asymmetry": (0.80, 1.25, True),
    "depth": (0.05, 0.60, True),
    "over": (0.010, 0.040, True),
    "unpack_s": (1.0, 60.0, True),
    "stuck": (0.10, 0.85, False),
    "free_s": (0.005, 0.040, True),
    "stick_s": (3.0, 60.0, True),
    "fast": (0.005, 0.10, True),
    "fast_s": (0.10, 2.0, True),
    "yield_v": (0.0, 1.5, False),
    "hard": (0.0, 1.0, False),
    "shape": (0.9, 1.8, True),
    "slow": (0.0005, 0.02, True),
    "slow_s": (60.0, 1200.0, True),
    "halving_c": (14.0, 26.0, False),
    "ghost": (0.01, 0.25, True),
    "press_s": (0.05, 2.0, True),
    "forget": (0.25, 1.0, True),
}
"""Lowest, highest, and whether the logarithm is drawn. Wide on purpose: what is known about films of this
class in general. ghost, press_s, forget: a second memory that the particles' own does not have, of which
a round trip leaves 15 to 60 %: assumed."""
OTHER_FILM = (0.7, 1.4)
"""Speed of an end point's own film relative to this one, where it was measured on another panel."""


def draw(count: int, generator: np.random.Generator) -> tuple[Parameters, Values]:
    """`count` films, each parameter of shape (count, 1), and the speed of another film for each, of the same
    shape."""
    drawn = {}
    for name, (low, high, logarithmic) in RANGES.items():
        share = generator.random((count, 1))
        drawn[name] = low * (high / low) ** share if logarithmic else low + (high - low) * share
    low, high = OTHER_FILM
    return Parameters(**drawn), low * (high / low) ** generator.random((count, 1))


def taken(films: Parameters, index: NDArray[np.bool_] | NDArray[np.int64]) -> Parameters:
    """The films of an index or mask."""
    return Parameters(**{name: getattr(films, name)[index] for name in Parameters.names()})
