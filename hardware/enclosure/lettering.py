"""lettering: legends of the keys, sunk into the face: Latin letters in front of a key, Japanese to its right.

Latin letters are the dots of the pad's own font. Of the dots of a kanji a 0.4 mm nozzle leaves nothing: those are
outlines of the project's font (docs/records/0043), from top to bottom, as large as the face allows.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import measures as m
from build123d import Align, Part, Pos, Rectangle, Rot, Sketch, Text, extrude
from kesu.common.font_files import FIXED_BOLD, font_file

FONT = Path(__file__).parents[2] / "firmware" / "assets" / "fonts" / "shinonome12.bdf"
_MORE = 1.0
_OVERLAP = 0.04  # dots that touch at a corner only would leave an edge of four faces


def rows(character: str) -> list[str]:
    """Rows of a character of FONT, top first, as '1' and '0'; KeyError if the font lacks it."""
    text = FONT.read_text(encoding="ascii")
    for glyph in text.split("STARTCHAR")[1:]:
        lines = glyph.splitlines()
        fields = {line.split(" ")[0]: line.split(" ")[1:] for line in lines if " " in line}
        if int(fields["ENCODING"][0]) != ord(character):
            continue
        wide = int(fields["BBX"][0])
        bitmap = lines[lines.index("BITMAP") + 1 : lines.index("ENDCHAR")]
        return [f"{int(row, 16):0{4 * len(row)}b}"[:wide] for row in bitmap]
    raise KeyError(character)


def word(text: str) -> Sketch:
    """The word round the origin, a dot LETTER_DOT wide: bars, one for each run of dots."""
    lines = ["".join(parts) for parts in zip(*(rows(character) for character in text), strict=True)]
    used = [number for number, line in enumerate(lines) if "1" in line]
    dot, wide, middle = m.LETTER_DOT, len(lines[0]), (used[0] + used[-1]) / 2
    drawn = Sketch()
    for number in used:
        start = 0
        for run in lines[number].split("0"):
            if run:
                x = (start + len(run) / 2 - (wide - 1) / 2) * dot
                y = (middle - number) * dot
                drawn += Pos(x, y) * Rectangle(len(run) * dot + _OVERLAP, dot + _OVERLAP)
            start += len(run) + 1
    return drawn


LONG_SIGN = "ー"
"""Stands upright when it is written from top to bottom."""


def column(text: str) -> Sketch:
    """The word from top to bottom round the origin, each character as high as JAPANESE_HIGH allows."""
    drawn, high = Sketch(), m.JAPANESE_HIGH / len(text)
    size = min(high, m.JAPANESE_WIDE)
    for number, character in enumerate(text):
        y = ((len(text) - 1) / 2 - number) * high
        outline = Text(
            character,
            size * m.FONT_SIZE_OF_BOX,
            font_path=str(font_file(FIXED_BOLD)),
            align=(Align.CENTER, Align.CENTER),
        )
        turned = Rot(0, 0, 90) * outline if character == LONG_SIGN else outline
        drawn += Pos(0, y) * turned
    return drawn


def names() -> Part:
    """What the legends of the three keys take away from the face."""
    cut = Part()
    for key, (x, y) in m.KEYS.items():
        words = Pos(x, m.LETTER_Y) * word(m.LEGENDS[key]["en"])
        words += Pos(x + m.JAPANESE_RIGHT[key], y) * column(m.LEGENDS[key]["ja"])
        cut += Pos(0, 0, m.HEIGHT - m.LETTER_DEEP) * extrude(words, m.LETTER_DEEP + _MORE)
    return cut
