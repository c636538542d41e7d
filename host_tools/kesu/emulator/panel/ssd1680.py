"""ssd1680: model of the 2.9 inch pad's panel controller, with either film that the module is sold with."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.emulator.core.clock import NS_PER_MS, Clock
from kesu.emulator.panel.glass import Glass, Mask
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd16xx_update import Film

WIDTH, HEIGHT = 176, 296  # sources and gates of the chip; 22 bytes a gate
GLASS_SOURCES = 128

# Both as measured by GxEPD2 (hardware-facts A.5). 100 degrees (64h) is where GDEY029T94 keeps its fast waveform.
_NORMAL_C = range(0, 51)
GDEY029T94 = Film(
    "GDEY029T94",
    power_on_ns=95_900_000,
    power_off_ns=140 * NS_PER_MS,
    otp={
        # No published figure; this is that of GDEM029T94, the older film with the same controller.
        "full": (_NORMAL_C, 3_155 * NS_PER_MS),
        "partial": (_NORMAL_C, 362 * NS_PER_MS),
        "fast": (range(95, 120), 1_715 * NS_PER_MS),
    },
)
# The Waveshare 2.9 inch V2 has no partial waveform in its OTP, and none is known for 100 degrees.
WAVESHARE_V2 = Film(
    "Waveshare 2.9 V2",
    power_on_ns=95_900_000,
    power_off_ns=140 * NS_PER_MS,
    otp={"full": (_NORMAL_C, 4_012 * NS_PER_MS)},
)

# Register LUT (hardware-facts A.4): 5 LUTs of 12 groups, 2 bits for each of 4 phases; 12 times TP_A, TP_B,
# SR_AB, TP_C, TP_D, SR_CD, RP; one frame rate nibble for each group; XON.
LUT_LENGTH = 153
GROUPS = 12
_TIMING, _RATES = 60, 144
# Code 2 from the measured length of a known LUT (hardware-facts A.4); the others as on the SSD1683, whose codes
# agree there, within this chip's 25 to 200 Hz.
FRAME_RATES_HZ = {1: 25.0, 2: 50.0, 3: 75.0, 4: 100.0, 5: 125.0}
# VS codes: rails by their polarity. VSL turns this film white and VSH1 black (vendor's partial LUT).
_POLARITY = (0, 1, -1, 1)

# Parameter counts of the registers, with their values at power on (hardware-facts A.2).
DEFAULTS: dict[int, bytes] = {
    0x01: bytes((0x27, 0x01, 0x00)), 0x03: b"\x00", 0x04: bytes((0x41, 0xA8, 0x32)),
    0x0C: bytes((0x8B, 0x9C, 0x96, 0x0F)), 0x0F: b"\x00\x00", 0x10: b"\x00", 0x11: b"\x03", 0x18: b"\x48",
    0x1A: b"\x7f\xf0", 0x21: b"\x00\x00", 0x22: b"\xff", 0x2B: b"\x00\x00", 0x2C: b"\x00",
    0x32: bytes(LUT_LENGTH), 0x37: bytes(10), 0x3C: b"\xc0", 0x3F: b"\x00", 0x41: b"\x00",
    0x44: bytes((0x00, 0x15)), 0x45: bytes((0x00, 0x00, 0x27, 0x01)),
    0x46: b"\x00", 0x47: b"\x00", 0x4E: b"\x00", 0x4F: b"\x00\x00",
}  # fmt: skip


def phases(lut: bytes, which: int) -> list[tuple[int, int, float]]:
    """The phases of LUT `which` (0..4) in a 153-byte register LUT: (VS code, total frames, rate in Hz).

    An unknown rate is returned as 0.
    """
    found = []
    for group in range(GROUPS):
        levels = lut[which * GROUPS + group]
        start = _TIMING + 7 * group
        a, b, repeat_ab, c, d, repeat_cd, repeat = lut[start : start + 7]
        code = lut[_RATES + group // 2] >> (0 if group % 2 else 4) & 0x0F
        for index, (frames, inner) in enumerate(
            ((a, repeat_ab), (b, repeat_ab), (c, repeat_cd), (d, repeat_cd))
        ):
            if frames:
                total = frames * (inner + 1) * (repeat + 1)
                found.append((levels >> (6 - 2 * index) & 3, total, FRAME_RATES_HZ.get(code, 0.0)))
    return found


def net_drive_ns(lut: bytes, which: int) -> int:
    """Time at VSH1 minus time at VSL in LUT `which`: proportional to the net charge, as both are 15 V."""
    return round(
        sum(_POLARITY[level] * frames / rate * 1e9 for level, frames, rate in phases(lut, which) if rate)
    )


def custom_lut_ns(lut: bytes) -> int:
    """Length of the waveform in a 153-byte register LUT.

    0 when it cannot show a picture: no frames, an unknown frame rate, or LUT1 (black to white) and LUT2 (white
    to black) with a net drive of the wrong sign.
    """
    timed = phases(lut, 0)
    if not all(rate for _, _, rate in timed) or not (net_drive_ns(lut, 1) < 0 < net_drive_ns(lut, 2)):
        return 0
    return round(sum(frames / rate * 1e9 for _, frames, rate in timed))


def _celsius(value: bytes) -> int:
    """12 bits, two's complement, sixteenths of a degree; rounded down to whole degrees."""
    sixteenths = value[0] << 4 | value[1] >> 4
    return (sixteenths - 4096 if sixteenths > 2047 else sixteenths) // 16


def _sensed(celsius: int) -> bytes:
    sixteenths = celsius * 16 & 0xFFF
    return bytes((sixteenths >> 4, sixteenths << 4 & 0xFF))


def _as_wired(picture: Mask, option: bytes) -> Mask:
    """The glass is connected to sources S8 to S135 and rotated: gate 0 is left, the last source on top.

    21h B7 makes S8 the first source of the RAM; without it the picture is shifted by 8 sources (hardware-facts
    A.6-9). The sense follows the vendor's demo, whose touch coordinates run along the gates and against the
    sources (C.1).
    """
    first = 0 if option[1] & 0x80 else 8
    return picture[:, first : first + GLASS_SOURCES].T[::-1]


SILICON = Silicon(
    width=WIDTH,
    height=HEIGHT,
    defaults=DEFAULTS,
    # A driver may stop after the whole degrees of 1Ah, and after the first byte of 21h.
    shortest={0x21: 1, 0x1A: 1},
    celsius=_celsius,
    sensed=_sensed,
    custom_ns=custom_lut_ns,
    mount=_as_wired,
    turned=True,
)


class Ssd1680(Ssd16xx):
    """SSD1680: two planes of 176 x 296; the 296 x 128 glass shows 128 of the sources."""

    def __init__(
        self,
        clock: Clock,
        glass: Glass,
        *,
        film: Film = GDEY029T94,
        temperature_c: float = 25.0,
        seed: int = 1,
    ) -> None:
        super().__init__(clock, glass, SILICON, film, temperature_c=temperature_c, seed=seed)
