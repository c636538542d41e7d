"""public_waveforms: register waveforms of public drivers, as their numbers; facts, each with its source."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Sequence

Group = tuple[int, int, int, int, int, int, int]
"""RP, four phases (VS in bits 7 and 6, frames below), SR of phases A and B, SR of C and D (SSD1683 section
6.7)."""


def grouped(tables: Sequence[Sequence[Group]], rate: int) -> bytes:
    """227 bytes of an SSD1683: LUTC and four rows, each filled up to six groups, the frame rate code, XON."""
    filled = [[*groups, *[(0,) * 7] * (6 - len(groups))] for groups in tables]
    return (
        bytes(byte for groups in filled for group in groups for byte in group)
        + bytes(14)
        + bytes((rate, 0, 0))
    )


_TAIL: tuple[Group, ...] = ((1, 0, 0, 0, 0, 1, 1), (1, 0, 0, 0, 0, 1, 1))
_LIFT: Group = (5, 0x4A, 0x01, 0x8A, 0x01, 1, 1)
FOUR_GREYS = grouped(
    [
        [(1, 10, 27, 15, 3, 1, 1), (5, 10, 1, 10, 1, 1, 1), (5, 8, 3, 2, 4, 1, 1), (1, 4, 4, 2, 0, 1, 1), *_TAIL],
        [(1, 0x0A, 0x1B, 0x0F, 3, 1, 1), _LIFT, (5, 0x48, 3, 0x82, 0x84, 1, 1), (1, 0x84, 0x84, 0x82, 0, 1, 1), *_TAIL],
        [(1, 0x0A, 0x1B, 0x8F, 3, 1, 1), _LIFT, (5, 0x48, 0x83, 0x82, 4, 1, 1), (1, 4, 4, 2, 0, 1, 1), *_TAIL],
        [(1, 0x8A, 0x1B, 0x8F, 3, 1, 1), _LIFT, (5, 0x48, 0x83, 2, 4, 1, 1), (1, 4, 4, 2, 0, 1, 1), *_TAIL],
        [(1, 0x8A, 0x9B, 0x8F, 3, 1, 1), _LIFT, (5, 0x48, 3, 0x42, 4, 1, 1), (1, 4, 4, 0x42, 0, 1, 1), *_TAIL],
    ],
    rate=2,
)  # fmt: skip
"""Good Display's table of four greys for GDEY042T81, in ZinggJM/GxEPD2_4G de00616 (`lut_4G`),
adafruit/Adafruit_EPD 0c643e3 (ThinkInk_420_Grayscale4_MFGN.h) and waveshareteam/Pico_ePaper_Code c9bcd84
(EPD_4in2_V2.c). Tones from the first row on: white, light, dark, black. Its drivers set 3Fh 07, 03h 17, 04h
41 A8 32, 2Ch 30."""

BB_EPAPER_GREY = grouped(
    [
        [(1, 0x10, 0x10, 0x0A, 0x07, 1, 1)],
        [(1, 0x50, 0x90, 0x4A, 0x47, 1, 1)],
        [(1, 0x50, 0x90, 0x8F, 0x42, 1, 1)],
        [(1, 0x50, 0x90, 0x4F, 0x82, 1, 1)],
        [(1, 0x50, 0x90, 0x8A, 0x87, 1, 1)],
    ],
    rate=2,
)
"""bitbank2/bb_epaper 71f6e70 (`epd42b_init_gray`). Tones from the first row on: black, light, dark, white
(its `u8Colors_4gray` sends black as planes 11)."""


def _ssd1680(levels: Sequence[Sequence[int]], timing: dict[int, Group], rates: Sequence[int]) -> bytes:
    """153 bytes of an SSD1680: 12 level bytes of each of five LUTs; TP A, B, SR AB, TP C, D, SR CD, RP of 12
    groups; rates; XON."""
    groups = [timing.get(index, (0,) * 7) for index in range(12)]
    return (
        b"".join(bytes(row) + bytes(12 - len(row)) for row in levels)
        + bytes(byte for group in groups for byte in group)
        + bytes((*rates, 0, 0, 0))
    )


_FULL_ROWS = ((0x80, 0x66, 0, 0, 0, 0, 0, 0, 0x40), (0x10, 0x66, 0, 0, 0, 0, 0, 0, 0x20))
WAVESHARE_2IN9_FULL = _ssd1680(
    [*_FULL_ROWS, *_FULL_ROWS, ()],
    {
        0: (0x14, 8, 0, 0, 0, 0, 2),
        1: (10, 10, 0, 10, 10, 0, 1),
        8: (0x14, 8, 0, 1, 0, 0, 1),
        9: (0, 0, 0, 0, 0, 0, 1),
    },
    [0x44] * 6,
)
"""waveshareteam/e-Paper 86aa993, epd2in9_V2.py (`WS_20_30`); its driver sets 3Fh 22, 03h 17, 04h 41 00 32,
2Ch 36."""

WAVESHARE_2IN9_PARTIAL = _ssd1680(
    [(0x00, 0x40), (0x80, 0x80), (0x40, 0x40), (0x00, 0x80), ()],
    {0: (10, 0, 0, 0, 0, 0, 1), 1: (1, 0, 0, 0, 0, 0, 0), 2: (1, 0, 0, 0, 0, 0, 0)},
    [0x22] * 6,
)
"""The same file, `WF_PARTIAL_2IN9`; 3Fh 22, 03h 17, 04h 41 B0 32, 2Ch 36. GxEPD2_290_T94_V2 has it with a
repeat count of 2."""
