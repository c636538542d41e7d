"""outlines: draws the pad's large glyphs from the outlines of BIZ UDPGothic Bold."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.common.font_files import BOLD, FIXED_BOLD, font_file

FINER = 8
"""A glyph is drawn so many times larger and then averaged: without hinting, FreeType's version changes nothing."""
FIXED = "0123456789"
"""Half as wide as high, because a number is drawn digit by digit (kesu_pad/text.py)."""


def rasterised(characters: str, size: int) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Width and rows of each character, bit width-1 leftmost, 1 = ink; a pixel is ink if half of it is."""
    return {
        character: _glyph(character, FIXED_BOLD if character in FIXED else BOLD, size)
        for character in characters
    }


def _glyph(character: str, name: str, size: int) -> tuple[int, tuple[int, ...]]:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(font_file(name), FINER * size, layout_engine=ImageFont.Layout.BASIC)
    width = round(font.getlength(character) / FINER)
    large = Image.new("L", (FINER * width, FINER * size), 0)
    ImageDraw.Draw(large).text((0, 0), character, fill=255, font=font)
    pixels = large.resize((width, size), Image.Resampling.BOX).tobytes()
    rows = (pixels[row * width : (row + 1) * width] for row in range(size))
    return width, tuple(int("".join("1" if pixel > 127 else "0" for pixel in row), 2) for row in rows)
