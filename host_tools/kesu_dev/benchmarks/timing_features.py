"""timing_features: feature extractions from series of times."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Times = Sequence[float] | Vector

WINDOW_US = 10_000.0
"""The report interval of the touch chip: one window holds one piece of the stroke."""
COARSE_US = 50_000.0
SMALL_US = 20.0
NEAR_WINDOWS = 5
LONGEST = 80
"""Number of the longest gaps used."""
GAPS = 300
"""Number of gaps used individually."""
TICK_US = 8_192.0
"""The pad sends at multiples of this of its own clock, which runs as fast as the host's in the emulator."""


def _gaps(times: Times) -> Vector:
    return np.diff(np.asarray(times, np.float64))


def _delays(times: Times) -> tuple[Vector, Vector]:
    """The excess of each gap over the median gap, and the time of its end."""
    moments = np.asarray(times, np.float64)
    if moments.size < 2:
        return np.zeros(0), np.zeros(0)
    gaps = np.diff(moments)
    return gaps - np.median(gaps), moments[1:]


def _places(moments: Vector, length_us: float, window_us: float) -> tuple[NDArray[np.int64], int]:
    windows = int(np.ceil(length_us / window_us))
    return np.clip((moments / window_us).astype(np.int64), 0, windows - 1), windows


def delay_per_window(times: Times, length_us: float) -> Vector:
    """Total delay in each window."""
    delays, moments = _delays(times)
    where, windows = _places(moments, length_us, WINDOW_US)
    return np.bincount(where, np.maximum(delays, 0.0), windows).astype(np.float64)


def delay_per_long_window(times: Times, length_us: float) -> Vector:
    """The same in longer windows: fewer numbers, less noise."""
    delays, moments = _delays(times)
    where, windows = _places(moments, length_us, COARSE_US)
    return np.bincount(where, np.maximum(delays, 0.0), windows).astype(np.float64)


def longest_gap_per_window(times: Times, length_us: float) -> Vector:
    """The longest gap that ended in each window."""
    moments = np.asarray(times, np.float64)
    where, windows = _places(moments[1:], length_us, WINDOW_US)
    longest = np.zeros(windows)
    np.maximum.at(longest, where, _gaps(times))
    return longest


def small_delays(times: Times, length_us: float) -> Vector:
    """Difference in us between the longest delay of a window and that of most windows: it depends on the path that
    the code took when it drew a piece of the stroke. Mean of neighbours; windows with more delays are left out,
    except those in which one delay holds all that others spread over two turns."""
    delays, moments = _delays(times)
    where, windows = _places(moments, length_us, WINDOW_US)
    longest = np.zeros(windows)
    np.maximum.at(longest, where, delays)
    late = longest > SMALL_US
    apart = longest - (np.median(longest[late]) if late.any() else 0.0)
    known = late & (np.abs(apart) <= SMALL_US)
    if known.any():
        rest = np.median((np.bincount(where, np.maximum(delays, 0.0), windows) - longest)[known])
        together = late & ~known & (np.abs(apart - rest) <= SMALL_US)
        apart = np.where(together, apart - rest, apart)
        known |= together
    near = np.ones(NEAR_WINDOWS)
    count = np.convolve(known, near, "same")
    return np.asarray(np.convolve(np.where(known, apart, 0.0), near, "same") / np.maximum(count, 1.0))


def count_per_window(times: Times, length_us: float) -> Vector:
    """Number of times in each window."""
    where, windows = _places(np.asarray(times, np.float64), length_us, WINDOW_US)
    return np.bincount(where, minlength=windows).astype(np.float64)


def gaps_in_order(times: Times, _length_us: float) -> Vector:
    """The gaps in order."""
    return _of_size(_gaps(times), GAPS)


def longest_gaps(times: Times, _length_us: float) -> Vector:
    """The longest gaps by length, at any position."""
    return _of_size(np.sort(_gaps(times))[::-1], LONGEST)


def after_tick_in_order(times: Times, _length_us: float) -> Vector:
    """What the first time and a whole number of ticks leave of each time: how exactly the pad keeps its ticks."""
    moments = np.asarray(times, np.float64)
    passed = moments - moments[:1]
    return _of_size(passed - TICK_US * np.round(passed / TICK_US), GAPS)


def ticks_per_long_window(times: Times, length_us: float) -> Vector:
    """Number of ticks without a packet or an answer in longer windows."""
    moments = np.asarray(times, np.float64)
    where, windows = _places(moments[1:], length_us, COARSE_US)
    return np.bincount(where, np.round(_gaps(times) / TICK_US), windows).astype(np.float64)


def moments_in_order(times: Times, _length_us: float) -> Vector:
    """The times in order; delays accumulate in them."""
    return _of_size(np.asarray(times, np.float64), GAPS)


def _of_size(values: Vector, size: int) -> Vector:
    found = np.zeros(size)
    found[: min(size, values.size)] = values[:size]
    return found


FEATURES: dict[str, Callable[[Times, float], Vector]] = {
    "delay per 10 ms": delay_per_window,
    "delay per 50 ms": delay_per_long_window,
    "longest gap per 10 ms": longest_gap_per_window,
    "small delays": small_delays,
    "count per 10 ms": count_per_window,
    "gaps in order": gaps_in_order,
    "longest gaps": longest_gaps,
    "moments in order": moments_in_order,
    "time after the tick": after_tick_in_order,
    "ticks per 50 ms": ticks_per_long_window,
}
