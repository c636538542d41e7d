"""ssd1683: model of the 4.2 inch pad's panel controller, with its GDEY042T81 film."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from numpy.typing import NDArray

from kesu.emulator.core.clock import Clock
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import Film, published
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_refresh import Pixel
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd16xx_waveform import MOST_STEPS, ROWS, Step, merged
from kesu.spec.controllers import CONTROLLERS

GDEY042T81 = published("4in2", "GDEY042T81")

# Register LUT (hardware-facts A.4): LUTC and four rows, each of six 7-byte groups; 14 bytes that are not
# used; the frame rate code; XON.
LUT_LENGTH = 227
GROUPS, _GROUP_BYTES = 6, 7
_TABLE_BYTES = GROUPS * _GROUP_BYTES
_RATE = 224
FRAME_RATES_HZ = CONTROLLERS["SSD1683"].frame_hz

# Parameter counts of the registers, with their values at power on (hardware-facts A.2).
DEFAULTS: dict[int, bytes] = {
    0x01: bytes((0x2B, 0x01, 0x00)), 0x03: b"\x00", 0x04: bytes((0x41, 0xA8, 0x32)),
    0x0C: bytes((0x8B, 0x9C, 0x96, 0x0F)), 0x10: b"\x00", 0x11: b"\x03", 0x18: b"\x80", 0x1A: b"\x7f",
    0x21: b"\x00\x00", 0x22: b"\xff", 0x2C: b"\x00", 0x32: bytes(LUT_LENGTH), 0x37: bytes(10), 0x3C: b"\xc0",
    0x3F: b"\x00", 0x41: b"\x00\x00\x00", 0x44: bytes((0x00, 0x31)), 0x45: bytes((0x00, 0x00, 0x2B, 0x01)),
    0x46: b"\x00", 0x47: b"\x00", 0x4E: b"\x00", 0x4F: b"\x00\x00",
}  # fmt: skip


def phases(lut: bytes, table: int) -> list[tuple[int, int]]:
    """The phases of table 0 (LUTC) to 4 in a 227-byte register LUT, in order: (frames, VS code), repeats
    written out.

    A group is RP, four phases (VS in bits 7 and 6, frames below), SR of the first two, SR of the others.
    Counts are as written: 1 is once, 0 is left out. The waveform of 4 greys for GDEY042T81 then has 260
    frames, 5.2 s at 50 Hz, and its author measured 5.403 s with power-on and power-off (GxEPD2_4G); with one
    more each it would be 14.6 s."""
    found: list[tuple[int, int]] = []
    for group in range(GROUPS):
        start = _TABLE_BYTES * table + _GROUP_BYTES * group
        repeat, a, b, c, d, repeat_ab, repeat_cd = lut[start : start + _GROUP_BYTES]
        once = [(a, b)] * repeat_ab + [(c, d)] * repeat_cd
        once_flat = [(phase & 0x3F, phase >> 6) for pair in once for phase in pair if phase & 0x3F]
        if once_flat:
            found += once_flat * min(repeat, MOST_STEPS // len(once_flat))
    return found[:MOST_STEPS]


def decoded(lut: bytes, reverses_rows: bool) -> tuple[Step, ...] | None:
    """The waveform in a 227-byte register LUT; None for a frame rate that is not known.

    The tables after LUTC are those of planes (26h, 24h) 11, 10, 01, 00, so of white that stays white first.
    Waveshare's, GxEPD2_4G's and Adafruit's grey levels agree on it, each with another coding of the planes;
    bb_epaper labels them so. (GxEPD2_4G inverts twice, in 21h and in what it sends.) The other order is a
    variant all the same (hardware-facts A.4).
    """
    rate_hz = FRAME_RATES_HZ.get(lut[_RATE] & 0x0F)
    if rate_hz is None:
        return None
    tables = [phases(lut, table) for table in range(1 + ROWS)]
    rows = tables[1:] if reverses_rows else tables[:0:-1]
    return merged(rows, tables[0], round(1e9 / rate_hz))


def _celsius(value: bytes) -> int:
    return value[0] - 256 if value[0] > 127 else value[0]


def _as_wired(picture: NDArray[Pixel], _option: bytes, /) -> NDArray[Pixel]:
    return picture


SILICON = Silicon(
    width=400,
    height=300,
    defaults=DEFAULTS,
    # 21h and 41h act on their first byte; vendors' drivers omit the rest, so that is not an error.
    shortest={0x21: 1, 0x41: 1},
    celsius=_celsius,
    sensed=lambda celsius: bytes((celsius & 0xFF,)),
    decoded=decoded,
    kept_by_rst={},
    mount=_as_wired,
    turned=False,
)


class Ssd1683(Ssd16xx):
    """SSD1683: two planes of 400 x 300, mapped to the glass one to one."""

    def __init__(
        self,
        clock: Clock,
        glass: Glass,
        *,
        film: Film = GDEY042T81,
        temperature_c: float = 25.0,
        seed: int = 1,
    ) -> None:
        super().__init__(clock, glass, SILICON, film, temperature_c=temperature_c, seed=seed)
