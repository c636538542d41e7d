"""ink_figures: how fast ink becomes visible and what a wipe leaves, on every variant of the panel and on
drawn panels."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel import films
from kesu.emulator.panel.contrast import CLEAN_LIGHTNESS
from kesu.emulator.panel.sample import Sample
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.verify.scenes.variants import KICK_V, USUAL, VCOM_V, Variant, controllers, every

from kesu_dev.benchmarks.ink_glass import Seen, look
from kesu_dev.benchmarks.ink_record import Recording, record

GREY_MS, BLACK_MS = (100.0, 150.0), (250.0, 350.0)
"""Bounds of issue 19 while writing, median and 95 % of the points: first visible grey, 90 % black."""
ROOM_C = (18.0, 28.0)


@dataclass(frozen=True)
class Row:
    """One variant. grey, black: median and 95 % of the points, ms, inf if fewer get there. white, page:
    charge of a white pixel and of the mean pixel of a page after a note and its wipe, in full drives; tied:
    of an inked one minus a white one."""

    variant: str
    grey: tuple[float, float]
    black: tuple[float, float]
    refreshes_per_s: float
    ready_ms: float
    legible_ms: float
    left_l: float
    hour_l: float
    white: float
    page: float
    tied: float


@dataclass(frozen=True)
class Drawn:
    """A panel drawn from the unknowns: what an activation takes besides its frames, number of the film, degrees. grey,
    black: as of a row. hour_l: what is seen of the note an hour after the wipe."""

    overhead_ms: float
    film: int
    celsius: float
    grey: tuple[float, float]
    black: tuple[float, float]
    hour_l: float

    @property
    def within(self) -> bool:
        """Whether points are visible and black within the bounds, the median and 95 % of them."""
        measured = (*self.grey, *self.black)
        return all(one <= bound for one, bound in zip(measured, (*GREY_MS, *BLACK_MS), strict=True))

    @property
    def visible(self) -> bool:
        """Whether 95 % of the points are visible within the bound of that."""
        return self.grey[1] <= GREY_MS[1]

    @property
    def black_in_time(self) -> bool:
        """Whether the median point is black within the bound of 95 %."""
        return self.black[0] <= BLACK_MS[1]


@dataclass(frozen=True)
class Ink:
    """The figures of one image."""

    panel: str
    rows: list[Row]
    drawn: list[Drawn]

    def to_dict(self) -> dict[str, object]:
        """For JSON; what is never reached is null."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def measure(
    uf2: Path,
    *,
    seed: int = 1,
    panel: str | None = None,
    drawn: int = films.DRAWN,
    step: Callable[[int, int], None],
) -> Ink:
    """Write and wipe a note on each controller, and look at it on every glass. step: gets the share that is
    done."""
    variants = every(seed)
    recordings: dict[tuple[Chip, bool], Recording] = {}
    rows = []
    for index, variant in enumerate(variants):
        key = (variant.chip, variant.swaps)
        if key not in recordings:
            plain = Variant(USUAL, chip=variant.chip, swaps=variant.swaps)
            recordings[key] = record(uf2, plain, seed=seed, panel=panel)
        rows.append(_row(variant.name, recordings[key], look(recordings[key], variant.sample)))
        step(index + 1, len(variants) + drawn)
    panels = []
    for index, (chip, sample, celsius) in enumerate(_drawn(seed, drawn)):
        seen = look(recordings[chip, False], sample, celsius, wipe=False)
        overhead_ms = chip.overhead_ns / NS_PER_MS
        grey, black = _spread(seen.grey_ms), _spread(seen.black_ms)
        panels.append(Drawn(overhead_ms, sample.film, round(celsius, 1), grey, black, round(seen.hour_l, 2)))
        step(len(variants) + index + 1, len(variants) + drawn)
    return Ink(next(iter(recordings.values())).panel, rows, panels)


def _plain(value: Any) -> Any:
    """A copy without numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _drawn(seed: int, count: int) -> Iterator[tuple[Chip, Sample, float]]:
    """Panels with all unknowns drawn at once: film, overhead, VCOM, kick-back, temperature of a room."""
    chosen = random.Random(f"panels {seed}")
    chips = [Chip(), controllers()["overhead 3 ms"], controllers()["overhead 30 ms"]]
    for index in range(count):
        sample = Sample(
            film=films.by_seed(index),
            vcom_error_v=chosen.uniform(-VCOM_V, VCOM_V),
            kick_v=chosen.uniform(-KICK_V, KICK_V),
        )
        yield chosen.choice(chips), sample, chosen.uniform(*ROOM_C)


def _row(name: str, recording: Recording, seen: Seen) -> Row:
    ready_ms = (recording.ready_ns - recording.wiped_ns) / NS_PER_MS
    return Row(
        name,
        _spread(seen.grey_ms),
        _spread(seen.black_ms),
        round(recording.refreshes_per_s, 2),
        round(ready_ms),
        round(seen.legible_ms, 0),
        round(seen.left_l, 2),
        round(seen.hour_l, 2),
        round(seen.white, 3),
        round(seen.page, 3),
        round(seen.ink - seen.white, 3),
    )


def _spread(times: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """Median and 95 % of the points; those that never got there count as never."""
    known = np.where(np.isnan(times), np.inf, times)
    middle, late = np.quantile(known, (0.5, 0.95), method="higher")
    return float(np.round(middle)), float(np.round(late))


def rows_of(found: Ink) -> list[tuple[str, ...]]:
    """Lines of a table."""
    head = (
        found.panel,
        "5 L*, ms",
        "90 % black, ms",
        "refreshes/s",
        "READY, ms",
        "not legible, ms",
        "ghost, L*; in an hour",
        "charge: white; page; tied, %",
    )
    lines: list[tuple[str, ...]] = [head]
    for row in found.rows:
        lines.append(
            (
                row.variant,
                f"{row.grey[0]:.0f}; {row.grey[1]:.0f}",
                f"{row.black[0]:.0f}; {row.black[1]:.0f}",
                f"{row.refreshes_per_s:.1f}",
                f"{row.ready_ms:.0f}",
                f"{row.legible_ms:.0f}",
                f"{row.left_l:.2f}; {row.hour_l:.2f}",
                f"{100 * row.white:+.0f}; {100 * row.page:+.1f}; {100 * row.tied:+.0f}",
            )
        )
    return lines


def summary(found: Ink) -> str:
    """The drawn panels in two sentences."""

    def of(meets: Callable[[Drawn], bool]) -> int:
        return sum(meets(one) for one in found.drawn)

    return (
        f"{found.panel}: of {len(found.drawn)} panels drawn from the unknowns, {of(lambda one: one.within)} are within "
        f"{GREY_MS[0]:.0f}; {GREY_MS[1]:.0f} ms to 5 L* and {BLACK_MS[0]:.0f}; {BLACK_MS[1]:.0f} ms to 90 % black "
        f"(median; 95 % of the points), and on {of(lambda one: one.hour_l < CLEAN_LIGHTNESS)} nothing of the note is "
        f"seen an hour later. On {of(lambda one: one.visible)} 95 % of the points are visible within "
        f"{GREY_MS[1]:.0f} ms, and on {of(lambda one: one.black_in_time)} the median point is black within "
        f"{BLACK_MS[1]:.0f} ms."
    )
