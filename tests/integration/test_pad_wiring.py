"""test_pad_wiring: nets, timing and floating levels, driven through the chip's registers while it sleeps."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kesu.emulator.board import wiring
from kesu.emulator.board.pad import VirtualPad
from pad_images import SLEEP_WFI, image

IO_BANK0, PADS_BANK0, SIO = 0x4001_4000, 0x4001_C000, 0xD000_0000
CLK_PERI_CTRL = 0x4000_8048
SPI1, I2C1 = 0x4004_0000, 0x4004_8000
SSPCR0, SSPCR1, SSPDR, SSPSR, SSPCPSR = 0x00, 0x04, 0x08, 0x0C, 0x10
PULL_UP, PULL_DOWN = 0x4A, 0x46
FROM_PLL_USB, FROM_CLK_SYS = 1 << 11 | 2 << 5, 1 << 11
SPI_MODE_3, SPI_MODE_0 = 0xC7, 0x07


@pytest.fixture
def pad(tmp_path: Path) -> VirtualPad:
    made = VirtualPad(image(tmp_path, SLEEP_WFI))
    made.power_on()
    made.run_for(5)
    return made


def write(pad: VirtualPad, address: int, value: int) -> None:
    pad.emulator.mcu.write_uint32(address, value)


def read(pad: VirtualPad, address: int) -> int:
    return int(pad.emulator.mcu.read_uint32(address))


def drive(pad: VirtualPad, gpio: int, level: bool) -> None:
    """What machine.Pin(gpio, OUT, value=level) does."""
    write(pad, IO_BANK0 + 8 * gpio + 4, 5)
    write(pad, SIO + (0x14 if level else 0x18), 1 << gpio)
    write(pad, SIO + 0x24, 1 << gpio)


def level(pad: VirtualPad, gpio: int) -> bool:
    return bool(pad.emulator.mcu.gpio[gpio].input_value)


def start_spi(pad: VirtualPad, clock: int, mode: int) -> None:
    """4 = CPSDVSR 4, SCR 1: clk_peri / 8."""
    write(pad, CLK_PERI_CTRL, clock)
    write(pad, SPI1 + SSPCPSR, 4)
    write(pad, SPI1 + SSPCR0, 1 << 8 | mode)
    write(pad, SPI1 + SSPCR1, 2)
    drive(pad, wiring.PANEL_CS, False)
    drive(pad, wiring.PANEL_DC, True)


@pytest.mark.parametrize(
    ("clock", "mode", "byte_ns"),
    [
        (FROM_CLK_SYS, SPI_MODE_3, 8 * 64),
        (FROM_CLK_SYS, SPI_MODE_0, 10 * 64),
        (FROM_PLL_USB, SPI_MODE_3, 8 * 1000 / 6),
        (FROM_PLL_USB, SPI_MODE_0, 10 * 1000 / 6),
    ],
)
def test_an_spi_byte_takes_the_time_of_the_selected_clock(
    pad: VirtualPad, clock: int, mode: int, byte_ns: float
) -> None:
    start_spi(pad, clock, mode)
    assert pad.wiring.spi.byte_ns == round(byte_ns)
    for value in range(4):
        write(pad, SPI1 + SSPDR, value)
    pad.run_for(3.9 * byte_ns / 1e6)
    assert read(pad, SPI1 + SSPSR) & 0x10
    pad.run_for(0.2 * byte_ns / 1e6)
    assert not read(pad, SPI1 + SSPSR) & 0x10
    assert pad.wiring.spi.bytes_sent == 4


def test_the_spi_fifo_fills_drains_and_drops_the_excess(pad: VirtualPad) -> None:
    start_spi(pad, FROM_CLK_SYS, SPI_MODE_3)
    for value in range(9):
        assert read(pad, SPI1 + SSPSR) & 2, f"no room for byte {value}"
        write(pad, SPI1 + SSPDR, value)
    assert not read(pad, SPI1 + SSPSR) & 2
    write(pad, SPI1 + SSPDR, 0xEE)
    assert pad.wiring.spi.bytes_lost == 1
    pad.run_for(1)
    assert pad.wiring.spi.bytes_sent == 9


def test_command_and_data_reach_the_panel_under_the_right_level(pad: VirtualPad) -> None:
    start_spi(pad, FROM_CLK_SYS, SPI_MODE_3)
    drive(pad, wiring.PANEL_RST, False)
    drive(pad, wiring.PANEL_RST, True)
    pad.run_for(10)
    drive(pad, wiring.PANEL_DC, False)
    write(pad, SPI1 + SSPDR, 0x24)
    pad.run_for(0.01)
    drive(pad, wiring.PANEL_DC, True)
    for value in (0xA5, 0x3C):
        write(pad, SPI1 + SSPDR, value)
    pad.run_for(0.01)
    assert pad.panel.bw[:2] == b"\xa5\x3c"
    assert not pad.panel.errors


def test_a_dc_change_during_a_byte_corrupts_it(pad: VirtualPad) -> None:
    start_spi(pad, FROM_CLK_SYS, SPI_MODE_3)
    drive(pad, wiring.PANEL_DC, False)
    before = bytes(pad.panel.bw)
    write(pad, SPI1 + SSPDR, 0x24)
    drive(pad, wiring.PANEL_DC, True)  # 24h has not been shifted out yet: the panel takes it as data
    pad.run_for(0.01)
    write(pad, SPI1 + SSPDR, before[0] ^ 0xFF)
    pad.run_for(0.01)
    assert bytes(pad.panel.bw) == before


def test_busy_of_a_reset_panel_reaches_the_pin_and_falls(pad: VirtualPad) -> None:
    write(pad, PADS_BANK0 + 4 + 4 * wiring.PANEL_BUSY, PULL_DOWN)
    drive(pad, wiring.PANEL_RST, False)
    pad.run_for(1)
    drive(pad, wiring.PANEL_RST, True)
    assert pad.panel.busy
    assert level(pad, wiring.PANEL_BUSY)
    pad.run_until(lambda: not level(pad, wiring.PANEL_BUSY), 50)
    assert not pad.panel.busy


def contact(pad: VirtualPad, name: str) -> tuple[int, Callable[[float], None], Callable[[float], None]]:
    key = pad.hook if name == "HOOK" else pad.keys[name]
    gpio = wiring.HOOK if name == "HOOK" else wiring.KEY_GPIO[name]
    return gpio, key.press, key.release


@pytest.mark.parametrize("name", ["WIPE", "AWAY", "MODE", "HOOK"])
def test_key_is_low_when_pressed_and_floats_when_released(pad: VirtualPad, name: str) -> None:
    gpio, press, release = contact(pad, name)
    write(pad, PADS_BANK0 + 4 + 4 * gpio, PULL_UP)
    assert level(pad, gpio)
    press(0)
    assert not level(pad, gpio)
    release(0)
    assert level(pad, gpio)
    # Firmware without its pull-up has the chip's pull-down and reads the open key as pressed.
    write(pad, PADS_BANK0 + 4 + 4 * gpio, PULL_DOWN)
    assert not level(pad, gpio)


def test_led_and_vbus(pad: VirtualPad) -> None:
    write(pad, PADS_BANK0 + 4 + 4 * wiring.VBUS, PULL_DOWN)
    assert pad.vbus
    assert level(pad, wiring.VBUS)
    assert not pad.led
    drive(pad, wiring.LED, True)
    assert pad.led
    pad.unplug(hold_up_s=1)
    assert not level(pad, wiring.VBUS)


def read_touch(pad: VirtualPad, address: int, register: int, count: int) -> list[int] | None:
    """A write of the register number, then a repeated start and a read, as MicroPython's readfrom_mem."""
    write(pad, I2C1 + 0x6C, 0)
    write(pad, I2C1 + 0x04, address)
    write(pad, I2C1 + 0x14, 156)  # 400 kHz: 312 cycles of 125 MHz
    write(pad, I2C1 + 0x1C, 156)
    write(pad, I2C1 + 0x18, 156)
    write(pad, I2C1 + 0x20, 156)
    write(pad, I2C1 + 0x6C, 1)
    write(pad, I2C1 + 0x10, register)
    for index in range(count):
        last = index == count - 1
        write(pad, I2C1 + 0x10, 0x100 | (0x400 if index == 0 else 0) | (0x200 if last else 0))
    pad.run_for(2)
    if read(pad, I2C1 + 0x34) & 0x40:
        return None
    return [read(pad, I2C1 + 0x10) & 0xFF for _ in range(count)]


def test_touch_chip_answers_at_its_address_only(pad: VirtualPad) -> None:
    drive(pad, wiring.TOUCH_RST, False)
    pad.run_for(10)
    drive(pad, wiring.TOUCH_RST, True)
    pad.run_for(400)
    answer = read_touch(pad, 0x38, 0xA3, 1)
    assert answer == [pad.touch.registers[0xA3]]
    assert answer != [0]
    assert read_touch(pad, 0x39, 0xA3, 1) is None


def test_a_touch_pulls_the_interrupt_line(pad: VirtualPad) -> None:
    write(pad, PADS_BANK0 + 4 + 4 * wiring.TOUCH_INT, PULL_UP)
    drive(pad, wiring.TOUCH_RST, False)
    pad.run_for(10)
    drive(pad, wiring.TOUCH_RST, True)
    pad.run_for(400)
    assert level(pad, wiring.TOUCH_INT)
    pad.touch.finger(100, 50)
    pad.run_until(lambda: not level(pad, wiring.TOUCH_INT), 100, step_ms=0.1)


def test_dma_feeds_the_fifo_at_the_bus_rate_without_loss(pad: VirtualPad) -> None:
    start_spi(pad, FROM_CLK_SYS, SPI_MODE_3)
    write(pad, SPI1 + 0x24, 3)  # SSPDMACR
    pad.sram[0x1000:0x1400] = bytes(range(256)) * 4
    received: list[int] = []
    panel = pad.wiring.spi.on_byte

    def record(value: int) -> int:
        received.append(value)
        return panel(value)

    pad.wiring.spi.on_byte = record
    write(pad, 0x5000_0000, 0x2000_1000)  # channel 0: read address, write address, count
    write(pad, 0x5000_0004, SPI1 + SSPDR)
    write(pad, 0x5000_0008, 1024)
    write(pad, 0x5000_000C, 18 << 15 | 1 << 4 | 1)  # DREQ_SPI1_TX, read increments, byte wide, enabled
    byte_ms = pad.wiring.spi.byte_ns / 1e6
    pad.run_for(1000 * byte_ms)
    assert 995 <= len(received) <= 1000
    pad.run_for(30 * byte_ms)
    assert bytes(received) == bytes(range(256)) * 4
    assert pad.wiring.spi.bytes_lost == 0
