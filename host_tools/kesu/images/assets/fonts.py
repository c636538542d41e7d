"""fonts: the subset of Shinonome that the pad's texts need, kept as BDF text in firmware/assets/fonts."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.images.assets.pcf import Pcf
from kesu.images.assets.strings import Text

SOURCES = {12: ("shnmk12.pcf.gz", "shnm6x12a.pcf.gz"), 16: ("shnmk16.pcf.gz", "shnm8x16a.pcf.gz")}
FOLDER = Path("/usr/share/fonts/X11/misc")
ENLARGED = 3
BASE = {12: 12, 16: 16, 48: 16}
"""Size of a text -> size of the font that it is made from."""
NARROW = "".join(chr(code) for code in range(0x20, 0x7F))


@dataclass(frozen=True)
class Glyph:
    """One character: width in pixels and its rows, bit width-1 leftmost, 1 = ink."""

    width: int
    rows: tuple[int, ...]

    def enlarged(self) -> Glyph:
        """Three times the size, slopes smoothed by the Scale3x rules, which compare equal neighbours."""

        def at(x: int, y: int) -> int:
            inside = 0 <= x < self.width and 0 <= y < len(self.rows)
            return self.rows[y] >> (self.width - 1 - x) & 1 if inside else 0

        rows = []
        for y in range(len(self.rows)):
            wide = [0, 0, 0]
            for x in range(self.width):
                for row, three in enumerate(
                    _scale3x([at(x + i, y + j) for j in (-1, 0, 1) for i in (-1, 0, 1)])
                ):
                    wide[row] = wide[row] << 3 | three
            rows += wide
        return Glyph(ENLARGED * self.width, tuple(rows))

    def packed(self) -> bytes:
        """Rows as native.blit takes them: MSB leftmost, 1 = white, padded to whole bytes with white."""
        stride = (self.width + 7) // 8
        padding = 8 * stride - self.width
        full = (1 << 8 * stride) - 1
        return b"".join((full ^ row << padding).to_bytes(stride, "big") for row in self.rows)


def _scale3x(near: list[int]) -> tuple[int, int, int]:
    a, b, c, d, e, f, g, h, i = near
    if b == h or d == f:
        return (7 * e,) * 3
    nine = [
        d if d == b else e,
        b if (d == b and e != c) or (b == f and e != a) else e,
        f if b == f else e,
        d if (d == b and e != g) or (d == h and e != a) else e,
        e,
        f if (b == f and e != i) or (h == f and e != c) else e,
        d if d == h else e,
        h if (d == h and e != i) or (h == f and e != g) else e,
        f if h == f else e,
    ]
    top, middle, bottom = (nine[row] << 2 | nine[row + 1] << 1 | nine[row + 2] for row in (0, 3, 6))
    return top, middle, bottom


def wanted(texts: list[Text]) -> dict[int, str]:
    """Characters of each base font, sorted: those of the texts, and ASCII for values that the build inserts."""
    found: dict[int, set[str]] = {base: set(NARROW) for base in SOURCES}
    for text in texts:
        for words in text.words.values():
            found[BASE[text.size]] |= set(words)
    return {base: "".join(sorted(characters)) for base, characters in found.items()}


def extract(texts: list[Text], assets: Path, folder: Path = FOLDER) -> list[Path]:
    """Write the subset from Debian's fonts. Raises KesuError for a missing font or character."""
    written = []
    for base, characters in wanted(texts).items():
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
        path = assets / "fonts" / f"shinonome{base}.bdf"
        path.write_text(_bdf(base, glyphs), encoding="ascii")
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


def _bdf(base: int, glyphs: dict[str, Glyph]) -> str:
    lines = [
        "STARTFONT 2.1",
        "COMMENT Subset of the Shinonome fonts (public domain, /efont/ project), made by `kesu dev assets`.",
        f"FONT shinonome{base}",
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
