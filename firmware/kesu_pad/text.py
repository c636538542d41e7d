"""text: draws labels, glyph by glyph; each byte of a label is an index into a table of glyphs."""

# SPDX-License-Identifier: MIT
import native
from kesu_pad import geometry as g


def draw(frame, x, y, label, glyphs, rows):
    """Draw `label` with its top left at (x, y) in a font `rows` pixels high; return the x of its end."""
    narrow = rows >> 1
    narrow_bytes = rows * ((narrow + 7) >> 3)
    i = 0
    while i < len(label):
        glyph = glyphs[label[i]]
        width = narrow if len(glyph) == narrow_bytes else rows
        native.blit(frame, g.STRIDE, x, y, glyph, width)
        x += width
        i += 1
    return x


def number(frame, x, y, value, digits, glyphs, rows):
    """Draw `value` (0..9999), without leading zeros; `digits` is the label "0123456789"."""
    width = rows >> 1
    unit = 1000
    while unit:
        if value >= unit or unit == 1:
            native.blit(frame, g.STRIDE, x, y, glyphs[digits[value // unit % 10]], width)
            x += width
        unit //= 10
    return x


def hexadecimal(frame, x, y, value, digits, glyphs, rows):
    """Draw the four digits of `value` (0..65535); `digits` is the label "0123456789abcdef"."""
    width = rows >> 1
    shift = 12
    while shift >= 0:
        native.blit(frame, g.STRIDE, x, y, glyphs[digits[value >> shift & 15]], width)
        x += width
        shift -= 4
    return x
