"""test_ssd1683: bus, planes, windows, resets and sleeps of the panel model, from the data sheet's facts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random

import numpy as np
import pytest
from panel_bus import BLACK, PLANE, WHITE, PanelBus


@pytest.fixture
def bus() -> PanelBus:
    made = PanelBus()
    made.reset()
    return made


def noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(PLANE)


def test_planes_are_noise_at_power_on_and_differ_by_seed(bus: PanelBus) -> None:
    assert 6_500 < sum(byte.bit_count() for byte in bus.panel.bw) / 8 < 8_500
    assert bus.panel.bw != bus.panel.red
    assert bus.panel.bw == PanelBus(seed=1).panel.bw
    assert bus.panel.bw != PanelBus(seed=2).panel.bw


def test_complete_planes_are_written_in_place(bus: PanelBus) -> None:
    new, old = noise(3), noise(4)
    bus.plane(0x24, new)
    bus.plane(0x26, old)
    assert (bytes(bus.panel.bw), bytes(bus.panel.red)) == (new, old)
    assert bus.panel.errors == []


def test_bytes_one_by_one_equal_a_block(bus: PanelBus) -> None:
    image = noise(5)
    bus.plane(0x24, image)
    bus.window(0, 49, 0, 299, at=(0, 0))
    bus.command(0x26, *image)
    assert bytes(bus.panel.red) == bytes(bus.panel.bw) == image


def test_cs_may_rise_between_bytes_and_masks_other_traffic(bus: PanelBus) -> None:
    bus.plane(0x24, WHITE)
    bus.window(0, 49, 0, 299, at=(0, 0))
    bus.command(0x24, 1)
    bus.panel.set_cs(True)
    bus.panel.transfer(0x55)
    bus.panel.set_cs(False)
    bus.panel.transfer(2)
    assert bytes(bus.panel.bw[:3]) == b"\x01\x02\xff"


def test_window_wraps_to_its_own_start(bus: PanelBus) -> None:
    bus.plane(0x24, BLACK)
    bus.window(2, 4, 10, 11, at=(2, 10))
    bus.command(0x24, 1, 2, 3, 4, 5, 6, 7)
    image = np.frombuffer(bus.panel.bw, np.uint8).reshape(300, 50)
    assert image[10, 1:6].tolist() == [0, 7, 2, 3, 0]
    assert image[11, 1:6].tolist() == [0, 4, 5, 6, 0]
    assert int((image != 0).sum()) == 6


# 11h: A0 X increments, A1 Y increments, A2 counts along Y first. POR is 03h.
@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (0x03, [(5, 20), (6, 20), (5, 21), (6, 21)]),
        (0x02, [(6, 20), (5, 20), (6, 21), (5, 21)]),
        (0x01, [(5, 21), (6, 21), (5, 20), (6, 20)]),
        (0x00, [(6, 21), (5, 21), (6, 20), (5, 20)]),
        (0x07, [(5, 20), (5, 21), (6, 20), (6, 21)]),
        (0x04, [(6, 21), (6, 20), (5, 21), (5, 20)]),
    ],
)
def test_data_entry_modes(bus: PanelBus, entry: int, path: list[tuple[int, int]]) -> None:
    bus.plane(0x24, BLACK)
    bus.command(0x11, entry)
    (x0, y0), (x1, y1) = path[0], path[-1]
    bus.window(x0, x1, y0, y1, at=path[0])
    bus.command(0x24, 1, 2, 3, 4)
    image = np.frombuffer(bus.panel.bw, np.uint8).reshape(300, 50)
    assert [int(image[y, x]) for x, y in path] == [1, 2, 3, 4]


def test_a_write_outside_the_ram_is_an_error_without_effect(bus: PanelBus) -> None:
    bus.plane(0x24, BLACK)
    bus.window(0, 49, 0, 299, at=(0x3A, 0))
    bus.command(0x24, 9)
    assert bytes(bus.panel.bw) == BLACK
    assert "outside" in bus.panel.errors[-1].reason


@pytest.mark.parametrize("plane", [0, 1])
def test_read_back_through_the_data_line(bus: PanelBus, plane: int) -> None:
    new, old = noise(6), noise(7)
    bus.plane(0x24, new)
    bus.plane(0x26, old)
    bus.command(0x41, plane, 0, 0)
    bus.window(0, 49, 0, 299, at=(0, 0))
    bus.panel.clock_hz = 2_500_000
    bus.command(0x27)
    dummy, *got = (bus.panel.transfer(0) for _ in range(61))
    assert dummy == 0xFF
    assert bytes(got) == (old if plane else new)[:60]
    assert bus.panel.errors == []


def test_temperature_register_reads_back(bus: PanelBus) -> None:
    bus.command(0x1A, 0x6E)
    bus.command(0x1B)
    assert bus.panel.transfer(0) == 0x6E


@pytest.mark.parametrize(("op", "limit"), [(0x24, 20e6), (0x27, 2.5e6)])
def test_bus_clock_limits(bus: PanelBus, op: int, limit: float) -> None:
    bus.panel.clock_hz = limit
    bus.command(op)
    assert bus.panel.errors == []
    bus.panel.clock_hz = limit * 1.01
    bus.command(op)
    assert "MHz" in bus.panel.errors[-1].reason


def test_auto_fill(bus: PanelBus) -> None:
    bus.command(0x47, 0xF7)
    assert bus.panel.busy
    bus.wait()
    bus.command(0x46, 0x77)
    bus.wait()
    assert bytes(bus.panel.bw) == WHITE
    assert bytes(bus.panel.red) == BLACK
    bus.command(0x47, 0x80)  # steps of 8 x 8, the first one white
    bus.wait()
    assert bytes(bus.panel.bw[:4]) == b"\xff\x00\xff\x00"
    assert bytes(bus.panel.bw[8 * 50 : 8 * 50 + 2]) == b"\x00\xff"


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_resets_keep_ram_and_lose_registers(bus: PanelBus, how: str) -> None:
    new, old = noise(8), noise(9)
    bus.plane(0x24, new)
    bus.plane(0x26, old)
    bus.window(3, 4, 5, 6, at=(3, 5))
    bus.command(0x3C, 0x80)
    if how == "soft":
        bus.command(0x12)
        assert bus.panel.busy
        assert bus.wait() == pytest.approx(2, abs=1)
    else:
        bus.reset()
    assert (bytes(bus.panel.bw), bytes(bus.panel.red)) == (new, old)
    state = bus.panel.registers()
    assert (state["3C"], state["44"], state["45"], state["counters"]) == (
        b"\xc0", b"\x00\x31", b"\x00\x00\x2b\x01", b"\x00\x00\x00",
    )  # fmt: skip


@pytest.mark.parametrize(("mode", "keeps"), [(0x01, True), (0x03, False)])
def test_deep_sleep(bus: PanelBus, mode: int, keeps: bool) -> None:
    new, old = noise(10), noise(11)
    bus.plane(0x24, new)
    bus.plane(0x26, old)
    bus.command(0x10, mode)
    assert bus.panel.busy
    bus.clock.advance_ms(60_000)
    assert bus.panel.busy
    bus.plane(0x24, WHITE)
    bus.command(0x12)
    assert {error.reason for error in bus.panel.errors} == {"command in deep sleep"}
    assert bus.panel.busy
    bus.reset()
    assert not bus.panel.busy
    assert (bytes(bus.panel.bw) == new) is keeps
    assert (bytes(bus.panel.red) == old) is keeps
    if not keeps:
        # Random, not zero: about half of the bits match any picture.
        same = sum((a ^ b).bit_count() for a, b in zip(bus.panel.bw, new, strict=True))
        assert 0.47 < same / (PLANE * 8) < 0.53


def test_power_loss_makes_noise_of_both_planes_and_leaves_the_glass(bus: PanelBus) -> None:
    bus.plane(0x24, BLACK)
    bus.plane(0x26, BLACK)
    bus.refresh(0xF7, option=0x40)
    shown = bus.glass.reflectance
    bus.panel.power_loss()
    assert bytes(bus.panel.bw) != BLACK
    assert bytes(bus.panel.red) != BLACK
    assert np.array_equal(bus.glass.reflectance, shown)
    assert float(shown.mean()) < 0.1


def test_wrong_parameter_counts_and_unknown_commands_are_errors(bus: PanelBus) -> None:
    bus.command(0x45, 0, 0)
    bus.command(0x3C, 1, 2)
    bus.command(0x12, 7)
    bus.wait()
    bus.command(0x99)
    assert [error.reason for error in bus.panel.errors] == [
        "too few parameters",
        "too many parameters",
        "data after a command that takes none",
        "command not in this model",
    ]


def test_commands_while_busy_are_errors_but_take_effect(bus: PanelBus) -> None:
    bus.plane(0x24, BLACK)
    bus.command(0x12)
    assert bus.panel.errors == []
    bus.plane(0x24, WHITE)
    assert bus.panel.errors
    assert {error.reason for error in bus.panel.errors} == {"command while BUSY"}
    assert {error.op for error in bus.panel.errors} >= {0x24, 0x44}
    assert bytes(bus.panel.bw) == WHITE
