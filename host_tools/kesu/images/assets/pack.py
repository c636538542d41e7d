"""pack: generates the firmware's modules with the texts and glyphs of one language."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.assets.fonts import BASE, Glyph, missing, read_bdf
from kesu.images.assets.icons import read_icons
from kesu.images.assets.strings import LANGUAGES, SIZES, filled, read_strings

BYTES_A_LINE = 16
DIGITS = "0123456789"


def text_modules(
    assets: Path, language: str, values: dict[str, int], image_id: str = "00000000"
) -> tuple[str, str]:
    """Sources of `kesu_pad/glyphs.py` and `kesu_pad/labels.py`.

    GLYPHS_12, _16 and _48 are tuples of frozen rows, sorted by character; ICON_NAME is the rows of an icon; a
    label NAME is the bytes of its indexes there and NAME_WIDTH its width in pixels. values: the policy's
    constants. image_id: 8 characters.
    Raises KesuError for a character without a glyph, which it names, and for an unknown language.
    """
    if language not in LANGUAGES:
        raise KesuError(f"There is no language '{language}'.", hint="Languages are: ja, en.", code=Exit.USAGE)
    texts, units = read_strings(assets)
    fonts = {base: read_bdf(assets / "fonts" / f"shinonome{base}.bdf") for base in set(BASE.values())}
    words = {
        text.name: (text.size, filled(text, language, values, units[language], image_id))
        for text in texts
        if text.name != "UNIT"
    }
    words |= {f"DIGITS_{size}": (size, DIGITS) for size in SIZES if size != 12}
    glyphs = ['"""glyphs: fonts of the pad, generated from firmware/assets by `kesu dev build`."""', ""]
    glyphs += ["# SPDX-License-Identifier: MIT"]
    labels = ['"""labels: texts of the pad, generated from firmware/assets by `kesu dev build`."""', ""]
    labels += ["# SPDX-License-Identifier: MIT", "from micropython import const", ""]
    for size in SIZES:
        characters = sorted(
            {character for height, text in words.values() if height == size for character in text}
        )
        table = {character: _glyph(fonts[BASE[size]], character, size) for character in characters}
        if len(characters) > 256:
            raise KesuError(
                f"The texts of size {size} use {len(characters)} characters.",
                hint="At most 256 fit a byte: shorten them.",
                code=Exit.DATA,
            )
        glyphs.append(f"GLYPHS_{size} = (")
        for character, glyph in table.items():
            glyphs += [f"    # {character!r}", *_literal(glyph.packed(), "    ", ",")]
        glyphs.append(")")
        for name, (height, text) in words.items():
            if height == size:
                width = sum(table[character].width for character in text)
                labels.append(f"{name}_WIDTH = const({width})")
                labels += _bytes(name, bytes(characters.index(character) for character in text))
    for name, icon in read_icons(assets).items():
        glyphs += _bytes(f"ICON_{name}", icon.packed())
    return "\n".join(glyphs) + "\n", "\n".join(labels) + "\n"


def _glyph(font: dict[str, Glyph], character: str, size: int) -> Glyph:
    if character not in font:
        raise missing(character, size)
    glyph = font[character]
    return glyph.enlarged() if size != BASE[size] else glyph


def _hexadecimal(content: bytes) -> Iterable[str]:
    for start in range(0, len(content), BYTES_A_LINE):
        yield "".join(f"\\x{byte:02x}" for byte in content[start : start + BYTES_A_LINE])


def _literal(content: bytes, indent: str, end: str) -> list[str]:
    lines = [f'{indent}b"{part}"' for part in _hexadecimal(content)]
    lines[-1] += end
    return lines


def _bytes(name: str, content: bytes) -> list[str]:
    return [f"{name} = (", *_literal(content, "    ", ""), ")"]
