"""film: how the particles of an e-paper film move under a voltage: state, step and tone of any number of
pixels.

A model that nobody has measured: its parameters are those that fit the public end points
(kesu_dev/film_bands). V > 0 (VSH1) drives to black. Parameters may be numbers, or arrays of shape (films, 1)
for states of shape (films, pixels).
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

RESTED_DEPTH = 0.3
"""Share of a packed layer that rest leaves: where the particles of a rested pixel are."""
DRIVE_V = 15.0
HELD_V = 1.0
"""Below this a particle is not kept from sticking."""


@dataclass(frozen=True)
class Parameters:
    """One film, at 25 degrees C.

    way_s: time of 15 V from wall to wall. asymmetry: speed to black over speed to white. depth: of the packed
    layer at each wall, in ways. over: share of the tone that only over-drive reaches. unpack_s: the layer
    loosens at rest. stuck: mobility that a rested particle lacks; free_s: 15 V for this time free it;
    stick_s: rest that lets it stick again. fast: remnant voltage as a share of the drive, fast_s: its time.
    yield_v: field below which nothing moves (hard 1) or little (hard 0). shape: of the tone over the
    position. slow: remnant voltage per V s, slow_s: its time. halving_c: degrees that halve the speed. ghost:
    share of the tone that a memory of where the pixel has been shows; press_s: 15 V against a wall for this
    time write it; forget: how much of it a way erases, as an exponent.
    """

    way_s: Any
    asymmetry: Any
    depth: Any
    over: Any
    unpack_s: Any
    stuck: Any
    free_s: Any
    stick_s: Any
    fast: Any
    fast_s: Any
    yield_v: Any
    hard: Any
    shape: Any
    slow: Any
    slow_s: Any
    halving_c: Any
    ghost: Any
    press_s: Any
    forget: Any

    def at(self, temperature_c: float) -> Parameters:
        """The same film at another temperature: only its speed changes."""
        return replace(self, way_s=self.way_s * 2.0 ** ((25.0 - temperature_c) / self.halving_c))

    @staticmethod
    def names() -> tuple[str, ...]:
        """Names of all parameters, in order."""
        return tuple(field.name for field in fields(Parameters))


@dataclass
class State:
    """What a pixel remembers. place: 0 black to 1 white, beyond them in the packed layers. freed: 0 rested to
    1. fast_v, slow_v: remnant voltages. lag: memory of the ghost, 0 black to 1 white. charge: ledger, V s, positive
    towards black."""

    place: Values
    freed: Values
    fast_v: Values
    slow_v: Values
    lag: Values
    charge: Values

    @classmethod
    def rested(cls, film: Parameters, shape: tuple[int, ...], white: bool = True) -> State:
        """Pixels that have been white (or black) for long."""
        beyond = RESTED_DEPTH * film.depth
        place = np.broadcast_to(1.0 + beyond if white else -beyond, shape).astype(np.float64).copy()
        zeros = np.zeros(shape)
        return cls(
            place, zeros.copy(), zeros.copy(), zeros.copy(), np.full(shape, float(white)), zeros.copy()
        )

    @classmethod
    def of_tones(cls, film: Parameters, tones: Values) -> State:
        """Rested pixels of given tones, 0 to 1; black and white ones with their packed layer."""
        span, black = _range(film)
        share = np.clip((tones * span + black - film.over) / (1.0 - 2.0 * film.over), 0.0, 1.0)
        ratio = (share / np.maximum(1.0 - share, 1e-12)) ** (1.0 / film.shape)
        inside = ratio / (1.0 + ratio)
        beyond = RESTED_DEPTH * film.depth
        place = np.where(tones >= 1.0, 1.0 + beyond, np.where(tones <= 0.0, -beyond, inside))
        zeros = np.zeros_like(tones)
        return cls(place, zeros.copy(), zeros.copy(), zeros.copy(), np.clip(place, 0.0, 1.0), zeros.copy())

    def copy(self) -> State:
        """An independent copy."""
        return State(*(getattr(self, field.name).copy() for field in fields(self)))

    def taken(self, index: NDArray[np.int64]) -> State:
        """The pixels of an index, along the last axis."""
        return State(*(getattr(self, field.name)[..., index] for field in fields(self)))

    def rows(self) -> Values:
        """All that matters for what happens next, as (fields, pixels)."""
        return np.stack([getattr(self, field.name) for field in fields(self)])


def _between(values: Values, least: Any, most: Any) -> Values:
    """As np.clip, which takes five times as long for few values."""
    return np.asarray(np.minimum(np.maximum(values, least), most))


def drive(state: State, film: Parameters, volts: Values | float, seconds: float) -> None:
    """Let a voltage (source minus what holds a pixel) act for a time, in place. Steps of over 5 ms are too
    coarse."""
    decay = np.exp(-seconds / film.fast_s)
    mean_fast = state.fast_v * (1.0 - decay) * film.fast_s / seconds
    field = volts - mean_fast - state.slow_v
    size = np.abs(field)
    hard, soft = np.maximum(size - film.yield_v, 0.0), size * size / (size + film.yield_v + 1e-9)
    push = np.sign(field) * np.where(film.hard > 0.5, hard, soft) / DRIVE_V
    _move(state, film, push, seconds)
    freeing = np.abs(push) * seconds / film.free_s
    sticking = np.where(np.abs(volts) < HELD_V, seconds / film.stick_s, 0.0)
    state.freed += (1.0 - state.freed) * (1.0 - np.exp(-freeing)) - state.freed * (1.0 - np.exp(-sticking))
    state.fast_v += (film.fast * volts - state.fast_v) * (1.0 - decay)
    state.slow_v += film.slow * volts * seconds - state.slow_v * (1.0 - np.exp(-seconds / film.slow_s))
    state.charge += volts * seconds


def _move(state: State, film: Parameters, push: Values, seconds: float) -> None:
    before = _between(state.place, 0.0, 1.0)
    beyond = np.maximum(state.place - 1.0, 0.0) + np.maximum(-state.place, 0.0)
    into = np.where(push < 0, state.place > 1.0, state.place < 0.0)
    wall = np.where(into, _between(1.0 - beyond / film.depth, 0.0, 1.0), 1.0)
    mobile = 1.0 - film.stuck * (1.0 - state.freed)
    bias = np.sqrt(film.asymmetry)
    speed = np.where(push > 0, bias, 1.0 / bias) / film.way_s
    place = _between(state.place - push * speed * wall * mobile * seconds, -film.depth, 1.0 + film.depth)
    deep = np.maximum(np.where(place > 0.5, place - 1.0, -place) - RESTED_DEPTH * film.depth, 0.0)
    loosened = deep * (1.0 - np.exp(-seconds / film.unpack_s))
    state.place = place - np.where(place > 0.5, loosened, -loosened)
    after = _between(state.place, 0.0, 1.0)
    state.lag = 0.5 + (state.lag - 0.5) * np.exp(-film.forget * np.abs(after - before))
    pressed = np.where(into, np.abs(push) * seconds / film.press_s, 0.0)
    state.lag += (after - state.lag) * (1.0 - np.exp(-pressed))


def tone(state: State, film: Parameters) -> Values:
    """Tone by place, linear in lightness: 0 a rested black pixel, 1 a rested white one; over-drive goes a
    little beyond."""
    inside = _between(state.place, 0.0, 1.0)
    up, down = inside**film.shape, (1.0 - inside) ** film.shape
    beyond = (np.maximum(state.place - 1.0, 0.0) - np.maximum(-state.place, 0.0)) / film.depth
    raw = film.over + (1.0 - 2.0 * film.over) * up / (up + down) + film.over * beyond
    span, black = _range(film)
    return np.asarray((raw - black) / span + film.ghost * (state.lag - inside))


def _range(film: Parameters) -> tuple[Any, Any]:
    """From a rested black pixel to a rested white one, and the rested black, of a tone that over-drive can
    pass."""
    return 1.0 - 2.0 * film.over + 2.0 * film.over * RESTED_DEPTH, film.over * (1.0 - RESTED_DEPTH)


STEP_S = 0.005
"""Longest step of a drive."""
_FIRST_REST_S, _GROWTH = 0.01, 1.5


def steps_of_rest(seconds: float) -> list[float]:
    """Lengths of the steps in which a pixel without drive is followed: 10 ms, then each 1.5 times as long as
    the one before; the last one ends at `seconds`. All but the last one are the same for every `seconds`."""
    found: list[float] = []
    length, left = _FIRST_REST_S, seconds
    while left > 0.0:
        found.append(min(length, left))
        left -= length
        length *= _GROWTH
    return found


def rest(state: State, film: Parameters, seconds: float) -> None:
    """Let undriven pixels rest, in place."""
    for length in steps_of_rest(seconds):
        drive(state, film, 0.0, length)
