"""test_register_waveforms: what both controllers make of 32h: layout, counts, voltages; and what 22h does
with it."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from kesu.emulator.panel.ssd16xx_update import OVERHEADS_NS, Chip
from kesu.emulator.panel.ssd16xx_waveform import OTP_RAILS, Rails, length_ns, net_v_s, rails_of, vcom_of
from kesu.emulator.panel.ssd1680 import decoded as decoded_1680
from kesu.emulator.panel.ssd1683 import decoded
from kesu_dev.film_bands.public_waveforms import BB_EPAPER_GREY, FOUR_GREYS, WAVESHARE_2IN9_FULL, grouped
from panel_bus import BLACK, WHITE, PanelBus

POWER_ON, PARTIAL, OVERHEAD = 96, 358, 6
# Every pixel in one of the four rows: quarters of the panel by old and new plane.
NEW = (b"\x00" * 25 + b"\xff" * 25) * 300
OLD = bytes(7500) + b"\xff" * 7500
QUARTERS = {0: (slice(0, 150), slice(0, 200)), 1: (slice(0, 150), slice(200, 400)),
            2: (slice(150, 300), slice(0, 200)), 3: (slice(150, 300), slice(200, 400))}  # fmt: skip


def table(rows: dict[int, int], frames: int = 24, rate: int = 5, repeat: int = 1, com: int = 0) -> bytes:
    """A waveform of one phase: VS code by row (2 * old + new), the same frames in all."""
    phase = [(rows.get(index, 0) << 6 | frames) for index in (3, 2, 1, 0)]
    groups = [[(repeat, one, 0, 0, 0, 1, 1)] for one in (com << 6 | frames, *phase)]
    return grouped(groups, rate)


@pytest.fixture
def bus() -> PanelBus:
    """A powered panel, its voltages loaded from OTP, its glass grey, one quarter for each row of a
    waveform."""
    made = PanelBus()
    made.reset()
    made.plane(0x24, NEW)
    made.plane(0x26, OLD)
    made.refresh(0xF8)  # clock, analog, temperature, waveform and voltages of mode 2
    made.glass.reflectance = np.full((300, 400), 0.5, np.float32)
    return made


def tones(bus: PanelBus) -> dict[int, float]:
    return {row: float(bus.glass.reflectance[where].mean()) for row, where in QUARTERS.items()}


def test_counts_are_as_written_and_every_row_of_the_public_tables_sums_to_zero() -> None:
    """GxEPD2_4G measured 5.403 s for the first, of which 235 ms are power-on and power-off (95 and 140
    ms)."""
    steps = decoded(FOUR_GREYS, False)
    assert steps is not None
    assert length_ns(steps) == 5_200_000_000
    assert [net_v_s(steps, row) for row in range(4)] == pytest.approx([0.0] * 4, abs=1e-9)
    short = decoded(BB_EPAPER_GREY, False)
    assert short is not None
    assert length_ns(short) == 980_000_000


def test_a_count_of_zero_leaves_the_group_out() -> None:
    assert decoded(table({1: 1}, repeat=0), False) == ()
    steps = decoded(table({1: 1}, repeat=3), False)
    assert steps is not None
    assert length_ns(steps) == 3 * 24 * 8_000_000


def test_the_ssd1680_counts_one_more() -> None:
    steps = decoded_1680(WAVESHARE_2IN9_FULL)
    assert steps is not None
    assert length_ns(steps) == (28 * 3 + 40 * 2 + 29 * 2) * 10_000_000


def test_a_frame_rate_that_is_not_known_shows_nothing(bus: PanelBus) -> None:
    bus.command(0x32, *table({0: 1}, rate=0))
    bus.refresh(0x0C)
    assert bus.panel.refreshes[-1].waveform is None
    assert "frame rate" in bus.panel.refreshes[-1].reason


def test_voltages_of_04h_and_2ch() -> None:
    assert rails_of(b"\x41\xa8\x32") == Rails(15.0, 5.0, -15.0)
    assert rails_of(b"\x41\xb0\x32") == Rails(15.0, 5.8, -15.0)
    assert rails_of(b"\x23\x00\x3a") == Rails(9.0, 0.0, -17.0)
    assert (vcom_of(b"\x30"), vcom_of(b"\x36")) == (-1.2, -1.35)


def test_vcom_that_is_modulated_counts_against_the_source() -> None:
    """With VCOM at VSH1 a source at VSS pulls to white, and one at VSH1 does nothing."""
    steps = decoded(table({0: 0, 1: 1}, com=1), False)
    assert steps is not None
    assert OTP_RAILS.volts(steps[0])[:2] == (-15.0, 0.0)


@pytest.mark.parametrize("row", range(4))
def test_only_the_row_with_a_voltage_moves_and_by_its_sign(bus: PanelBus, row: int) -> None:
    for code, sign in ((1, -1), (2, 1)):
        bus.glass.reflectance = np.full((300, 400), 0.5, np.float32)
        bus.command(0x32, *table({row: code}, frames=8))
        bus.refresh(0x0C)
        seen = tones(bus)
        assert (seen.pop(row) - 0.5) * sign > 0.05
        assert list(seen.values()) == pytest.approx([0.5] * 3, abs=0.02)


def test_a_waveform_without_voltage_leaves_the_glass(bus: PanelBus) -> None:
    bus.command(0x32, *table({}))
    assert bus.refresh(0x0C) == pytest.approx(OVERHEAD + 192, abs=1)
    assert bus.panel.refreshes[-1].waveform == "custom"
    assert list(tones(bus).values()) == pytest.approx([0.5] * 4, abs=0.02)


def test_the_wrong_polarity_gives_the_inverse(bus: PanelBus) -> None:
    for codes, wanted in (({1: 2, 2: 1}, (1.0, 0.0)), ({1: 1, 2: 2}, (0.0, 1.0))):
        bus.command(0x32, *table(codes, frames=40))
        bus.refresh(0x0C)
        assert (tones(bus)[1], tones(bus)[2]) == pytest.approx(wanted, abs=0.1)


def test_the_other_row_order_is_a_variant(bus: PanelBus) -> None:
    bus.panel.chip = Chip(reverses_rows=True)
    bus.command(0x32, *table({2: 1}, frames=8))
    bus.refresh(0x0C)
    seen = tones(bus)
    assert seen[1] < 0.45
    assert seen[2] == pytest.approx(0.5, abs=0.02)


def test_pulses_add_up_without_reloading(bus: PanelBus) -> None:
    """22h = 0Ch shows what 32h holds, again and again: no clock, no rails, no temperature, no load."""
    bus.glass.reflectance = np.ones((300, 400), np.float32)
    bus.command(0x32, *table({2: 1}, frames=6))
    seen = [1.0]
    for _ in range(3):
        assert bus.refresh(0x0C) == pytest.approx(48 + OVERHEAD, abs=1)
        seen.append(tones(bus)[2])
    assert all(later < before - 0.04 for before, later in pairwise(seen))


@pytest.mark.parametrize(
    ("control", "loads", "busy_ms"),
    [
        (0xFC, True, PARTIAL), (0x1C, True, 270 + OVERHEAD + 5), (0xDC, True, PARTIAL - 5),
        (0x0C, False, 192 + OVERHEAD), (0xCC, False, 192 + 78),
    ],
)  # fmt: skip
def test_which_activation_loads_the_otp(bus: PanelBus, control: int, loads: bool, busy_ms: float) -> None:
    bus.command(0x32, *table({}))
    assert bus.refresh(control) == pytest.approx(busy_ms, abs=1)
    assert bus.panel.refreshes[-1].waveform == ("partial" if loads else "custom")
    bus.refresh(0x0C)  # and what is in the registers afterwards
    assert bus.panel.refreshes[-1].waveform == ("partial" if loads else "custom")


@pytest.mark.parametrize("control", [0xB1, 0xB9, 0x91, 0xC0, 0xE0, 0x83, 0x03])
def test_loads_and_power_show_nothing(bus: PanelBus, control: int) -> None:
    bus.refresh(control)
    assert bus.panel.refreshes[-1].waveform is None
    assert list(tones(bus).values()) == pytest.approx([0.5] * 4, abs=0.02)


def test_b9_loads_the_voltages_and_a_register_waveform_keeps_them(bus: PanelBus) -> None:
    bus.reset()
    bus.refresh(0xB9)
    bus.command(0x32, *table({2: 1}))
    bus.refresh(0xC0)
    assert bus.refresh(0x0C) == pytest.approx(192 + OVERHEAD, abs=1)
    assert tones(bus)[2] < 0.4


def test_the_last_writer_of_the_voltages_wins(bus: PanelBus) -> None:
    bus.command(0x04, 0x00, 0x00, 0x00)  # no rail at all
    bus.command(0x32, *table({2: 1}))
    bus.refresh(0x0C)
    assert tones(bus)[2] == pytest.approx(0.5, abs=0.02)


def test_vcom_of_the_otp_stays_when_only_the_sources_are_written(bus: PanelBus) -> None:
    """A VCOM that was never loaded is 1.2 V off, which moves every pixel that is held."""
    bus.command(0x04, 0x41, 0xA8, 0x32)
    bus.command(0x32, *table({}, frames=60))
    for _ in range(4):
        bus.refresh(0x0C)
    assert list(tones(bus).values()) == pytest.approx([0.5] * 4, abs=0.02)
    bus.command(0x2C, 0x00)
    for _ in range(4):
        bus.refresh(0x0C)
    assert min(tones(bus).values()) > 0.53


def test_without_rails_the_waveform_is_not_shown(bus: PanelBus) -> None:
    bus.refresh(0x83)
    bus.command(0x32, *table({2: 1}))
    assert bus.refresh(0x0C) < 5
    assert bus.panel.refreshes[-1].waveform is None


@pytest.mark.parametrize("overhead_ms", [3, 30, 85])
def test_the_overhead_of_an_activation_is_a_variant(bus: PanelBus, overhead_ms: int) -> None:
    """BUSY alone shows overhead and frame rate; the published length of FCh stays."""
    assert overhead_ms * 1_000_000 in OVERHEADS_NS
    bus.panel.chip = Chip(overhead_ns=overhead_ms * 1_000_000)
    lengths = []
    for frames in (6, 31):
        bus.command(0x32, *table({}, frames=frames))
        lengths.append(bus.refresh(0x0C))
    assert (lengths[1] - lengths[0]) / 25 == pytest.approx(8.0, abs=0.05)
    assert lengths[0] - 48 == pytest.approx(overhead_ms, abs=1)
    assert bus.refresh(0xFC) == pytest.approx(max(PARTIAL, 270 + 10 + overhead_ms), abs=1)


def test_a_chip_that_reloads_shows_the_otp_waveform_with_0c(bus: PanelBus) -> None:
    bus.panel.chip = Chip(reloads=True)
    bus.command(0x32, *table({}, frames=6))
    assert bus.refresh(0x0C) == pytest.approx(270 + 5 + OVERHEAD, abs=1)
    assert bus.panel.refreshes[-1].waveform == "partial"


def test_mode_1_uses_the_rows_of_a_register_waveform(bus: PanelBus) -> None:
    """Where they make the old plane irrelevant, as in Waveshare's full waveform, only the new one is
    shown."""
    bus.command(0x32, *table({0: 1, 2: 1, 1: 2, 3: 2}, frames=40))
    bus.refresh(0x04)
    seen = tones(bus)
    assert [seen[row] > 0.5 for row in range(4)] == [False, True, False, True]


def test_planes_that_swap_do_so_after_a_pulse_too(bus: PanelBus) -> None:
    bus.panel.swaps_planes = True
    bus.plane(0x24, BLACK)
    bus.plane(0x26, WHITE)
    bus.command(0x32, *table({2: 1}, frames=6))
    bus.refresh(0x0C)
    assert (bytes(bus.panel.bw), bytes(bus.panel.red)) == (WHITE, BLACK)
