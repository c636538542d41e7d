"""fonts: the glyphs that the pad's texts need, kept as BDF text in firmware/assets/fonts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.common.font_files import BOLD, lacking
from kesu.images.assets.outlines import rasterised
from kesu.images.assets.pcf import Pcf
from kesu.images.assets.strings import Text, parts

SOURCES = {12: ("shnmk12.pcf.gz", "shnm6x12a.pcf.gz"), 16: ("shnmk16.pcf.gz", "shnm8x16a.pcf.gz")}
FOLDER = Path("/usr/share/fonts/X11/misc")
LARGE = 48
"""The size whose glyphs are made from outlines (outlines.py)."""
COMMENT = "Subset of the Shinonome fonts (public domain, /efont/ project), made by `kesu dev assets`."
LARGE_COMMENT = (
    "Drawn from BIZ UDPGothic Bold by `kesu dev assets`. Copyright 2022 The BIZ UDGothic Project Authors, "
    "SIL Open Font License 1.1."
)
FILES = {12: "shinonome12.bdf", 16: "shinonome16.bdf", LARGE: "bizud48.bdf"}
"""Size of a text -> its font in assets/fonts."""
DIGITS = "0123456789"
NARROW = "".join(chr(code) for code in range(0x20, 0x7F))


@dataclass(frozen=True)
class Glyph:
    """One character: width in pixels and its rows, bit width-1 leftmost, 1 = ink."""

    width: int
    rows: tuple[int, ...]

    def packed(self) -> bytes:
        """Rows as native.blit takes them: MSB leftmost, 1 = white, padded to whole bytes with white."""
        stride = (self.width + 7) // 8
        padding = 8 * stride - self.width
        full = (1 << 8 * stride) - 1
        return b"".join((full ^ row << padding).to_bytes(stride, "big") for row in self.rows)


def wanted(texts: list[Text]) -> dict[int, str]:
    """Characters of each font, sorted: those of the texts, and ASCII or digits for values that are inserted."""
    found: dict[int, set[str]] = {size: set(NARROW) for size in SOURCES} | {LARGE: set(DIGITS)}
    for text in texts:
        for words in text.words.values():
            found[text.size] |= set("".join(parts(words)))
    return {size: "".join(sorted(characters)) for size, characters in found.items()}


def extract(texts: list[Text], assets: Path, folder: Path = FOLDER) -> list[Path]:
    """Write the subsets from Debian's fonts. Raises KesuError for a missing font or character."""
    characters_of = wanted(texts)
    large = assets / "fonts" / FILES[LARGE]
    large.write_text(_bdf(LARGE, LARGE_COMMENT, drawn(characters_of.pop(LARGE), LARGE)), encoding="ascii")
    written = [large]
    for base, characters in characters_of.items():
        names = SOURCES[base]
        if not all((folder / name).is_file() for name in names):
            raise KesuError(
                f"The fonts {' and '.join(names)} are not in {folder}.",
                hint="Install xfonts-shinonome; it is needed only when the texts change.",
                code=Exit.UNAVAILABLE,
            )
        wide, narrow = (Pcf(folder / name) for name in names)
        glyphs = {}
        for character in characters:
            ascii_ = character in NARROW
            width = base // 2 if ascii_ else base
            code = ord(character) if ascii_ else jis(character)
            rows = (narrow if ascii_ else wide).rows(code, width) if code is not None else None
            if rows is None:
                raise missing(character, base)
            glyphs[character] = Glyph(width, tuple(rows))
        path = assets / "fonts" / FILES[base]
        path.write_text(_bdf(base, COMMENT, glyphs), encoding="ascii")
        written.append(path)
    return written


def jis(character: str) -> int | None:
    """JIS X 0208 code of a character, row in the high byte; None when it has none."""
    try:
        code = character.encode("iso2022_jp")
    except UnicodeEncodeError:
        return None
    return code[3] << 8 | code[4] if code.startswith(b"\x1b$B") else None


def missing(character: str, size: int) -> KesuError:
    """The error for a character without a glyph."""
    return KesuError(
        f"There is no glyph for '{character}' (U+{ord(character):04X}) of size {size}.",
        hint="Run `kesu dev assets` after changing firmware/assets/strings.toml, or take another character.",
        code=Exit.DATA,
    )


def drawn(characters: str, size: int) -> dict[str, Glyph]:
    """Glyphs of outlines (outlines.py), by character. Raises KesuError for one that the font lacks."""
    for character in lacking(characters, BOLD):
        raise missing(character, size)
    return {
        character: Glyph(width, rows) for character, (width, rows) in rasterised(characters, size).items()
    }


def _bdf(base: int, comment: str, glyphs: dict[str, Glyph]) -> str:
    lines = [
        "STARTFONT 2.1",
        f"COMMENT {comment}",
        f"FONT {FILES[base].removesuffix('.bdf')}",
        f"SIZE {base} 75 75",
        f"FONTBOUNDINGBOX {base} {base} 0 0",
        f"CHARS {len(glyphs)}",
    ]
    for character, glyph in glyphs.items():
        stride = (glyph.width + 7) // 8
        padding = 8 * stride - glyph.width
        lines += [
            f"STARTCHAR U+{ord(character):04X}",
            f"ENCODING {ord(character)}",
            f"DWIDTH {glyph.width} 0",
            f"BBX {glyph.width} {base} 0 0",
            "BITMAP",
            *(f"{row << padding:0{2 * stride}X}" for row in glyph.rows),
            "ENDCHAR",
        ]
    return "\n".join([*lines, "ENDFONT"]) + "\n"


def read_bdf(path: Path) -> dict[str, Glyph]:
    """Glyphs of a subset, by character. Raises KesuError when it cannot be read."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        glyphs = {}
        for at, line in enumerate(lines):
            if line.startswith("ENCODING "):
                width, height = (int(word) for word in lines[at + 2].split()[1:3])
                padding = -width % 8
                rows = tuple(int(row, 16) >> padding for row in lines[at + 4 : at + 4 + height])
                glyphs[chr(int(line.split()[1]))] = Glyph(width, rows)
    except (OSError, ValueError, IndexError) as error:
        raise KesuError(
            f"The font {path} cannot be read: {error}.",
            hint="Write it again with `kesu dev assets`.",
            code=Exit.DATA,
        ) from error
    return glyphs
