"""ssd16xx_waveform: a waveform of an SSD16xx, step by step: which source voltage each row of its LUT asks
for.

A row is chosen for each pixel by its bits in the two planes, as 21h lets the waveform read them: index 2 *
old + new, so 0 is black that stays black, 1 black to white, 2 white to black, 3 white that stays white.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROWS = 4
VSS, VSH1, VSL, VSH2 = range(4)
"""VS codes of a phase (SSD1680 section 6.6, SSD1683 section 6.7)."""
MOST_STEPS = 4096
"""Steps of a waveform that are followed. Repeat counts can ask for a million; no public waveform has over a
hundred."""

Row = Sequence[tuple[int, int]]
"""Phases of one row in order, repeats written out: (frames, VS code)."""


@dataclass(frozen=True)
class Step:
    """Frames in which nothing changes. frame_ns: one scan of all gates. codes: VS code of each row. com: that
    of VCOM."""

    frames: int
    frame_ns: int
    codes: tuple[int, int, int, int]
    com: int = VSS

    @property
    def length_ns(self) -> int:
        """Duration of all its frames."""
        return self.frames * self.frame_ns


def length_ns(steps: Iterable[Step]) -> int:
    """Duration of a waveform."""
    return sum(step.length_ns for step in steps)


@dataclass(frozen=True)
class Rails:
    """Source voltages (04h) and VCOM (2Ch) in V. vcom_v None: as stored in the panel's OTP for its film."""

    vsh1_v: float = 15.0
    vsh2_v: float = 5.0
    vsl_v: float = -15.0
    vcom_v: float | None = 0.0

    def volts(self, step: Step) -> tuple[float, float, float, float]:
        """What each row's pixels see in a step: source minus the modulation of VCOM, V; without VCOM's DC
        level.

        VCOM's codes: 0 its DC level, 1 and 2 that level plus VSH1 or VSL, 3 floating (SSD1680 section
        6.6)."""
        source = (0.0, self.vsh1_v, self.vsl_v, self.vsh2_v)
        com = (0.0, self.vsh1_v, self.vsl_v, 0.0)[step.com]
        first, second, third, fourth = (source[code] - com for code in step.codes)
        return first, second, third, fourth


POWER_ON_RAILS = Rails()
OTP_RAILS = Rails(vcom_v=None)
"""What a load from OTP sets: the vendors' register tables for these panels have 15, 5 and -15 V, too."""


def rails_of(source: bytes) -> Rails:
    """The voltages that 04h (3 bytes) selects, without VCOM.

    VSH1, VSH2: 8Eh 2.4 V to CEh 8.8 V in 0.1 V, 23h 9 V to 4Bh 17 V in 0.2 V. VSL: 0Ah -5 V to 3Ah -17 V,
    0.25 V a code (SSD1680 and SSD1683 section 7). Other codes: no rail, 0 V.
    """
    return Rails(_high(source[0]), _high(source[1]), _low(source[2]))


def vcom_of(value: bytes) -> float:
    """The DC level that 2Ch selects: 08h -0.2 V to 78h -3 V, 1/40 V a code (the same)."""
    return -value[0] / 40


def _high(code: int) -> float:
    if 0x8E <= code <= 0xCE:
        return round(2.4 + 0.1 * (code - 0x8E), 1)
    return round(9.0 + 0.2 * (code - 0x23), 1) if 0x23 <= code <= 0x4B else 0.0


def _low(code: int) -> float:
    return -5.0 - 0.25 * (code - 0x0A) if 0x0A <= code <= 0x3A else 0.0


def merged(rows: Sequence[Row], com: Row, frame_ns: int) -> tuple[Step, ...]:
    """Steps of rows that have their own times, as on the SSD1683. A row that ends before the longest one is
    at VSS."""
    lists = [[*row] for row in (*rows, com)]
    steps: list[Step] = []
    while any(lists) and len(steps) < MOST_STEPS:
        frames = min(row[0][0] for row in lists if row)
        codes = tuple(row[0][1] if row else VSS for row in lists)
        steps.append(Step(frames, frame_ns, codes[:ROWS], codes[ROWS]))  # type: ignore[arg-type]  # four of them
        for row in lists:
            if row and row[0][0] == frames:
                row.pop(0)
            elif row:
                row[0] = (row[0][0] - frames, row[0][1])
    return tuple(steps)


def net_v_s(steps: Iterable[Step], row: int, rails: Rails = OTP_RAILS) -> float:
    """Charge ledger of one row over a waveform, V s: positive towards black."""
    return sum(rails.volts(step)[row] * step.length_ns / 1e9 for step in steps)
