"""anchors: the public end points that a film has to reach, each as a check of many films at once."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from kesu.emulator.panel.contrast import LEGIBLE_LIGHTNESS, LIGHTNESS_SPAN
from kesu.emulator.panel.film import STEP_S, Parameters, State, Values, drive, rest, tone
from kesu.emulator.panel.otp import flashing
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, Step
from kesu.emulator.panel.ssd1683 import decoded
from numpy.typing import NDArray

from kesu_dev.film_bands.public_waveforms import BB_EPAPER_GREY, FOUR_GREYS

Kept = NDArray[np.bool_]
PARTIAL_S = 0.27
FAST_FULL_MS = 1_057.0
MINUTE_S = 60.0
MOST_ENDS, LEAST_APART, DARKEST, LIGHTEST = 0.08, 5.0, 0.15, 0.88


@dataclass(frozen=True)
class Anchor:
    """source: who measured or relies on it. holds: which films (and speeds of another film) reach it,
    (films,)."""

    name: str
    source: str
    holds: Callable[[Parameters, Values], Kept]


def push(state: State, films: Parameters, volts: Values | float, seconds: float) -> None:
    """A constant voltage, in steps that are short enough."""
    count = max(1, int(np.ceil(seconds / STEP_S - 1e-9)))
    for _ in range(count):
        drive(state, films, volts, seconds / count)


def play(state: State, films: Parameters, steps: Sequence[Step], rows: Sequence[int]) -> None:
    """A waveform on as many pixels as `rows` has, each driven by its row."""
    for step in steps:
        volts = OTP_RAILS.volts(step)
        push(state, films, np.array([volts[row] for row in rows]), step.length_ns / 1e9)


def _films(films: Parameters) -> int:
    return len(films.way_s)


def _lightness(state: State, films: Parameters) -> Values:
    return LIGHTNESS_SPAN * tone(state, films)


def _partial_reaches_both_ends(films: Parameters, _other: Values) -> Kept:
    state = State.rested(films, (_films(films), 2))
    push(state, films, 15.0, PARTIAL_S)
    rest(state, films, 1.0)
    black = tone(state, films)[:, 0]
    push(state, films, np.array([-15.0, 0.0]), PARTIAL_S)
    rest(state, films, 1.0)
    return np.asarray((black < MOST_ENDS) & (tone(state, films)[:, 0] > 1 - MOST_ENDS))


def _dose_of_eight_frames(films: Parameters, other: Values) -> Kept:
    theirs = replace(films, way_s=films.way_s / other)
    state = State.rested(theirs, (_films(films), 1))
    before = _lightness(state, theirs)[:, 0]
    push(state, theirs, -15.0, 0.010)
    push(state, theirs, 16.0, 0.040)
    return np.asarray(before - _lightness(state, theirs)[:, 0] > 6.0)


def _readable_after_80_ms_of_10_v(films: Parameters, _other: Values) -> Kept:
    state = State.rested(films, (_films(films), 1))
    before = _lightness(state, films)[:, 0]
    push(state, films, 10.0, 0.080)
    return np.asarray(before - _lightness(state, films)[:, 0] > 8.0)


def four_tones(films: Parameters, table: bytes, darkest_first: Sequence[int]) -> Values:
    """End tones of a public table of four greys, a second after it, by the rows of `darkest_first`: (films,
    4)."""
    steps = decoded(table, False)
    assert steps is not None
    state = State.rested(films, (_films(films), 4))
    play(state, films, steps, darkest_first)
    rest(state, films, 1.0)
    return tone(state, films)


def _ordered(table: bytes, darkest_first: Sequence[int]) -> Callable[[Parameters, Values], Kept]:
    def holds(films: Parameters, _other: Values) -> Kept:
        tones = four_tones(films, table, darkest_first)
        apart = LIGHTNESS_SPAN * np.diff(tones, axis=1)
        return np.asarray((apart > LEAST_APART).all(1) & (tones[:, 0] < DARKEST) & (tones[:, 3] > LIGHTEST))

    return holds


def _stays(films: Parameters, _other: Values) -> Kept:
    state = State.rested(films, (_films(films), 2))
    push(state, films, 15.0, PARTIAL_S)
    rest(state, films, 1.0)
    push(state, films, np.array([0.0, -15.0]), PARTIAL_S)
    rest(state, films, 1.0)
    before = _lightness(state, films)
    rest(state, films, 600.0)
    return np.asarray((np.abs(_lightness(state, films) - before) < 4.0).all(1))


def _written_and_whitened(films: Parameters, seconds: float) -> State:
    """Two pixels on a glass that was flashed, one with ink for some seconds, then both driven white."""
    state = State.rested(films, (_films(films), 2))
    play(state, films, flashing(FAST_FULL_MS), (3, 3))
    rest(state, films, 1.0)
    push(state, films, np.array([15.0, 0.0]), PARTIAL_S)
    rest(state, films, seconds)
    push(state, films, -15.0, PARTIAL_S)
    return state


def ghost(films: Parameters, seconds: float) -> Values:
    """L* that a white drive leaves of ink that was there for some seconds, (films,)."""
    return np.abs(np.diff(_lightness(_written_and_whitened(films, seconds), films), axis=1))[:, 0]


def comes_back(films: Parameters, seconds: float) -> Values:
    """L* between a white pixel that was driven white once more and one that was written and whitened, after both were
    flashed and rested: what an unbalanced drive leaves of a note, (films,)."""
    state = _written_and_whitened(films, 1.5)
    play(state, films, flashing(FAST_FULL_MS), (3, 3))
    rest(state, films, seconds)
    return np.abs(np.diff(_lightness(state, films), axis=1))[:, 0]


def _partial_leaves_a_ghost(films: Parameters, _other: Values) -> Kept:
    left = ghost(films, MINUTE_S)
    return np.asarray((left > 0.5) & (left < LEGIBLE_LIGHTNESS))


def _fast_full_clears_it(films: Parameters, _other: Values) -> Kept:
    state = _written_and_whitened(films, MINUTE_S)
    play(state, films, flashing(FAST_FULL_MS), (3, 3))
    return np.asarray(np.abs(np.diff(_lightness(state, films), axis=1))[:, 0] < 1.0)


ANCHORS = (
    Anchor(
        "partial waveform of 270 ms reaches both ends to 8 %",
        "GxEPD2 GDEY042T81: 358 ms of BUSY, of which some 88 are overhead",
        _partial_reaches_both_ends,
    ),
    Anchor(
        "2 frames reverse and 8 of 16 V, 5 ms each: over 6 L*",
        "M5GFX #227, #232, an SSD1677 panel whose film is 0.7 to 1.4 times as fast",
        _dose_of_eight_frames,
    ),
    Anchor(
        "80 ms of 10 V: over 8 L*",
        "antirez/uc8151_micropython: speed 6, 8 frames at 100 Hz, is readable",
        _readable_after_80_ms_of_10_v,
    ),
    Anchor(
        "bb_epaper's four greys in order, 5 L* apart",
        "bitbank2/bb_epaper epd42b_init_gray, this panel",
        _ordered(BB_EPAPER_GREY, (3, 1, 2, 0)),
    ),
    Anchor(
        "Good Display's four greys in order, 5 L* apart",
        "GxEPD2_4G, Adafruit_EPD and Waveshare, this panel",
        _ordered(FOUR_GREYS, (0, 1, 2, 3)),
    ),
    Anchor("moves under 4 L* in 10 minutes", "a film is bistable: any driver relies on it", _stays),
    Anchor(
        "a white drive leaves 0.5 to 2 L* of a minute's ink",
        "drivers erase so 5 to 50 times, clocks too, before a full refresh (hardware-facts A.7); 0.5 is assumed",
        _partial_leaves_a_ghost,
    ),
    Anchor(
        "the vendor's fast full refresh leaves under 1 L*",
        "assumed: it is what GxEPD2 clears this panel with; its frames are not public (otp.flashing)",
        _fast_full_clears_it,
    ),
)
