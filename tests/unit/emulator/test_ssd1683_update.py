"""test_ssd1683_update: BUSY times and resulting picture of each kind of update, hardware-facts A.3 to A.6."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import numpy as np
import pytest
from panel_bus import BLACK, PLANE, WHITE, PanelBus

POWER_ON, POWER_OFF, PARTIAL, FAST, FULL = 96, 268, 358, 1140, 2000
# A note: three black bytes on line 100, columns 80 to 103.
NOTE = WHITE[: 100 * 50 + 10] + bytes(3) + WHITE[100 * 50 + 13 :]
NOTE_PIXELS = (100, slice(80, 104))
ELSEWHERE = (200, slice(80, 104))


@pytest.fixture
def bus() -> PanelBus:
    made = PanelBus()
    made.reset()
    made.plane(0x24, WHITE)
    made.plane(0x26, WHITE)
    return made


def power_on(bus: PanelBus) -> None:
    assert bus.refresh(0xE0) == pytest.approx(POWER_ON, rel=0.1)


def test_power_on_and_off(bus: PanelBus) -> None:
    power_on(bus)
    assert bus.refresh(0x83) == pytest.approx(POWER_OFF, rel=0.02)
    assert bus.refresh(0x83) < 10
    assert [refresh.waveform for refresh in bus.panel.refreshes] == [None] * 3


@pytest.mark.parametrize(
    ("control", "option", "busy_ms", "waveform"),
    [(0xFC, 0x00, PARTIAL, "partial"), (0xF4, 0x40, FULL, "full")],
)
def test_updates_of_a_powered_panel(
    bus: PanelBus, control: int, option: int, busy_ms: float, waveform: str
) -> None:
    power_on(bus)
    assert bus.refresh(control, option=option) == pytest.approx(busy_ms, abs=1)
    assert bus.panel.refreshes[-1].waveform == waveform
    assert bus.panel.refreshes[-1].duration_ms == pytest.approx(busy_ms, abs=1)


def test_update_from_cold_and_back(bus: PanelBus) -> None:
    assert bus.refresh(0xF7, option=0x40) == pytest.approx(POWER_ON + FULL + POWER_OFF, abs=2)


def test_fast_full_is_chosen_by_the_temperature_register(bus: PanelBus) -> None:
    power_on(bus)
    bus.command(0x1A, 0x6E)
    assert bus.refresh(0xD4, option=0x40) == pytest.approx(FAST, abs=1)
    assert bus.panel.refreshes[-1].waveform == "fast"
    # With the load bit the sensor overwrites the register, so this is a normal full refresh.
    bus.command(0x1A, 0x6E)
    assert bus.refresh(0xF4, option=0x40) == pytest.approx(FULL, abs=1)


@pytest.mark.parametrize("temperature_c", [-10.0, 60.0])
def test_a_missing_waveform_for_the_temperature_skips_silently(temperature_c: float) -> None:
    bus = PanelBus(temperature_c=temperature_c)
    bus.reset()
    bus.plane(0x24, BLACK)
    bus.plane(0x26, BLACK)
    assert 85 <= bus.refresh(0xF4, option=0x40) <= 225  # as published (hardware-facts A.3)
    assert bus.panel.refreshes[-1].waveform is None
    assert "degrees" in bus.panel.refreshes[-1].reason
    assert float(bus.glass.reflectance.min()) == 1.0
    bus.panel.temperature_c = 25.0
    bus.glass.fit(bus.glass.sample, 25.0)
    bus.refresh(0xF4, option=0x40)
    assert float(bus.glass.reflectance.max()) < 0.1


def test_without_a_selected_sensor_the_update_is_skipped(bus: PanelBus) -> None:
    # 18h = 48h asks for an external sensor, which the module lacks; 1Ah is then still 7Fh.
    bus.command(0x18, 0x48)
    bus.command(0x22, 0xF4)
    bus.command(0x20)
    bus.wait()
    assert bus.panel.refreshes[-1].waveform is None


def test_a_module_reads_its_own_sensor_unless_another_is_selected(bus: PanelBus) -> None:
    """Waveshare's and Adafruit's drivers never write 18h, and their modules show a picture."""
    bus.command(0x21, 0x40, 0x00)
    bus.command(0x22, 0xF7)
    bus.command(0x20)
    bus.wait()
    assert bus.panel.refreshes[-1].waveform == "full"


@pytest.mark.parametrize(("degrees", "drive_ms"), [(0x5A, 553), (0x64, 1057), (0x6E, 1057)])
def test_the_vendors_fast_waveforms_are_at_90_to_110_degrees(
    bus: PanelBus, degrees: int, drive_ms: float
) -> None:
    """1Ah, then 22h = 91h loads the waveform and C7h shows it: Waveshare's fast mode, which takes 1 or 1.5
    s."""
    bus.command(0x1A, degrees)
    assert bus.refresh(0x91) < 10
    lasted = bus.refresh(0xC7, option=0x40)
    assert bus.panel.refreshes[-1].waveform == "fast"
    assert lasted == pytest.approx(POWER_ON + drive_ms + POWER_OFF + 6, abs=1)
    assert lasted == pytest.approx(1_000 if degrees == 0x5A else 1_500, rel=0.09)


def test_without_clock_and_analog_nothing_is_drawn(bus: PanelBus) -> None:
    bus.plane(0x24, NOTE)
    assert bus.refresh(0x3C) < 20
    assert bus.panel.refreshes[-1].waveform is None
    assert float(bus.glass.reflectance.min()) == 1.0
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance.min()) < 0.1


def test_differential_drives_only_where_the_planes_differ(bus: PanelBus) -> None:
    bus.plane(0x24, NOTE)
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance[NOTE_PIXELS].max()) < 0.05
    assert float(bus.glass.reflectance[ELSEWHERE].min()) == 1.0
    # The commonest driver bug: the old plane was not updated, so white on white drives nothing.
    bus.plane(0x24, WHITE)
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance[NOTE_PIXELS].max()) < 0.05
    # With equal planes it disappears except for a residue.
    bus.plane(0x26, NOTE)
    bus.refresh(0xFC)
    left = 1.0 - bus.glass.reflectance[NOTE_PIXELS]
    assert 0.001 < float(left.max()) < 0.06


def test_old_plane_as_complement_drives_every_pixel_to_white(bus: PanelBus) -> None:
    bus.glass.reflectance = np.zeros((300, 400), np.float32)
    bus.plane(0x26, BLACK)
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance.min()) > 0.94


def test_ping_pong_updates_the_old_plane(bus: PanelBus) -> None:
    bus.command(0x37, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0)
    bus.plane(0x24, NOTE)
    bus.refresh(0xFC)
    assert bytes(bus.panel.red) == NOTE
    bus.plane(0x24, WHITE)
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance[NOTE_PIXELS].min()) > 0.9


def test_the_whole_panel_is_refreshed_whatever_the_window(bus: PanelBus) -> None:
    bus.plane(0x24, NOTE)
    bus.window(0, 1, 0, 7, at=(0, 0))
    bus.refresh(0xFC)
    assert float(bus.glass.reflectance[NOTE_PIXELS].max()) < 0.05


def test_full_refresh_superimposes_red_unless_bypassed(bus: PanelBus) -> None:
    bus.plane(0x26, NOTE)
    bus.refresh(0xF4, option=0x00)
    assert float(bus.glass.reflectance[NOTE_PIXELS].max()) < 0.05
    bus.refresh(0xF4, option=0x40)
    assert float(bus.glass.reflectance[NOTE_PIXELS].min()) > 0.95


def test_inverse_and_bypass_of_the_bw_plane(bus: PanelBus) -> None:
    bus.refresh(0xF4, option=0x48)
    assert float(bus.glass.reflectance.max()) < 0.05
    bus.refresh(0xF4, option=0x40)
    assert float(bus.glass.reflectance.min()) > 0.95
    bus.refresh(0xF4, option=0x44)
    assert float(bus.glass.reflectance.max()) < 0.05


def test_a_hardware_reset_leaves_a_partial_transition(bus: PanelBus) -> None:
    power_on(bus)
    bus.plane(0x24, NOTE)
    bus.command(0x22, 0xFC)
    bus.command(0x20)
    bus.clock.advance_ms(86 + 45)
    halfway = bus.glass.reflectance[NOTE_PIXELS].copy()
    assert 0.3 < float(halfway.mean()) < 0.9
    bus.reset()
    bus.clock.advance_ms(5_000)
    assert np.allclose(bus.glass.reflectance[NOTE_PIXELS], halfway, atol=0.03)
    assert bus.panel.refreshes[-1].aborted
    assert bytes(bus.panel.bw) == NOTE


def test_reset_turns_the_supplies_off(bus: PanelBus) -> None:
    power_on(bus)
    bus.reset()
    bus.refresh(0x3C)
    assert bus.panel.refreshes[-1].waveform is None


def test_writes_during_a_waveform_do_not_change_it(bus: PanelBus) -> None:
    bus.plane(0x24, NOTE)
    bus.command(0x18, 0x80)
    bus.command(0x22, 0xFC)
    bus.command(0x20)
    bus.plane(0x24, WHITE)
    bus.command(0x20)
    bus.wait()
    assert len([error for error in bus.panel.errors if error.op == 0x20]) == 1
    assert len(bus.panel.refreshes) == 1
    assert bytes(bus.panel.bw) == WHITE
    assert float(bus.glass.reflectance[NOTE_PIXELS].max()) < 0.05


def test_the_gate_scan_direction_flips_the_picture(bus: PanelBus) -> None:
    bus.command(0x01, 0x2B, 0x01, 0x01)
    bus.plane(0x24, NOTE)
    bus.refresh(0xF4, option=0x40)
    assert float(bus.glass.reflectance[299 - 100, 80:104].max()) < 0.05


def test_the_busy_pin_reports_both_edges(bus: PanelBus) -> None:
    bus.edges.clear()
    bus.refresh(0xFC)
    assert [level for _, level in bus.edges] == [True, False]
    assert bus.edges[1][0] - bus.edges[0][0] == pytest.approx(POWER_ON + PARTIAL, abs=1)
    assert len(bus.panel.bw) == PLANE
