"""samples: rows of digits, kana and kanji in a given size in mm, laid out on pages of a panel."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import random
from dataclasses import dataclass
from math import pi, sin

from kesu.emulator.panel.glass import Glass
from kesu.emulator.touch import handwriting
from kesu.emulator.touch.pen import Point, path_lengths
from kesu.spec.panels import PANELS

# Characters of call notes. Rows are drawn from them at random: in words, or in the order of the syllabary, the
# recogniser's language model would guess characters that it cannot see.
KINDS: dict[str, str] = {
    "digits": "0123456789",
    "hiragana": "あいうえおかきくけこさしすせそたちつてとなにぬねの"
    "はひふへほまみむめもやゆよらりるれろわをん",
    "katakana": "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
    "ハヒフヘホマミムメモヤユヨラリルレロワヲン",
    "kanji": "山田太郎佐藤鈴木高橋中村小林加渡辺伊東京都大阪電話番号折返担当件名至急契約住所変更解注文確認",
}

STRIP_PX = 28
"""Rows of the status strip at the bottom, which has a field to undo strokes."""
LINE_PITCH = 1.45
MARGIN_PX = 8.0

# A hand's own tremor has 8 to 12 Hz; under a pen at 30 to 80 mm/s that is a period of 3 to 8 mm on the glass.
TREMOR_PERIODS_MM = (3.0, 8.0)
_WAVES = 2


@dataclass(frozen=True)
class Row:
    """One row of characters of one kind, the top left corner and height of its characters in px."""

    kind: str
    text: str
    left: float
    top: float
    height_px: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Pixels (left, top, right, bottom) that the row and a margin around it take."""
        width = handwriting.width(self.text, self.height_px)
        margin = 0.2 * self.height_px
        return (
            max(0, round(self.left - margin)),
            max(0, round(self.top - margin)),
            round(self.left + width + margin),
            round(self.top + self.height_px + margin),
        )

    def strokes(self, tremor_px: float, generator: random.Random, pitch_mm: float) -> list[list[Point]]:
        """The strokes of the row as written by a hand with a tremor of that amplitude."""
        written = handwriting.strokes(self.text, self.left, self.top, self.height_px)
        return [_shaken(stroke, tremor_px, generator, pitch_mm) for stroke in written]


def panel_pitch_mm(glass: Glass) -> float:
    """Pixel pitch of the panel that this glass belongs to."""
    (found,) = {panel.pitch_mm for panel in PANELS.values() if panel.width == glass.width}
    return found


def pages(glass: Glass, size_mm: float, per_kind: int, seed: int) -> list[list[Row]]:
    """`per_kind` characters of each kind, `size_mm` high, as rows on as many pages as they need."""
    height = size_mm / panel_pitch_mm(glass)
    generator = random.Random(f"sample {size_mm} {seed}")
    longest = glass.width - 2 * MARGIN_PX
    made: list[list[Row]] = [[]]
    top = MARGIN_PX
    for kind, letters in KINDS.items():
        left_over = _drawn(letters, per_kind, generator)
        while left_over:
            if made[-1] and top + height > glass.height - STRIP_PX - MARGIN_PX / 2:
                made.append([])
                top = MARGIN_PX
            count = len(left_over)
            while handwriting.width(left_over[:count], height) > longest:
                count -= 1
            made[-1].append(Row(kind, left_over[:count], MARGIN_PX, top, height))
            left_over = left_over[count:]
            top += LINE_PITCH * height
    return made


def _drawn(letters: str, count: int, generator: random.Random) -> str:
    """`count` characters; each of `letters` is used once before any is repeated."""
    bag: list[str] = []
    while len(bag) < count:
        bag += generator.sample(letters, len(letters))
    return "".join(bag[:count])


def _shaken(
    stroke: list[Point], amplitude_px: float, generator: random.Random, pitch_mm: float
) -> list[Point]:
    """The stroke with sine waves along its path added on each axis, which sum up to the amplitude."""
    if amplitude_px <= 0:
        return stroke
    waves = [
        [
            (generator.uniform(*TREMOR_PERIODS_MM) / pitch_mm, generator.uniform(0, 2 * pi))
            for _ in range(_WAVES)
        ]
        for _axis in "xy"
    ]

    def offset(axis: int, along_px: float) -> float:
        return sum(
            amplitude_px / _WAVES * sin(2 * pi * along_px / period + phase) for period, phase in waves[axis]
        )

    return [
        (x + offset(0, along), y + offset(1, along))
        for (x, y), along in zip(stroke, path_lengths(stroke), strict=True)
    ]
