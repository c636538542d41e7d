"""test_ssd1680: how the SSD1680 differs from the SSD1683 (hardware-facts A.0, A.4 to A.6), on both films."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import Film
from kesu.emulator.panel.ssd16xx_waveform import length_ns, net_v_s
from kesu.emulator.panel.ssd1680 import GDEY029T94, WAVESHARE_V2, Ssd1680, decoded
from panel_bus import PanelBus

PLANE = 22 * 296
WHITE, BLACK = b"\xff" * PLANE, bytes(PLANE)
POWER_ON = 95.9

# The vendor's partial waveform as decoded in hardware-facts A.4: groups of 10, 1 and 1 frames, code 2.
VENDOR = bytearray(153)
for lut, levels in enumerate(((0x00, 0x40), (0x80, 0x80), (0x40, 0x40), (0x00, 0x80))):
    VENDOR[lut * 12 : lut * 12 + 2] = bytes(levels)
for group, frames in enumerate((10, 1, 1)):
    VENDOR[60 + 7 * group] = frames
VENDOR[144:150] = b"\x22" * 6


class Bus(PanelBus):
    """The same bus with an SSD1680 at its end."""

    def __init__(self, film: Film = GDEY029T94, **options: Any) -> None:
        super().__init__()
        self.glass = Glass(296, 128)
        self.panel = Ssd1680(self.clock, self.glass, film=film, **options)  # type: ignore[assignment]  # another controller
        self.panel.set_cs(False)
        self.reset()
        self.fill(0x24, WHITE)
        self.fill(0x26, WHITE)

    def fill(self, op: int, data: bytes) -> None:
        self.command(0x11, 0x03)
        self.window(0, 21, 0, 295, at=(0, 0))
        self.command(op)
        self.panel.transfer_block(data)
        self.command(0x7F)

    def show(self, control: int, *, option: int = 0x00, sources: int = 0x80) -> float:
        self.command(0x18, 0x80)
        self.command(0x21, option, sources)
        self.command(0x22, control)
        self.command(0x20)
        return self.wait()


@pytest.fixture(params=[GDEY029T94, WAVESHARE_V2], ids=lambda film: film.name)
def any_film(request: pytest.FixtureRequest) -> Bus:
    return Bus(request.param)


def dot(*, source: int, gate: int) -> bytes:
    """White except for the byte of one source at one gate."""
    plane = bytearray(WHITE)
    plane[gate * 22 + source // 8] &= ~(0x80 >> source % 8)
    return bytes(plane)


def black_pixels(bus: Bus) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(bus.glass.reflectance < 0.5)
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def test_both_planes_hold_176_sources_and_start_as_noise() -> None:
    panel = Bus().panel
    assert len(panel.bw) == len(panel.red) == PLANE
    panel.power_loss()
    assert 2_600 < sum(byte.bit_count() for byte in panel.bw) / 8 < 3_900
    assert panel.bw != panel.red


@pytest.mark.parametrize(("source", "gate", "x", "y"), [(0, 0, 0, 127), (127, 0, 0, 0), (5, 295, 295, 122)])
def test_the_page_is_rotated(any_film: Bus, source: int, gate: int, x: int, y: int) -> None:
    any_film.fill(0x24, dot(source=source, gate=gate))
    any_film.show(0xF4, option=0x40)
    assert black_pixels(any_film) == [(x, y)]
    assert np.argwhere(any_film.panel.page() == 0).tolist() == [[y, x]]


def test_without_the_second_byte_of_21h_the_picture_is_8_sources_off(any_film: Bus) -> None:
    any_film.fill(0x24, dot(source=16, gate=7))
    any_film.show(0xF4, option=0x40, sources=0x00)
    assert black_pixels(any_film) == [(7, 127 - 8)]
    any_film.show(0xF4, option=0x40, sources=0x80)
    assert black_pixels(any_film) == [(7, 127 - 16)]


def test_gate_first_entry_fills_a_strip(any_film: Bus) -> None:
    """11h = 06h: sources down, gates up, gates first: how the driver sends the page in strips."""
    any_film.command(0x11, 0x06)
    any_film.window(15, 0, 0, 295, at=(15, 0))
    any_film.command(0x24)
    any_film.panel.transfer_block(bytes([0x01]) * 296 + bytes([0x02]) * 10)
    any_film.command(0x7F)
    plane = np.frombuffer(bytes(any_film.panel.bw), np.uint8).reshape(296, 22)
    assert (plane[:, 15] == 0x01).all()
    assert (plane[:10, 14] == 0x02).all()
    assert (plane[10:, 14] == 0xFF).all()


@pytest.mark.parametrize(
    ("film", "control", "option", "busy_ms", "waveform"),
    [
        (GDEY029T94, 0xFC, 0x00, 362, "partial"),
        (GDEY029T94, 0xF4, 0x40, 3155, "full"),
        (WAVESHARE_V2, 0xF4, 0x40, 4012, "full"),
    ],
)
def test_refresh_times_are_as_published(
    film: Film, control: int, option: int, busy_ms: float, waveform: str
) -> None:
    bus = Bus(film)
    assert bus.show(0xE0) == pytest.approx(POWER_ON, abs=6)
    assert bus.show(control, option=option) == pytest.approx(busy_ms, abs=1)
    assert bus.panel.refreshes[-1].waveform == waveform
    assert bus.show(0x83) == pytest.approx(140, abs=1)


def test_the_fast_waveform_is_chosen_by_two_bytes_of_sixteenths() -> None:
    bus = Bus()
    bus.show(0xE0)
    bus.command(0x1A, 0x64, 0x00)
    assert bus.show(0xD4, option=0x40) == pytest.approx(1715, abs=1)
    bus.command(0x1A, 0x06, 0x40)  # 6.25 degrees: the normal waveform
    assert bus.show(0xD4, option=0x40) == pytest.approx(3155 - 5, abs=1)  # no temperature is read
    assert bus.panel.refreshes[-1].waveform == "full"


@pytest.mark.parametrize(("control", "temperature"), [(0xFC, None), (0xD4, 0x64)])
def test_the_older_film_has_no_partial_or_fast_waveform(control: int, temperature: int | None) -> None:
    bus = Bus(WAVESHARE_V2)
    if temperature is not None:
        bus.command(0x1A, temperature, 0x00)
    bus.fill(0x24, BLACK)
    assert bus.show(control, option=0x40 if temperature else 0x00) < 225
    assert bus.panel.refreshes[-1].waveform is None
    assert black_pixels(bus) == []


def test_temperature_is_read_back_in_sixteenths() -> None:
    bus = Bus(temperature_c=-3.0)
    bus.show(0xB1)
    bus.command(0x1B)
    assert [bus.panel.transfer(0), bus.panel.transfer(0)] == [0xFD, 0x00]


def test_the_vendors_partial_waveform_is_12_frames_at_50_hz() -> None:
    steps = decoded(bytes(VENDOR))
    assert steps is not None
    assert length_ns(steps) == 240_000_000
    repeated = bytearray(VENDOR)
    repeated[66] = 2  # RP of the first group: the 32 frames that were measured
    steps = decoded(bytes(repeated))
    assert steps is not None
    assert length_ns(steps) == 640_000_000


def test_the_vendors_partial_waveform_drives_unchanged_pixels() -> None:
    """Unchanged white gets a frame of VSL each time: the reason for the firmware's own waveform."""
    steps = decoded(bytes(VENDOR))
    assert steps is not None
    assert [net_v_s(steps, row) for row in range(4)] == pytest.approx([0.3, -3.3, 3.3, -0.3])


def test_a_register_lut_makes_a_partial_refresh_on_both_films(any_film: Bus) -> None:
    any_film.command(0x32, *VENDOR)
    any_film.fill(0x24, dot(source=3, gate=100))
    assert any_film.show(0xCC) == pytest.approx(POWER_ON + 240 + 6, abs=2)
    assert any_film.panel.refreshes[-1].waveform == "custom"
    assert black_pixels(any_film) == [(100, 124)]


@pytest.mark.parametrize("fault", ["nothing timed", "no rate"])
def test_a_lut_that_cannot_show_a_picture_shows_none(any_film: Bus, fault: str) -> None:
    lut = bytearray(VENDOR)
    if fault == "nothing timed":
        lut[60:144] = bytes(84)
    else:
        lut[144:150] = bytes(6)
    any_film.command(0x32, *lut)
    any_film.fill(0x24, BLACK)
    any_film.show(0xCC)
    assert any_film.panel.refreshes[-1].waveform is None
    assert black_pixels(any_film) == []


def test_a_lut_the_wrong_way_round_drives_the_wrong_way(any_film: Bus) -> None:
    lut = bytearray(VENDOR)
    lut[12:24], lut[24:36] = lut[24:36], lut[12:24]
    any_film.command(0x32, *lut)
    any_film.fill(0x24, BLACK)
    any_film.show(0xCC)
    assert black_pixels(any_film) == []
    any_film.fill(0x24, WHITE)
    any_film.fill(0x26, BLACK)
    any_film.show(0xCC)
    assert len(black_pixels(any_film)) == 296 * 128


def test_one_byte_of_1ah_is_enough() -> None:
    """GxEPD2_290_GDEY029T94 sends only the whole degrees."""
    bus = Bus()
    bus.show(0xE0)
    bus.command(0x1A, 0x64)
    bus.show(0xD4, option=0x40)
    assert bus.panel.refreshes[-1].waveform == "fast"


@pytest.mark.parametrize("how", ["RST", "SWRESET", "power"])
def test_the_source_output_mode_outlasts_rst_only(any_film: Bus, how: str) -> None:
    """The vendor's partial refresh pulses RST and does not write 21h again; its picture is not shifted."""
    any_film.command(0x21, 0x40, 0x80)
    if how == "RST":
        any_film.reset()
    elif how == "SWRESET":
        any_film.command(0x12)
        any_film.wait()
    else:
        any_film.panel.power_loss()
    assert any_film.panel.registers()["21"] == (b"\x00\x80" if how == "RST" else b"\x00\x00")


def test_loading_the_otp_replaces_a_register_lut(any_film: Bus) -> None:
    any_film.command(0x32, *VENDOR)
    any_film.show(0xF4, option=0x40)
    any_film.show(0xC4, option=0x40)
    assert any_film.panel.refreshes[-1].waveform == "full"


def test_a_reset_keeps_the_planes(any_film: Bus) -> None:
    image = dot(source=50, gate=60)
    any_film.fill(0x24, image)
    any_film.reset()
    assert bytes(any_film.panel.bw) == image
    assert any_film.panel.errors == []


def test_contents_are_the_ram_followed_by_the_page_in_rows(any_film: Bus) -> None:
    any_film.fill(0x24, dot(source=127, gate=9))
    any_film.show(0x83)
    contents = any_film.panel.contents(any_film.panel.bw)
    assert contents[:PLANE] == bytes(any_film.panel.bw)
    assert contents[PLANE:] == bytes([0xFF, 0xBF]) + b"\xff" * (37 * 128 - 2)
