"""pack: generates the firmware's modules with glyphs and texts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.assets.fonts import DIGITS, FILES, LARGE, Glyph, missing, read_bdf
from kesu.images.assets.icons import read_icons
from kesu.images.assets.strings import SIZES, Text, parts, read_strings
from kesu.spec.policy import LANGUAGES

BYTES_A_LINE = 16
HEXADECIMAL = "0123456789abcdef"


def text_modules(assets: Path, image_id: str = "00000000", version: str = "0") -> dict[str, str]:
    """Sources of `glyphs.py` and of `labels_LANGUAGE.py` for each language, by name without ending.

    GLYPHS_12 and _16 are tuples of frozen rows, sorted by character, for all languages; the large GLYPHS_48 are
    pieces of the texts, because letters of an outline font differ in width. ICON_NAME is the rows of an icon. A
    label NAME is the bytes of its indexes there and NAME_WIDTH its width in pixels; of a text with places for
    times, NAME is a tuple of its parts, without a width. image_id: 8 hexadecimal digits.
    Raises KesuError for a character without a glyph, which it names.
    """
    texts = read_strings(assets)
    texts += [Text("IMAGE_ID", 12, dict.fromkeys(LANGUAGES, f"{version} {image_id}"))]
    texts += [Text(f"DIGITS_{size}", size, dict.fromkeys(LANGUAGES, DIGITS)) for size in SIZES if size != 12]
    texts += [Text("DIGITS_12", 12, dict.fromkeys(LANGUAGES, HEXADECIMAL))]
    fonts = {size: read_bdf(assets / "fonts" / name) for size, name in FILES.items()}
    glyphs = ['"""glyphs: fonts of the pad, generated from firmware/assets by `kesu dev build`."""', ""]
    glyphs += ["# SPDX-License-Identifier: MIT"]
    labels = {
        language: [
            f'"""labels_{language}: texts of the pad, generated from firmware/assets by `kesu dev build`."""',
            "",
            "# SPDX-License-Identifier: MIT",
            "from micropython import const",
            "",
        ]
        for language in LANGUAGES
    }
    for size in SIZES:
        spelled = {
            (text.name, language): [_spelled(fonts[size], part, size) for part in parts(words)]
            for text in texts
            if text.size == size
            for language, words in text.words.items()
        }
        table = dict(
            sorted({key: glyph for line in spelled.values() for part in line for key, glyph in part}.items())
        )
        order = {key: number for number, key in enumerate(table)}
        if len(table) > 256:
            raise KesuError(
                f"The texts of size {size} use {len(table)} characters.",
                hint="At most 256 fit a byte: shorten them.",
                code=Exit.DATA,
            )
        glyphs.append(f"GLYPHS_{size} = (")
        for key, glyph in table.items():
            glyphs += [f"    # {key!r}", *_literal(glyph.packed(), "    ", ",")]
        glyphs.append(")")
        for (name, language), line in spelled.items():
            packed = [bytes(order[key] for key, _ in part) for part in line]
            labels[language] += _label(name, packed, sum(glyph.width for _, glyph in line[0]))
    for name, icon in read_icons(assets).items():
        glyphs += _bytes(f"ICON_{name}", icon.packed())
    modules = {"glyphs": glyphs} | {f"labels_{language}": lines for language, lines in labels.items()}
    return {name: "\n".join(lines) + "\n" for name, lines in modules.items()}


def _label(name: str, packed: list[bytes], width: int) -> list[str]:
    if len(packed) == 1:
        return [f"{name}_WIDTH = const({width})", *_bytes(name, packed[0])]
    return [f"{name} = (", *(line for part in packed for line in _literal(part, "    ", ",")), ")"]


def _spelled(font: dict[str, Glyph], text: str, size: int) -> list[tuple[str, Glyph]]:
    """The glyphs that make a text, each with a key that is the same for the same picture."""
    for character in text:
        if character not in font:
            raise missing(character, size)
    if size != LARGE or text == DIGITS:
        return [(character, font[character]) for character in text]
    return [(f"{text} {number}", piece) for number, piece in enumerate(pieces([font[c] for c in text], size))]


def pieces(letters: list[Glyph], size: int) -> list[Glyph]:
    """A line of letters cut to pieces as wide as high; the last one is half as wide if that is enough.

    The letters are in the middle of the pieces.
    """
    width = sum(letter.width for letter in letters)
    padded = -(-width * 2 // size) * (size // 2)
    lines = []
    for row in range(size):
        line = 0
        for letter in letters:
            line = line << letter.width | letter.rows[row]
        lines.append(line << (padded - width) // 2)
    cut = []
    for left in range(0, padded, size):
        wide = min(size, padded - left)
        cut.append(Glyph(wide, tuple(line >> padded - left - wide & (1 << wide) - 1 for line in lines)))
    return cut


def _hexadecimal(content: bytes) -> Iterable[str]:
    for start in range(0, len(content), BYTES_A_LINE):
        yield "".join(f"\\x{byte:02x}" for byte in content[start : start + BYTES_A_LINE])


def _literal(content: bytes, indent: str, end: str) -> list[str]:
    lines = [f'{indent}b"{part}"' for part in _hexadecimal(content)] or [f'{indent}b""']
    lines[-1] += end
    return lines


def _bytes(name: str, content: bytes) -> list[str]:
    return [f"{name} = (", *_literal(content, "    ", ""), ")"]
