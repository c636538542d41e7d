"""The rig's panel does what the models do: planes and BUSY, for random commands, on every film."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import ctypes
import random
from collections.abc import Iterator

import pytest
from fast_part import fast
from kesu.emulator.panel.panels import module
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_update import Chip
from kesu.spec.controllers import CONTROLLERS, FILM_TIMES
from kesu.spec.panels import FILMS
from manual_clock import ManualClock
from rig_library import library

FOREVER = 0xFFFFFFFF


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ctypes.CDLL]:
    return library(tmp_path_factory.mktemp("rig"))


class Both:
    """The rig's panel and the model, given the same bytes."""

    def __init__(self, rig: ctypes.CDLL, film: str) -> None:
        self.rig = rig
        self.clock = ManualClock()
        self.model: Ssd16xx = module(film, self.clock, 25.0, 1).panel
        rig.host_film(list(FILMS).index(film))
        self.model.set_cs(False)
        size = len(self.model.bw)
        self.size = size
        self.model.bw[:] = self.plane(0)
        self.model.red[:] = self.plane(1)

    def plane(self, which: int) -> bytes:
        return bytes(self.rig.host_plane(which)[: self.size])

    def send(self, op: int, data: bytes = b"") -> None:
        self.rig.host_bytes(bytes((op,)), 1, 0)
        self.rig.host_bytes(data, len(data), 1)
        self.model.set_dc(False)
        self.model.transfer(op)
        self.model.set_dc(True)
        self.model.transfer_block(data)

    def read(self) -> int | None:
        """1Bh: the first 16 bits of the answer, those of the model; None if the rig does not answer."""
        bits = ctypes.c_uint32.in_dll(self.rig, "answer_bits").value >> 16
        if not ctypes.c_int.in_dll(self.rig, "answers").value:
            return None
        self.send(0x1B)
        given = bytes(self.model.transfer(0) for _ in range(2))
        assert bits == int.from_bytes(given, "big")
        return bits

    def busy(self) -> int:
        return ctypes.c_int.in_dll(self.rig, "busy_level").value

    def wait(self) -> int | None:
        """Until BUSY falls; us, as the rig planned it."""
        if not self.busy():
            assert not self.model.busy
            return 0
        us = ctypes.c_uint32.in_dll(self.rig, "busy_us").value
        assert self.model.busy
        if us == FOREVER:
            return None
        self.clock.advance(us * 1_000 - 2_000)
        assert self.model.busy, "the rig is longer"
        self.clock.advance(4_000)
        assert not self.model.busy, "the rig is shorter"
        self.rig.host_ended()
        return us

    def same(self) -> None:
        assert self.plane(0) == bytes(self.model.bw)
        assert self.plane(1) == bytes(self.model.red)


def _random_command(draw: random.Random, film: str) -> tuple[int, bytes]:
    controller = CONTROLLERS[FILM_TIMES[film].controller]
    kind = draw.random()
    if kind < 0.3:
        return draw.choice((0x24, 0x26)), draw.randbytes(draw.choice((1, 7, 60, 900)))
    if kind < 0.5:
        return 0x20, b""
    if kind < 0.55:
        return 0x12, b""
    if kind < 0.75:
        right = draw.choice(
            (0xF7, 0xFF, 0xFC, 0xD7, 0xC7, 0xCF, 0xCC, 0xE0, 0x83, 0xB1, 0x91, draw.randrange(256))
        )
        return 0x22, bytes((right,))
    if kind < 0.8:
        x = controller.width // 8
        return 0x44, bytes(draw.randrange(x + 2) for _ in range(2))
    if kind < 0.85:
        first, last = (draw.randrange(controller.height + 20) for _ in range(2))
        return 0x45, first.to_bytes(2, "little") + last.to_bytes(2, "little")
    register = draw.choice(controller.registers)
    if register.op == 0x10:
        return 0x7F, b""
    if register.op == 0x1A:
        return register.op, bytes((draw.choice((0, 20, 90, 100, 110, 200)), 0))[: register.length]
    if register.op == 0x32:
        return register.op, _waveform(draw, register.length)
    return register.op, draw.randbytes(
        draw.choice((register.length, register.length, register.length + 1, 0))
    )


def _waveform(draw: random.Random, length: int) -> bytes:
    lut = bytearray(draw.choice((0, 0, 0, 1, 2, 3, 0x45)) for _ in range(length))
    if length == 227:
        lut[224] = draw.choice((1, 2, 5, 6, 9))
    else:
        lut[144:150] = bytes(draw.choice((0x22, 0x12, 0x33)) for _ in range(6))
    return bytes(lut)


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("seed", fast(range(3), 0))
def test_planes_and_busy_are_the_models(rig: ctypes.CDLL, film: str, seed: int) -> None:
    both, draw, lengths = Both(rig, film), random.Random(f"{film} {seed}"), set()
    temperatures: set[int | None] = set()
    for _ in range(250):
        both.send(*_random_command(draw, film))
        if draw.random() < 0.8:
            lengths.add(both.wait())
        elif draw.random() < 0.2:
            for level in (0, 1):
                rig.host_reset(level)
                both.model.set_rst(bool(level))
            both.wait()
        both.same()
        if both.model.busy:
            both.wait()
        if draw.random() < 0.3:
            temperatures.add(both.read())
    assert len(lengths) > 5, "the commands made BUSY of too few lengths to compare"
    assert len(temperatures) > 1, "too few temperatures were read to compare"


@pytest.mark.parametrize("film", FILMS)
def test_swapping_planes_is_the_models_variant(rig: ctypes.CDLL, film: str) -> None:
    both = Both(rig, film)
    rig.host_variants(1, 0, 0, 6_000)
    both.model.swaps_planes = True
    both.send(0x24, b"\x00\xff" * 50)
    before = both.plane(0)
    both.send(0x22, b"\xfc")
    both.send(0x20)
    both.wait()
    both.same()
    swapped = both.plane(1) == before
    assert swapped == (film != "2in9-v2"), "a film without the waveform swaps nothing"
    rig.host_variants(0, 0, 0, 6_000)


def test_a_longer_overhead_is_the_models_variant(rig: ctypes.CDLL) -> None:
    both = Both(rig, "4in2")
    rig.host_variants(0, 0, 0, 85_000)
    both.model.chip = Chip(overhead_ns=85_000_000)
    both.send(0x22, b"\xfc")
    both.send(0x20)
    assert both.wait() == 96_000 + 2 * 5_000 + 270_000 + 85_000
    rig.host_variants(0, 0, 0, 6_000)


def test_deep_sleep_ends_by_reset_only(rig: ctypes.CDLL) -> None:
    both = Both(rig, "4in2")
    both.send(0x24, b"\x12\x34")
    both.send(0x10, b"\x01")
    assert both.wait() is None
    both.send(0x24, b"\x55" * 4)
    both.same()
    for level in (0, 1):
        rig.host_reset(level)
        both.model.set_rst(bool(level))
    assert both.wait() == 2_000
    both.send(0x24, b"\x56")
    both.same()


@pytest.mark.parametrize("film", FILMS)
def test_a_panel_is_read_unless_it_is_mute_asleep_or_in_reset(rig: ctypes.CDLL, film: str) -> None:
    both = Both(rig, film)
    for op, data in ((0x18, b"\x80"), (0x22, b"\xb0"), (0x20, b"")):
        both.send(op, data)
    both.wait()
    assert both.read() == (25 << 8 if film != "4in2" else 25 * 0x101)
    rig.host_mute(1)
    assert both.read() is None
    rig.host_mute(0)
    assert both.read() is not None
    rig.host_reset(0)
    assert both.read() is None
    rig.host_reset(1)
    both.model.set_rst(False)
    both.model.set_rst(True)
    both.wait()
    assert both.read() == 0x7F7F if film == "4in2" else both.read() == 0x7F00
    both.send(0x10, b"\x01")
    assert both.read() is None
    rig.host_reset(0)
    rig.host_reset(1)


def test_a_lost_bit_is_seen(rig: ctypes.CDLL) -> None:
    """The comparison detects a rig that decodes wrongly."""
    both = Both(rig, "4in2")
    both.send(0x24, b"\x12\x34\x56")
    both.same()
    rig.host_bytes(b"\x40", 1, 1)
    both.model.transfer(0x80)
    with pytest.raises(AssertionError):
        both.same()
