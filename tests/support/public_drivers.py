"""public_drivers: what public drivers send to these panels, as sequences of commands; facts, each with its
source.

Each shows a first picture with its full refresh and the others as it updates a screen. Pictures are in RAM
order, 1 white.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kesu.emulator.core.clock import NS_PER_MS
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import Film
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd1680 import GDEY029T94, WAVESHARE_V2, Ssd1680
from kesu.emulator.panel.ssd1683 import GDEY042T81, Ssd1683
from kesu_dev.film_bands.public_waveforms import (
    BB_EPAPER_GREY,
    FOUR_GREYS,
    WAVESHARE_2IN9_FULL,
    WAVESHARE_2IN9_PARTIAL,
)
from manual_clock import ManualClock

LONGEST_MS = 20_000


class Wire:
    """A panel with one film, and a driver's side of its wires."""

    def __init__(self, film: Film) -> None:
        self.clock = ManualClock()
        large = film is GDEY042T81
        self.glass = Glass(400, 300) if large else Glass(296, 128)
        chip = Ssd1683 if large else Ssd1680
        self.panel: Ssd16xx = chip(self.clock, self.glass, film=film)
        self.panel.set_cs(False)
        self.last_x, self.last_y = (49, 299) if large else (15, 295)

    def send(self, op: int, *data: int) -> None:
        """A command with its data."""
        self.panel.set_dc(False)
        self.panel.transfer(op)
        self.panel.set_dc(True)
        for byte in data:
            self.panel.transfer(byte)

    def block(self, op: int, data: bytes) -> None:
        """A command with many bytes."""
        self.send(op)
        self.panel.transfer_block(data)

    def window(self) -> None:
        """44h, 45h, 4Eh, 4Fh: all of the glass from its first corner."""
        self.send(0x44, 0, self.last_x)
        self.send(0x45, 0, 0, self.last_y & 255, self.last_y >> 8)
        self.send(0x4E, 0)
        self.send(0x4F, 0, 0)

    def picture(self, op: int, data: bytes) -> None:
        """A whole plane; drivers that do not set the counters again rely on their wrap."""
        self.window()
        self.block(op, data)

    def show(self, control: int) -> float:
        """22h, 20h, and wait for BUSY; ms."""
        self.send(0x22, control)
        self.send(0x20)
        return self.wait()

    def wait(self) -> float:
        """Wait until BUSY is low; ms."""
        start = self.clock.now_ns
        while self.panel.busy:
            self.clock.advance_ms(1)
            assert self.clock.now_ns - start < LONGEST_MS * NS_PER_MS
        return (self.clock.now_ns - start) / NS_PER_MS

    def reset(self, ms: float = 2) -> None:
        """A pulse of RST, and SWRESET's place is the driver's."""
        self.panel.set_rst(False)
        self.clock.advance_ms(ms)
        self.panel.set_rst(True)
        self.wait()


Pictures = Sequence[bytes]


@dataclass(frozen=True)
class Replay:
    """source: repository, commit and file. shows: sends all pictures, the last one stays. needs: a behaviour
    of the controller without which the last picture is not right, and why that is no mistake of the model."""

    name: str
    source: str
    film: Film
    shows: Callable[[Wire, Pictures], None]
    needs: str = ""


def _start(wire: Wire) -> None:
    wire.reset()
    wire.send(0x12)
    wire.wait()


def _gxepd2(wire: Wire, pictures: Pictures) -> None:
    large = wire.panel.film is GDEY042T81
    _start(wire)
    wire.send(0x01, wire.last_y & 255, wire.last_y >> 8, 0)
    wire.send(0x3C, 0x01 if large else 0x05)
    if not large:
        wire.send(0x21, 0x00, 0x80)
    wire.send(0x18, 0x80)
    wire.send(0x11, 0x03)
    wire.picture(0x26, pictures[0])
    wire.picture(0x24, pictures[0])
    if large:
        wire.send(0x21, 0x40, 0x00)
    wire.send(0x1A, 0x6E if large else 0x64)
    wire.show(0xD7)
    for picture in pictures[1:]:
        wire.picture(0x24, picture)
        if large:
            wire.send(0x21, 0x00, 0x00)
        wire.show(0xFC)
        wire.picture(0x26, picture)
        wire.picture(0x24, picture)


def _gxepd2_v2(wire: Wire, pictures: Pictures) -> None:
    _start(wire)
    wire.send(0x01, 0x27, 0x01, 0x00)
    wire.send(0x11, 0x03)
    wire.send(0x3C, 0x05)
    wire.send(0x21, 0x00, 0x80)
    wire.send(0x18, 0x80)
    wire.picture(0x26, pictures[0])
    wire.picture(0x24, pictures[0])
    wire.show(0xF7)
    lut = bytearray(WAVESHARE_2IN9_PARTIAL)
    lut[66] = 2  # its table repeats the first group twice more
    wire.block(0x32, bytes(lut))
    for picture in pictures[1:]:
        wire.picture(0x24, picture)
        wire.show(0xCC)
        wire.picture(0x26, picture)
        wire.picture(0x24, picture)


def _waveshare_4in2(wire: Wire) -> None:
    _start(wire)
    wire.send(0x21, 0x40, 0x00)
    wire.send(0x3C, 0x05)


def _waveshare_4in2_full(wire: Wire, pictures: Pictures) -> None:
    _waveshare_4in2(wire)
    wire.send(0x11, 0x03)
    wire.window()
    for picture in pictures:
        wire.block(0x24, picture)
        wire.block(0x26, picture)
        wire.show(0xF7)


def _waveshare_4in2_fast(degrees: int) -> Callable[[Wire, Pictures], None]:
    def shows(wire: Wire, pictures: Pictures) -> None:
        _waveshare_4in2(wire)
        wire.send(0x1A, degrees)
        wire.show(0x91)
        wire.send(0x11, 0x03)
        wire.window()
        for picture in pictures:
            wire.block(0x24, picture)
            wire.block(0x26, picture)
            wire.show(0xC7)

    return shows


def _waveshare_4in2_partial(wire: Wire, pictures: Pictures) -> None:
    _waveshare_4in2_full(wire, pictures[:1])
    for picture in pictures[1:]:
        wire.send(0x3C, 0x80)
        wire.send(0x21, 0x00, 0x00)
        wire.picture(0x24, picture)
        wire.show(0xFF)


def _bb_epaper_fast(wire: Wire, pictures: Pictures) -> None:
    for picture in pictures:
        wire.send(0x12)
        wire.wait()
        wire.send(0x21, 0x40, 0x00)
        wire.send(0x3C, 0x05)
        wire.send(0x1A, 0x6E)
        wire.show(0x91)
        wire.send(0x11, 0x03)
        wire.picture(0x24, picture)
        wire.show(0xC7)


def _adafruit_mono(wire: Wire, pictures: Pictures) -> None:
    for picture in pictures:
        _start(wire)
        wire.send(0x21, 0x40, 0x00)
        wire.send(0x3C, 0x05)
        wire.send(0x11, 0x03)
        wire.window()
        wire.send(0x01, 0x2B, 0x01, 0x00)
        wire.block(0x24, picture)
        wire.show(0xF7)
        wire.send(0x10, 0x01)


def _esphome_42v2(wire: Wire, pictures: Pictures) -> None:
    _waveshare_4in2(wire)
    wire.send(0x1A, 0x5A)
    wire.show(0x91)
    wire.send(0x11, 0x03)
    wire.window()
    wire.block(0x24, b"\xff" * 15_000)
    wire.block(0x26, b"\xff" * 15_000)
    wire.show(0xC7)
    for picture in pictures:
        wire.reset(10)
        wire.block(0x24, picture)
        wire.block(0x26, picture)
        wire.show(0xC7)
        wire.send(0x10, 0x01)


def _esphome_ssd1683(wire: Wire, pictures: Pictures) -> None:
    _start(wire)
    wire.send(0x18, 0x80)
    wire.send(0x11, 0x03)
    for index, picture in enumerate(pictures):
        wire.picture(0x26, picture)
        wire.picture(0x24, picture)
        wire.send(0x3C, 0x80 if index else 0x01)
        wire.send(0x21, 0x80 if index else 0x40, 0x00)
        wire.show(0xFC if index else 0xF7)


def _zephyr(wire: Wire, pictures: Pictures) -> None:
    _start(wire)
    wire.send(0x01, 0x2B, 0x01, 0x00)
    wire.show(0x80)
    wire.send(0x1A, 25)
    wire.show(0x01)
    wire.send(0x11, 0x03)
    wire.picture(0x26, b"\xff" * 15_000)
    for picture in pictures:
        wire.send(0x11, 0x03)
        wire.picture(0x24, picture)
        wire.show(0xD7)


def _waveshare_2in9(full: Callable[[Wire], None]) -> Callable[[Wire, Pictures], None]:
    def shows(wire: Wire, pictures: Pictures) -> None:
        _start(wire)
        wire.send(0x01, 0x27, 0x01, 0x00)
        wire.send(0x11, 0x03)
        wire.window()
        wire.send(0x21, 0x00, 0x80)
        full(wire)
        wire.picture(0x24, pictures[0])
        wire.picture(0x26, pictures[0])
        wire.show(0xC7 if full is _register_full else 0xF7)
        for picture in pictures[1:]:
            wire.reset()
            _registers(wire, WAVESHARE_2IN9_PARTIAL, 0xB0)
            wire.send(0x37, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0)
            wire.send(0x3C, 0x80)
            wire.show(0xC0)
            wire.picture(0x24, picture)
            wire.show(0x0F)

    return shows


def _registers(wire: Wire, lut: bytes, vsh2: int) -> None:
    wire.block(0x32, lut)
    wire.send(0x3F, 0x22)
    wire.send(0x03, 0x17)
    wire.send(0x04, 0x41, vsh2, 0x32)
    wire.send(0x2C, 0x36)


def _register_full(wire: Wire) -> None:
    _registers(wire, WAVESHARE_2IN9_FULL, 0x00)


def _otp_full(_wire: Wire) -> None:
    """Nothing: F7h loads it."""


SWAP = "planes that swap: it never writes 26h again, so what a later picture erases stays without them"
KEPT = "a waveform that outlasts RST: it loads one at its start only; the model takes the case in which RST loses it"

REPLAYS = (
    Replay("GxEPD2 GDEY042T81", "ZinggJM/GxEPD2 de82887 GxEPD2_420_GDEY042T81.cpp", GDEY042T81, _gxepd2),
    Replay("GxEPD2 GDEY029T94", "ZinggJM/GxEPD2 de82887 GxEPD2_290_GDEY029T94.cpp", GDEY029T94, _gxepd2),
    Replay("GxEPD2 T94 V2", "ZinggJM/GxEPD2 de82887 GxEPD2_290_T94_V2.cpp", WAVESHARE_V2, _gxepd2_v2),
    Replay(
        "Waveshare 4.2 V2, full",
        "waveshareteam/Pico_ePaper_Code c9bcd84 Pico-ePaper-4.2_V2.py",
        GDEY042T81,
        _waveshare_4in2_full,
    ),
    Replay("Waveshare 4.2 V2, 1.5 s", "the same, mode 1.5 s", GDEY042T81, _waveshare_4in2_fast(0x6E)),
    Replay("Waveshare 4.2 V2, 1 s", "the same, mode 1 s", GDEY042T81, _waveshare_4in2_fast(0x5A)),
    Replay("Waveshare 4.2 V2, partial", "the same", GDEY042T81, _waveshare_4in2_partial, needs=SWAP),
    Replay("bb_epaper, fast", "bitbank2/bb_epaper 71f6e70 bb_ep.inl", GDEY042T81, _bb_epaper_fast),
    Replay(
        "Adafruit, mono",
        "adafruit/Adafruit_EPD 0c643e3 ThinkInk_420_Grayscale4_MFGN.h",
        GDEY042T81,
        _adafruit_mono,
    ),
    Replay("ESPHome 4.20in-v2", "esphome 0d040b4 waveshare_42v2.cpp", GDEY042T81, _esphome_42v2, needs=KEPT),
    Replay("ESPHome SSD1683", "esphome 09e2c90 epaper_spi_ssd1683.cpp", GDEY042T81, _esphome_ssd1683),
    Replay("Zephyr", "zephyr 88c37ea drivers/display/ssd16xx.c", GDEY042T81, _zephyr),
    Replay(
        "Waveshare 2.9 V2, own waveforms",
        "waveshareteam/e-Paper 86aa993 epd2in9_V2.py; esphome 25bb73f epaper_waveshare_2p9_v2.cpp",
        WAVESHARE_V2,
        _waveshare_2in9(_register_full),
    ),
    Replay(
        "Waveshare CapTouch",
        "waveshareteam/Pico_CapTouch_ePaper, Pico_CapTouch_ePaper_Test_2in9.py",
        WAVESHARE_V2,
        _waveshare_2in9(_otp_full),
    ),
)

GREYS = ("white", "light", "dark", "black")


@dataclass(frozen=True)
class FourGreys:
    """A driver that shows four greys with a waveform of its own. planes: bits of 26h and 24h that it sends
    for white, light, dark and black; option: its first byte of 21h."""

    name: str
    source: str
    lut: bytes
    planes: tuple[tuple[int, int], ...]
    option: int

    def shows(self, wire: Wire) -> None:
        """Four bands, from white to black, of 75 gates each."""
        _start(wire)
        wire.send(0x18, 0x80)
        wire.send(0x21, self.option, 0x00)
        wire.send(0x11, 0x03)
        wire.block(0x32, self.lut)
        if self.lut is FOUR_GREYS:
            wire.send(0x3F, 0x07)
            wire.send(0x03, 0x17)
            wire.send(0x04, 0x41, 0xA8, 0x32)
            wire.send(0x2C, 0x30)
        for op, which in ((0x26, 0), (0x24, 1)):
            wire.picture(op, b"".join((b"\xff" if band[which] else b"\0") * 50 * 75 for band in self.planes))
        wire.show(0xCF)


FOUR = (
    FourGreys(
        "Waveshare 4.2 V2",
        "waveshareteam/Pico_ePaper_Code c9bcd84; its gray1 is darkgray",
        FOUR_GREYS,
        ((1, 1), (1, 0), (0, 1), (0, 0)),
        0x00,
    ),
    FourGreys(
        "GxEPD2_4G",
        "ZinggJM/GxEPD2_4G de00616: sends the inverse, and 21h inverts both",
        FOUR_GREYS,
        ((0, 0), (0, 1), (1, 0), (1, 1)),
        0x88,
    ),
    FourGreys(
        "Adafruit",
        "adafruit/Adafruit_EPD 0c643e3: layers 00 white, 01 light, 10 dark, 11 black, both sent inverted",
        FOUR_GREYS,
        ((1, 1), (1, 0), (0, 1), (0, 0)),
        0x00,
    ),
    FourGreys(
        "bb_epaper",
        "bitbank2/bb_epaper 71f6e70: black 11, dark 01, light 10, white 00",
        BB_EPAPER_GREY,
        ((0, 0), (1, 0), (0, 1), (1, 1)),
        0x00,
    ),
)
