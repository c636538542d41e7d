"""test_pulses_c: firmware/native/pulses.c, compiled for this machine: each pixel gets its own pulses, all of them."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raster_library import Buffer, Raster, compiled

STRIDE, ROWS = 5, 24
LENGTH = STRIDE * ROWS
WHITE = b"\xff" * LENGTH


class Bytes(Buffer):
    """A buffer of the C module with memory of its own."""

    def __init__(self, content: bytes) -> None:
        self.memory = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
        super().__init__(ctypes.addressof(self.memory), len(content))

    @property
    def content(self) -> bytes:
        return bytes(self.memory)


class Twin:
    """The same calls on the C module and on the Python one that the firmware's tests use."""

    def __init__(self, raster: Raster, fake: Any, *, turned: bool) -> None:
        self.raster, self.fake, self.turned = raster, fake, turned
        self.shown, self.ages = bytearray(WHITE), bytearray(3 * LENGTH)
        self.buffers = Bytes(WHITE), Bytes(bytes(3 * LENGTH))

    def _same(self, answer: int, expected: int) -> int:
        assert answer == expected
        assert [each.content for each in self.buffers] == [bytes(self.shown), bytes(self.ages)]
        return answer

    def aim(self, under: bytes, over: bytes, pulses: int, first: int = 0, last: int = ROWS) -> int:
        frames = Bytes(under), Bytes(over)
        if self.turned:
            rows = (STRIDE, first, last, pulses)
            return self._same(
                self.raster.call("aim_turned", *self.buffers, *frames, *rows),
                self.fake.aim_turned(self.shown, self.ages, bytearray(under), bytearray(over), *rows),
            )
        part = (first * STRIDE, last * STRIDE, pulses)
        return self._same(
            self.raster.call("aim", *self.buffers, *frames, *part),
            self.fake.aim(self.shown, self.ages, under, over, *part),
        )

    def age(self) -> int:
        return self._same(
            self.raster.call("age", *self.buffers, 0, LENGTH), self.fake.age(self.shown, self.ages, 0, LENGTH)
        )

    def planes(self) -> tuple[np.ndarray, np.ndarray]:
        """Bits of the new and of the old plane."""
        old = self.fake.old_plane(self.shown, self.ages, 0, LENGTH)
        new, before = (np.unpackbits(np.frombuffer(bytes(one), np.uint8)) for one in (self.shown, old))
        return new, before


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("pulses"))


@pytest.fixture(params=[False, True], ids=["rows", "strips"])
def twin(library: Path, native: Any, request: pytest.FixtureRequest) -> Twin:
    return Twin(Raster(library), native, turned=request.param)


def noise(generator: np.random.Generator, dark: float) -> bytes:
    return np.packbits(generator.random(8 * LENGTH) >= dark).tobytes()


@pytest.mark.parametrize("pulses", range(1, 8))
def test_every_pixel_gets_as_many_pulses_as_it_needs_whatever_comes_meanwhile(
    twin: Twin, pulses: int
) -> None:
    """Strokes, erased parts and a changing background at any time: the planes ask for whole drives only."""
    generator = np.random.default_rng(pulses)
    net = np.zeros(8 * LENGTH, int)
    runs = np.zeros(8 * LENGTH, int)
    begun = driven = 0
    under, over = WHITE, WHITE
    for step in range(60):
        if step < 40 and generator.random() < 0.6:
            over = noise(generator, 0.1)
            if generator.random() < 0.3:
                under = noise(generator, 0.05)
        begun += twin.aim(under, over, pulses) >> 1
        new, old = twin.planes()
        moves = new != old
        driven += int(moves.sum())
        net += np.where(moves, np.where(new == 1, -1, 1), 0)
        finished = (runs > 0) & ~moves
        assert (runs[finished] % pulses == 0).all()
        runs = np.where(moves, runs + 1, 0)
        left = twin.age()
        new, old = twin.planes()
        assert (left > 0) == bool((new != old).any())
    assert begun > 100
    assert driven == pulses * begun
    assert (net == np.where(twin.planes()[0] == 0, pulses, 0)).all(), "black has one drive, white none"
    assert twin.aim(under, over, pulses) == 0, "and the glass shows the page"


def test_a_pixel_on_its_way_is_not_turned_round_and_asks_to_be_called_again(twin: Twin) -> None:
    inked = bytes([0x7F]) + WHITE[1:]
    assert twin.aim(WHITE, inked, 3) == 2
    assert twin.age() == 1
    assert twin.aim(WHITE, WHITE, 3) == 1, "nothing begins, one has to wait"
    new, old = twin.planes()
    assert (int((new == 0).sum()), int((new != old).sum())) == (1, 1)
    assert [twin.age(), twin.age()] == [1, 0]
    assert twin.aim(WHITE, WHITE, 3) == 2
    new, old = twin.planes()
    assert (int((new == 0).sum()), int((old == 0).sum())) == (0, 1)


def test_background_and_ink_count_together_and_only_the_rows_asked_for(twin: Twin) -> None:
    dark = bytes(LENGTH)
    assert twin.aim(dark, WHITE, 5, 8, 16) == 2 * 8 * 8 * STRIDE
    assert twin.aim(WHITE, dark, 5, 8, 16) == 0
    assert twin.aim(WHITE, dark, 5) == 2 * 16 * 8 * STRIDE


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("aim", (0, LENGTH + 1, 3)),
        ("aim", (-1, LENGTH, 3)),
        ("aim", (9, 8, 3)),
        ("aim", (0, LENGTH, 0)),
        ("aim", (0, LENGTH, 8)),
        ("aim_turned", (STRIDE, 0, 12, 3)),
        ("aim_turned", (STRIDE, 0, ROWS + 8, 3)),
        ("aim_turned", (STRIDE, 0, ROWS, 8)),
        ("age", (0, LENGTH + 1)),
        ("age", (5, 4)),
    ],
)
def test_what_does_not_fit_is_refused(
    library: Path, native: Any, name: str, arguments: tuple[int, ...]
) -> None:
    raster = Raster(library)
    frames = [] if name == "age" else [Bytes(WHITE), Bytes(WHITE)]
    with pytest.raises(ValueError, match=name):
        raster.call(name, Bytes(WHITE), Bytes(bytes(3 * LENGTH)), *frames, *arguments)
    with pytest.raises(ValueError, match=r"range|rows|pulses"):
        getattr(native, name)(
            bytearray(WHITE), bytearray(3 * LENGTH), *(bytearray(WHITE) for _ in frames), *arguments
        )


@pytest.mark.parametrize("length", [0, LENGTH, 3 * LENGTH - 1, 3 * LENGTH + 1])
def test_ages_have_three_planes(library: Path, length: int) -> None:
    with pytest.raises(ValueError, match="age"):
        Raster(library).call("age", Bytes(WHITE), Bytes(bytes(length)), 0, 0)
