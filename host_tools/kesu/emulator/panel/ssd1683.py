"""ssd1683: model of the 4.2 inch pad's panel controller, with its GDEY042T81 film."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.core.clock import NS_PER_MS, Clock
from kesu.emulator.panel.glass import Glass, Mask
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd16xx_update import Film

# GDEY042T81 as measured by GxEPD2 (hardware-facts A.5). The model takes the refresh figures for a whole update of
# a powered panel and adds power up and down, the worse case for a time bound. The normal waveform covers the film's
# working range; the vendor stored the fast flashing one at the value 110 (6Eh) (hardware-facts A.3).
GDEY042T81 = Film(
    "GDEY042T81",
    power_on_ns=96 * NS_PER_MS,
    power_off_ns=268 * NS_PER_MS,
    otp={
        "full": (range(0, 51), 2_000 * NS_PER_MS),
        "partial": (range(0, 51), 358 * NS_PER_MS),
        "fast": (range(100, 120), 1_140 * NS_PER_MS),
    },
)

# Register LUT (hardware-facts A.4): four LUTs of eight 7-byte groups, then the frame rate code.
LUT_LENGTH = 227
FRAME_RATES_HZ = {1: 25.0, 2: 50.0, 3: 75.0, 4: 100.0, 5: 125.0, 9: 37.5, 10: 62.5, 11: 87.5, 12: 112.5}

# Parameter counts of the registers, with their values at power on (hardware-facts A.2).
DEFAULTS: dict[int, bytes] = {
    0x01: bytes((0x2B, 0x01, 0x00)), 0x03: b"\x00", 0x04: bytes((0x41, 0xA8, 0x32)),
    0x0C: bytes((0x8B, 0x9C, 0x96, 0x0F)), 0x10: b"\x00", 0x11: b"\x03", 0x18: b"\x48", 0x1A: b"\x7f",
    0x21: b"\x00\x00", 0x22: b"\xff", 0x2C: b"\x00", 0x32: bytes(LUT_LENGTH), 0x37: bytes(10), 0x3C: b"\xc0",
    0x3F: b"\x00", 0x41: b"\x00\x00\x00", 0x44: bytes((0x00, 0x31)), 0x45: bytes((0x00, 0x00, 0x2B, 0x01)),
    0x46: b"\x00", 0x47: b"\x00", 0x4E: b"\x00", 0x4F: b"\x00\x00",
}  # fmt: skip


def custom_lut_ns(lut: bytes) -> int:
    """Length of the waveform in a 227-byte register LUT; 0 when it has no frames or an unknown frame rate."""
    rate_hz = FRAME_RATES_HZ.get(lut[224] & 0x0F)
    if rate_hz is None:
        return 0
    frames = max(
        sum(_group_frames(lut[at : at + 7]) for at in range(start, start + 56, 7))
        for start in range(0, 224, 56)
    )
    return round(frames / rate_hz * 1e9)


def _group_frames(group: bytes) -> int:
    """Frames of one group: repeats are stored as n - 1, a phase of zero frames is skipped."""
    repeat, a, b, c, d, repeat_ab, repeat_cd = group
    a, b, c, d = (phase & 0x3F for phase in (a, b, c, d))
    return (repeat + 1) * ((a + b) * (repeat_ab + 1) + (c + d) * (repeat_cd + 1))


def _celsius(value: bytes) -> int:
    return value[0] - 256 if value[0] > 127 else value[0]


def _as_wired(picture: Mask, _option: bytes) -> Mask:
    return picture


SILICON = Silicon(
    width=400,
    height=300,
    defaults=DEFAULTS,
    # 21h and 41h act on their first byte; vendors' drivers omit the rest, so that is not an error.
    shortest={0x21: 1, 0x41: 1},
    celsius=_celsius,
    sensed=lambda celsius: bytes((celsius & 0xFF,)),
    custom_ns=custom_lut_ns,
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
