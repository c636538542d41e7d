"""lettering: names of the keys, sunk into the face, in the dots of the pad's own font.

Latin letters only: of the dots of a kanji a 0.4 mm nozzle leaves nothing.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from pathlib import Path

import measures as m
from build123d import Part, Pos, Rectangle, Sketch, extrude

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


def names() -> Part:
    """What the names of the three keys take away from the face."""
    cut = Part()
    for key, (x, _) in m.KEYS.items():
        cut += Pos(x, m.LETTER_Y, m.HEIGHT - m.LETTER_DEEP) * extrude(word(key), m.LETTER_DEEP + _MORE)
    return cut
