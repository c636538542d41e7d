"""test_raster_c: firmware/native/raster.c, compiled for this machine, checked by distances and single pixels."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest
from raster_library import HEIGHT, STRIDE, WIDTH, Buffer, Raster, compiled

PICTURE = bytes((0x00, 0x07, 0x55, 0x57, 0xAA, 0xAF, 0x12, 0x37, 0x80, 0x0F))
PICTURE_WIDTH = 13


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("raster"))


@pytest.fixture
def raster(library: Path) -> Raster:
    return Raster(library)


def inked(raster: Raster) -> np.ndarray:
    """True where the frame has ink, (rows, columns)."""
    bits = np.unpackbits(np.frombuffer(raster.pixels(), np.uint8)).reshape(HEIGHT, WIDTH)
    return bits == 0


def distances(x0: int, y0: int, x1: int, y1: int, width: int) -> np.ndarray:
    """Distance of each pixel from the segment; a nib of even width draws half a pixel to the lower right."""
    shift = 0.0 if width % 2 else 0.5
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    along = np.array([x1 - x0, y1 - y0], float)
    length = max(float(along @ along), 1e-9)
    t = np.clip(((x - x0 - shift) * along[0] + (y - y0 - shift) * along[1]) / length, 0, 1)
    return np.hypot(x - x0 - shift - t * along[0], y - y0 - shift - t * along[1])


@pytest.mark.parametrize("width", range(1, 6))
@pytest.mark.parametrize(
    "ends",
    [
        (200, 150, 200, 150),
        (10, 10, 390, 290),
        (390, 20, 30, 40),
        (50, 280, 60, 5),
        (-30, 150, 30, 310),
        (380, 0, 450, 90),
    ],
)
def test_a_stroke_inks_only_its_line(raster: Raster, width: int, ends: tuple[int, int, int, int]) -> None:
    raster.call("stroke", raster.frame, STRIDE, *ends, width)
    ink, distance = inked(raster), distances(*ends, width)
    assert ink.any()
    # Bresenham deviates half a pixel from the true line, the nib's edge another half.
    assert not ink[distance > width / 2 + 1].any()
    assert ink[distance < width / 2 - 1].all()


def test_a_stroke_outside_draws_nothing(raster: Raster) -> None:
    raster.call("stroke", raster.frame, STRIDE, -200, -50, -10, 400, 5)
    assert not inked(raster).any()


@pytest.mark.parametrize(
    "place", [(203, 200), (208, 0), (-5, 250), (395, 252), (300, -2), (320, 297), (500, 10)]
)
def test_a_picture_is_copied_pixel_by_pixel(raster: Raster, place: tuple[int, int]) -> None:
    wanted = np.zeros((HEIGHT, WIDTH), bool)
    wanted[100:, :] = True  # ink that the white of the picture must clear
    raster.call("fill", Buffer(raster.frame.address + 100 * STRIDE, 200 * STRIDE), 0)
    for j in range(len(PICTURE) // 2):
        for i in range(PICTURE_WIDTH):
            x, y = place[0] + i, place[1] + j
            if 0 <= x < WIDTH and 0 <= y < HEIGHT:
                wanted[y, x] = not PICTURE[2 * j + i // 8] >> (7 - i % 8) & 1
    picture = (ctypes.c_uint8 * len(PICTURE))(*PICTURE)
    raster.call(
        "blit", raster.frame, STRIDE, *place, Buffer(ctypes.addressof(picture), len(PICTURE)), PICTURE_WIDTH
    )
    assert np.array_equal(inked(raster), wanted)


@pytest.mark.parametrize(
    ("stride", "x", "width"), [(0, 5, 2), (7, 5, 2), (STRIDE, 4096, 2), (STRIDE, 5, 0), (STRIDE, 5, 32)]
)
def test_bad_arguments_are_refused(raster: Raster, stride: int, x: int, width: int) -> None:
    with pytest.raises(ValueError, match="stroke"):
        raster.call("stroke", raster.frame, stride, x, 5, 9, 9, width)
    assert not inked(raster).any()


def test_rows_become_strips_of_bytes_with_the_top_row_in_the_low_bit(raster: Raster) -> None:
    drawn = np.random.default_rng(7).integers(0, 256, STRIDE * HEIGHT, np.uint8)
    frame = (ctypes.c_uint8 * drawn.size)(*drawn.tolist())
    ink = np.random.default_rng(8).integers(0, 256, STRIDE * HEIGHT, np.uint8)
    over = (ctypes.c_uint8 * ink.size)(*ink.tolist())
    buffers = (Buffer(ctypes.addressof(part), drawn.size) for part in (frame, over))
    under_over = tuple(buffers)
    changed = raster.call("turn", raster.frame, *under_over, STRIDE, 16, 40)
    assert changed == inked(raster).sum() > 0
    assert raster.call("turn", raster.frame, *under_over, STRIDE, 16, 40) == 0
    strips = np.frombuffer(raster.pixels(), np.uint8)
    bits = np.unpackbits((drawn & ink).reshape(HEIGHT, STRIDE), axis=1)[16:40].reshape(3, 8, WIDTH)
    assert np.array_equal(
        strips[16 * STRIDE : 40 * STRIDE], np.packbits(bits, axis=1, bitorder="little").ravel()
    )
    assert (strips[: 16 * STRIDE] == 0xFF).all()
    assert (strips[40 * STRIDE :] == 0xFF).all()


@pytest.mark.parametrize("rows", [(4, 16), (0, 304), (16, 8), (-8, 8)])
def test_only_complete_strips_of_the_frame_are_converted(raster: Raster, rows: tuple[int, int]) -> None:
    frame = (ctypes.c_uint8 * (STRIDE * HEIGHT))()
    buffer = Buffer(ctypes.addressof(frame), len(frame))
    with pytest.raises(ValueError, match="turn"):
        raster.call("turn", raster.frame, buffer, buffer, STRIDE, *rows)
    assert not inked(raster).any()


def buffer_of(content: bytes) -> tuple[Buffer, ctypes.Array[ctypes.c_uint8]]:
    """A buffer with this content, and its memory."""
    memory = (ctypes.c_uint8 * len(content))(*content)
    return Buffer(ctypes.addressof(memory), len(content)), memory


def test_the_eraser_clears_what_a_stroke_of_its_width_inks(raster: Raster) -> None:
    ends = (30, 40, 200, 170)
    raster.call("stroke", raster.frame, STRIDE, *ends, 16)
    stroke = inked(raster)
    raster.call("fill", raster.frame, 0)
    raster.call("erase", raster.frame, STRIDE, *ends, 16)
    assert np.array_equal(~inked(raster), stroke)


@pytest.mark.parametrize(("start", "end"), [(0, 15000), (800, 1600), (3, 14), (5, 5)])
def test_composing_inks_what_either_inks_and_nothing_outside_the_range(
    raster: Raster, start: int, end: int
) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (2, STRIDE * HEIGHT), np.uint8)
    (under, kept_1), (over, kept_2) = (buffer_of(part.tobytes()) for part in noise)
    changed = raster.call("compose", raster.frame, under, over, start, end)
    wanted = np.full(STRIDE * HEIGHT, 0xFF, np.uint8)
    wanted[start:end] = (noise[0] & noise[1])[start:end]
    assert changed == (np.unpackbits(wanted) == 0).sum()
    assert raster.call("compose", raster.frame, under, over, start, end) == 0
    assert raster.pixels() == wanted.tobytes()
    assert bytes(kept_1) + bytes(kept_2) == noise.tobytes()


def test_copy_and_blank_stay_inside_their_buffers(raster: Raster) -> None:
    source, _memory = buffer_of(bytes(range(250)) * 60)
    raster.call("copy", raster.frame, source)
    assert raster.pixels() == bytes(range(250)) * 60
    raster.call("blank", raster.frame, 10, 20)
    assert raster.pixels()[10:20] == b"\xff" * 10
    assert raster.pixels()[20:] == (bytes(range(250)) * 60)[20:]
    short, _memory = buffer_of(bytes(10))
    for name, arguments in (
        ("copy", (raster.frame, short)),
        ("blank", (raster.frame, 0, STRIDE * HEIGHT + 1)),
        ("blank", (raster.frame, 9, 8)),
        ("compose", (raster.frame, source, short, 0, 10)),
        ("compose", (raster.frame, source, source, 0, STRIDE * HEIGHT + 1)),
    ):
        with pytest.raises(ValueError, match=name):
            raster.call(name, *arguments)


def way_of(points: list[tuple[int, int]]) -> tuple[Buffer, ctypes.Array[ctypes.c_int16]]:
    """Points as the firmware stores them, and their memory."""
    memory = (ctypes.c_int16 * (2 * len(points)))(*(value for point in points for value in point))
    return Buffer(ctypes.addressof(memory), 4 * len(points)), memory


def around(x: int, y: int, radius: int, turns: float = 1.0, points: int = 60) -> list[tuple[int, int]]:
    angles = np.linspace(0, 2 * np.pi * turns, points)
    return [(x + round(radius * np.cos(angle)), y + round(radius * np.sin(angle))) for angle in angles]


@pytest.mark.parametrize("turns", [1.0, 2.0, -1.0])
@pytest.mark.parametrize(("x", "y", "radius"), [(200, 150, 60), (20, 20, 60), (380, 290, 45)])
def test_a_ring_is_white_inside_and_untouched_outside(
    raster: Raster, x: int, y: int, radius: int, turns: float
) -> None:
    raster.call("fill", raster.frame, 0)
    way, _memory = way_of(around(x, y, radius, turns))
    assert raster.call("enclose", raster.frame, STRIDE, way, 60, 0, 300) == 1
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(columns - x, rows - y)
    ink = inked(raster)
    assert not ink[distance < radius - 2].any()
    assert ink[distance > radius + 2].all()


@pytest.mark.parametrize(
    "points",
    [
        around(200, 150, 60, 0.8),  # open
        around(200, 150, 15),  # a dab
        around(200, 150, 60, points=7),
        [(100 + 4 * abs(20 - i), 100 + 2 * (i % 2) + i) for i in range(41)],  # back and forth
    ],
)
def test_a_path_that_is_not_a_ring_erases_nothing(raster: Raster, points: list[tuple[int, int]]) -> None:
    raster.call("fill", raster.frame, 0)
    way, _memory = way_of(points)
    assert raster.call("enclose", raster.frame, STRIDE, way, len(points), 0, 300) == 0
    assert inked(raster).all()


def test_a_path_longer_than_its_buffer_is_refused(raster: Raster) -> None:
    way, _memory = way_of(around(200, 150, 60))
    for count in (61, 97, -1):
        with pytest.raises(ValueError, match="enclose"):
            raster.call("enclose", raster.frame, STRIDE, way, count, 0, 300)


def test_a_ring_erased_in_slices_equals_a_ring_erased_at_once(raster: Raster) -> None:
    way, _memory = way_of(around(200, 150, 100))
    raster.call("fill", raster.frame, 0)
    raster.call("enclose", raster.frame, STRIDE, way, 60, 0, HEIGHT)
    whole = raster.pixels()
    raster.call("fill", raster.frame, 0)
    for row in range(0, HEIGHT, 24):
        before = raster.pixels()
        assert raster.call("enclose", raster.frame, STRIDE, way, 60, row, row + 24) == 1
        changed = np.flatnonzero(np.frombuffer(before, np.uint8) != np.frombuffer(raster.pixels(), np.uint8))
        assert all(row <= at // STRIDE < row + 24 for at in changed)
    assert raster.pixels() == whole
