"""test_public_drivers: what public drivers send shows the right picture; exceptions have reasons."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kesu.emulator.panel import films
from kesu.emulator.panel.sample import Sample
from kesu.emulator.panel.ssd16xx_update import Chip
from numpy.typing import NDArray
from public_drivers import FOUR, GREYS, KEPT, REPLAYS, SWAP, FourGreys, Replay, Wire

Ram = NDArray[np.uint8]


def pictures(wire: Wire) -> list[Ram]:
    """Three pictures in RAM order, 1 white: each adds blocks to the one before and erases others."""
    generator = np.random.default_rng(4)
    shape = (wire.last_y + 1, (wire.last_x + 1) * 8)
    blocks = [generator.random((-(-shape[0] // 20), -(-shape[1] // 20))) for _ in range(3)]
    return [
        (np.kron(block, np.ones((20, 20)))[: shape[0], : shape[1]] > 0.3).astype(np.uint8) for block in blocks
    ]


def seen(wire: Wire) -> Ram:
    """The glass in RAM order, 1 white."""
    shown = (wire.glass.reflectance > 0.5).astype(np.uint8)
    return shown if wire.glass.height == 300 else np.ascontiguousarray(shown[::-1].T)


def wrong(replay: Replay, *, swaps: bool, chip: Chip, sample: Sample) -> float:
    """Share of the pixels that do not show the last picture."""
    wire = Wire(replay.film)
    wire.panel.swaps_planes = swaps
    wire.panel.chip = chip
    wire.glass.fit(sample)
    wanted = pictures(wire)
    replay.shows(wire, [np.packbits(one, axis=1).tobytes() for one in wanted])
    return float((seen(wire) != wanted[-1]).mean())


RIGHT = [replay for replay in REPLAYS if not replay.needs]
EXCEPTIONS = [replay for replay in REPLAYS if replay.needs]


@pytest.mark.parametrize("swaps", [False, True], ids=["planes stay", "planes swap"])
@pytest.mark.parametrize("replay", RIGHT, ids=lambda replay: replay.name)
def test_a_public_driver_shows_the_right_picture(replay: Replay, swaps: bool) -> None:
    assert wrong(replay, swaps=swaps, chip=Chip(), sample=Sample()) == 0.0, replay.source


@pytest.mark.parametrize("film", [films.SLOW, films.FAST, films.by_seed(3)])
@pytest.mark.parametrize("replay", RIGHT, ids=lambda replay: replay.name)
def test_it_does_so_on_other_films(replay: Replay, film: int) -> None:
    assert wrong(replay, swaps=False, chip=Chip(), sample=Sample(film=film)) == 0.0


@pytest.mark.parametrize("replay", EXCEPTIONS, ids=lambda replay: replay.name)
def test_an_exception_is_right_with_what_it_needs_and_wrong_without(replay: Replay) -> None:
    assert wrong(replay, swaps=False, chip=Chip(), sample=Sample()) > 0.1
    swaps, chip = replay.needs == SWAP, Chip(keeps_lut=replay.needs == KEPT)
    assert wrong(replay, swaps=swaps, chip=chip, sample=Sample()) == 0.0


@pytest.mark.parametrize("film", [films.MEDIANS, films.DEEP_GHOST, films.SLOW, films.FAST])
@pytest.mark.parametrize("driver", FOUR, ids=lambda driver: driver.name)
def test_four_greys_come_out_in_order(driver: FourGreys, film: int) -> None:
    wire = Wire(REPLAYS[0].film)
    wire.glass.fit(Sample(film=film))
    driver.shows(wire)
    bands = [float(wire.glass.lightness()[75 * band + 30, 200]) for band in range(4)]
    assert bands == sorted(bands, reverse=True), dict(zip(GREYS, bands, strict=True))
    assert min(np.diff(bands[::-1])) > 4.0


def test_the_other_order_of_rows_contradicts_the_drivers_that_agree() -> None:
    for driver in FOUR:
        wire = Wire(REPLAYS[0].film)
        wire.panel.chip = replace(wire.panel.chip, reverses_rows=True)
        driver.shows(wire)
        bands = [float(wire.glass.lightness()[75 * band + 30, 200]) for band in range(4)]
        assert bands == sorted(bands), driver.name
