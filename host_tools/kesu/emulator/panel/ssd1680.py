"""ssd1680: model of the 2.9 inch pad's panel controller, with either film that the module is sold with."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from numpy.typing import NDArray

from kesu.emulator.core.clock import Clock
from kesu.emulator.panel.glass import Glass
from kesu.emulator.panel.otp import Film, published
from kesu.emulator.panel.ssd16xx import Ssd16xx
from kesu.emulator.panel.ssd16xx_refresh import Pixel
from kesu.emulator.panel.ssd16xx_silicon import Silicon
from kesu.emulator.panel.ssd16xx_waveform import MOST_STEPS, ROWS, Step
from kesu.spec.controllers import CONTROLLERS

WIDTH, HEIGHT = 176, 296  # sources and gates of the chip; 22 bytes a gate
GLASS_SOURCES = 128

GDEY029T94 = published("2in9", "GDEY029T94")
WAVESHARE_V2 = published("2in9-v2", "Waveshare 2.9 V2")

# Register LUT (hardware-facts A.4): 5 LUTs of 12 groups, 2 bits for each of 4 phases; 12 times TP_A, TP_B,
# SR_AB, TP_C, TP_D, SR_CD, RP; one frame rate nibble for each group; XON.
LUT_LENGTH = 153
GROUPS = 12
_TIMING, _RATES = 60, 144
# Code 2 from the measured length of a known LUT (hardware-facts A.4); the others as on the SSD1683, whose
# codes agree there.
FRAME_RATES_HZ = CONTROLLERS["SSD1680"].frame_hz

# Parameter counts of the registers, with their values at power on (hardware-facts A.2).
DEFAULTS: dict[int, bytes] = {
    0x01: bytes((0x27, 0x01, 0x00)), 0x03: b"\x00", 0x04: bytes((0x41, 0xA8, 0x32)),
    0x0C: bytes((0x8B, 0x9C, 0x96, 0x0F)), 0x0F: b"\x00\x00", 0x10: b"\x00", 0x11: b"\x03", 0x18: b"\x80",
    0x1A: b"\x7f\xf0", 0x21: b"\x00\x00", 0x22: b"\xff", 0x2B: b"\x00\x00", 0x2C: b"\x00",
    0x32: bytes(LUT_LENGTH), 0x37: bytes(10), 0x3C: b"\xc0", 0x3F: b"\x00", 0x41: b"\x00",
    0x44: bytes((0x00, 0x15)), 0x45: bytes((0x00, 0x00, 0x27, 0x01)),
    0x46: b"\x00", 0x47: b"\x00", 0x4E: b"\x00", 0x4F: b"\x00\x00",
}  # fmt: skip


def decoded(lut: bytes, _reverses_rows: bool = False) -> tuple[Step, ...] | None:
    """The waveform in a 153-byte register LUT; None for a frame rate that is not known.

    Repeats are stored as n - 1. LUT0 to LUT3 are those of black that stays black, black to white, white to
    black and white that stays white, LUT4 is VCOM's (SSD1680 section 6.6; vendor's partial LUT)."""
    steps: list[Step] = []
    for group in range(GROUPS):
        start = _TIMING + 7 * group
        a, b, repeat_ab, c, d, repeat_cd, repeat = lut[start : start + 7]
        code = lut[_RATES + group // 2] >> (0 if group % 2 else 4) & 0x0F
        once = [(0, a), (1, b)] * (repeat_ab + 1) + [(2, c), (3, d)] * (repeat_cd + 1)
        timed = [(phase, frames) for phase, frames in once if frames]
        if not timed:
            continue
        if code not in FRAME_RATES_HZ:
            return None
        frame_ns = round(1e9 / FRAME_RATES_HZ[code])
        levels = [lut[which * GROUPS + group] for which in range(ROWS + 1)]
        for phase, frames in timed * min(repeat + 1, MOST_STEPS // len(timed)):
            first, second, third, fourth, com = (level >> (6 - 2 * phase) & 3 for level in levels)
            steps.append(Step(frames, frame_ns, (first, second, third, fourth), com))
    return tuple(steps[:MOST_STEPS])


def _celsius(value: bytes) -> int:
    """12 bits, two's complement, sixteenths of a degree; rounded down to whole degrees."""
    sixteenths = value[0] << 4 | value[1] >> 4
    return (sixteenths - 4096 if sixteenths > 2047 else sixteenths) // 16


def _sensed(celsius: int) -> bytes:
    sixteenths = celsius * 16 & 0xFFF
    return bytes((sixteenths >> 4, sixteenths << 4 & 0xFF))


def _as_wired(picture: NDArray[Pixel], option: bytes, /) -> NDArray[Pixel]:
    """The glass is connected to sources S8 to S135 and rotated: gate 0 is left, the last source on top.

    21h B7 makes S8 the first source of the RAM; without it the picture is shifted by 8 sources
    (hardware-facts A.6-9). The sense follows the vendor's demo, whose touch coordinates run along the gates
    and against the sources (C.1).
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
    decoded=decoded,
    # The vendor's demo pulses RST before each partial refresh and does not write 21h again, and its picture
    # is where that of the full refresh is (hardware-facts A.6-9). So bit 7 of its second byte is taken to
    # outlast RST, not a loss of power.
    kept_by_rst={0x21: b"\x00\x80"},
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
