"""test_needles_search: every supported encoding is found, and ordinary memory holds none."""

# SPDX-License-Identifier: MIT
from __future__ import annotations

import array
import random
import struct
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kesu.common.errors import KesuError
from kesu.verify.search import needles as needle_module
from kesu.verify.search.needles import WINDOW
from kesu.verify.search.searcher import BLOCK, Searcher

WIDTH, HEIGHT = 400, 300


def scribble(seed: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """A hand-like note: short two-pixel strokes in two lines. Returns (bits with 1 = white, points)."""
    chance = random.Random(seed)
    bits = np.ones((HEIGHT, WIDTH), dtype=np.uint8)
    points: list[tuple[int, int]] = []
    for line in (60, 150):
        for left in range(15, 360, 22):
            x, y = left, line
            for _ in range(24):
                x = min(max(x + chance.randint(-3, 4), 2), WIDTH - 3)
                y = min(max(y + chance.randint(-4, 5), 2), HEIGHT - 3)
                points.append((x, y))
                bits[y : y + 2, x : x + 2] = 0
    return bits, points


@pytest.fixture(scope="module")
def note() -> tuple[np.ndarray, list[tuple[int, int]]]:
    return scribble(7)


@pytest.fixture(scope="module")
def searcher(note: tuple[np.ndarray, list[tuple[int, int]]]) -> Searcher:
    return Searcher(needle_module.build(*note))


def noise(size: int, seed: int = 3) -> bytearray:
    return bytearray(np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes())


def hide(secret: bytes, at: int = 4321, size: int = 264 * 1024) -> bytearray:
    memory = noise(size)
    memory[at : at + len(secret)] = secret
    return memory


REVERSE = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def shifted(bits: np.ndarray, by: int) -> bytes:
    return np.packbits(np.concatenate([np.ones(by, dtype=np.uint8), bits.reshape(-1)])).tobytes()


@pytest.mark.parametrize(
    "encode",
    [
        lambda bits: np.packbits(bits).tobytes(),
        lambda bits: bytes(255 - value for value in np.packbits(bits).tobytes()),
        lambda bits: np.packbits(bits).tobytes().translate(REVERSE),
        lambda bits: bytes(value ^ 0x5A for value in np.packbits(bits).tobytes()),
        lambda bits: np.packbits(np.rot90(bits, 1), axis=1).tobytes(),
        lambda bits: np.packbits(np.rot90(bits, -1), axis=1).tobytes(),
        lambda bits: np.packbits(bits[:296].reshape(37, 8, WIDTH), axis=1).tobytes(),
        *(lambda bits, by=by: shifted(bits, by) for by in range(1, 8)),
        lambda bits: np.packbits(bits).tobytes()[60 * 50 : 64 * 50],  # four rows are enough
    ],
    ids=[
        "plain",
        "inverted",
        "bit-reversed",
        "masked",
        "rotated 270",
        "rotated 90",
        "column bytes",
        *(f"shifted {by}" for by in range(1, 8)),
        "four rows",
    ],
)
def test_every_picture_encoding_is_found(note: Any, searcher: Searcher, encode: Callable[..., Any]) -> None:
    secret = encode(note[0])
    result = searcher.search(hide(secret))
    assert result.hits > 0
    assert all(first >= 4321 and last <= 4321 + len(secret) for first, last in result.runs())


@pytest.mark.parametrize(
    "encode",
    [
        lambda points: b"".join(struct.pack("<HH", *point) for point in points),
        lambda points: b"".join(struct.pack(">HH", *point) for point in points),
        lambda points: b"".join(struct.pack("<HH", y, x) for x, y in points),
        lambda points: array.array(
            "H", [v for i, (x, y) in enumerate(points) for v in (x, y, i * 10)]
        ).tobytes(),
        lambda points: b"".join(struct.pack("<HHI", x, y, i * 10) for i, (x, y) in enumerate(points)),
        lambda points: b"".join(struct.pack("<II", x * 2 + 1, y * 2 + 1) for x, y in points),
        lambda points: b"".join(struct.pack("<HH", *point) for point in reversed(points)),
    ],
    ids=["little", "big", "y first", "ring entries", "8-byte entries", "small integers", "backwards"],
)
def test_every_coordinate_encoding_is_found(
    note: Any, searcher: Searcher, encode: Callable[..., Any]
) -> None:
    assert searcher.search(hide(encode(note[1][:12]))).hits > 0


def test_noise_blank_paper_and_another_note_hold_nothing(searcher: Searcher) -> None:
    assert searcher.search(noise(1 << 20)).hits == 0
    for blank in (0x00, 0xFF):
        assert searcher.search(bytes([blank]) * (1 << 16)).hits == 0
    other_bits, _ = scribble(99)
    assert searcher.search(np.packbits(other_bits).tobytes()).hits == 0


def test_a_solid_bar_is_not_counted() -> None:
    bar = np.ones((HEIGHT, WIDTH), dtype=np.uint8)
    bar[100:110, 50:350] = 0
    with pytest.raises(KesuError, match="too little"):
        needle_module.build(bar, [(50 + step, 100 + step) for step in range(30)])


def test_needles_found_on_a_blank_pad_are_dropped(note: Any) -> None:
    built = needle_module.build(*note)
    blank = noise(100_000)
    blank[500:600] = np.packbits(note[0], axis=1)[62].tobytes()[:50] * 2
    reduced, dropped = needle_module.without(built, Searcher(built).found_keys(blank))
    assert dropped > 0
    assert reduced.count == built.count - dropped
    assert Searcher(reduced).search(blank).hits == 0
    assert Searcher(reduced).search(np.packbits(note[0]).tobytes()).hits > 0


def test_a_point_is_found_in_touch_registers(note: Any, searcher: Searcher) -> None:
    x, y = note[1][-1]
    registers = bytearray(256)
    assert searcher.touch_hits(registers) == 0
    registers[3:7] = bytes([0x80 | x >> 8, x & 0xFF, 0x10 | y >> 8, y & 0xFF])
    assert searcher.touch_hits(registers) == 1


def test_memories_shorter_than_a_needle_are_searched(searcher: Searcher) -> None:
    for size in range(20):
        assert searcher.search(bytes(size)).hits == 0


def test_sram_and_flash_are_searched_in_proportion_to_their_size(note: Any) -> None:
    memory = noise((2 << 20) + 264 * 1024)
    built = needle_module.build(*note)

    def processor_time(searched: bytes | bytearray) -> float:
        fresh = Searcher(built)  # one that knows no block yet
        began = time.process_time()
        fresh.search(searched)
        return time.process_time() - began

    part = min(processor_time(memory[: len(memory) // 8]) for _ in range(3))
    assert processor_time(memory) < 4 * 8 * part


def test_memory_that_changed_is_searched_as_if_for_the_first_time(note: Any, searcher: Searcher) -> None:
    chance = random.Random(5)
    plane = np.packbits(note[0]).tobytes()
    built = needle_module.build(*note)
    memory, most = bytearray(40_000), 0
    for _ in range(60):
        secret = plane[chance.randrange(len(plane)) :][: chance.randrange(8, 5_000)]
        at = chance.randrange(len(memory))
        memory[at : at + len(secret)] = bytes(len(secret)) if chance.random() < 0.3 else secret
        known, fresh = searcher.search(memory), Searcher(built).search(memory)
        assert list(known.places) == list(fresh.places)
        assert all(np.array_equal(known.places[kind], fresh.places[kind]) for kind in fresh.places)
        assert np.array_equal(known.covered, fresh.covered)
        most = max(most, known.hits)
    assert most > 500


@pytest.mark.parametrize("before", range(WINDOW + 2))
def test_a_needle_across_the_border_of_two_blocks_is_found(
    note: Any, searcher: Searcher, before: int
) -> None:
    """A window of the picture alone in memory, at each place about the border."""
    bits, _ = note
    windows = needle_module.windows_of(bits)
    window = windows[needle_module.telling(windows)][0].tobytes()
    memory = bytearray(3 * BLOCK)
    memory[2 * BLOCK - before : 2 * BLOCK - before + len(window)] = window
    result = searcher.search(memory)
    assert 2 * BLOCK - before in np.concatenate(list(result.places.values()))
    memory[2 * BLOCK - before] ^= 0x81
    assert searcher.search(memory).hits == 0
