"""font: BIZ UDGothic, the font of card, page and site; a character that it lacks is an error."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset

from kesu.common.errors import Exit, KesuError
from kesu.common.font_files import BOLD, FIXED, REGULAR, font_file, lacking, opened

__all__ = [
    "BOLD",
    "FIXED",
    "REGULAR",
    "font_file",
    "require_glyphs",
    "visible",
    "without_glyph",
    "write_subset",
]

ALWAYS = frozenset(map(chr, range(0x20, 0x7F)))
"""Characters of every subset: the page composes figures and names at run time."""
UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
"""Categories of characters that have no picture: line ends, joiners."""


def visible(text: str) -> set[str]:
    """The visible characters of a text."""
    return {character for character in text if unicodedata.category(character) not in UNSEEN}


def without_glyph(text: str, name: str = REGULAR) -> list[str]:
    """The characters of a text that the font lacks, sorted."""
    return lacking(visible(text), name)


def require_glyphs(texts: Iterable[tuple[str, str]], name: str = REGULAR) -> None:
    """Raise KesuError that names every missing character and its place.

    texts: pairs of a place, for the message, and the text there.
    """
    found = [
        f"{place}: {' '.join(f'{character} (U+{ord(character):04X})' for character in lacking)}"
        for place, text in texts
        if (lacking := without_glyph(text, name))
    ]
    if found:
        raise KesuError(
            f"{name} has no glyph for {'; '.join(found)}.",
            hint="Write it in other characters.",
            code=Exit.DATA,
        )


def write_subset(text: str, name: str, out: Path) -> None:
    """A WOFF2 file with the glyphs of `text` and of ASCII. Raises KesuError when the font lacks one of them.

    The licence (SIL Open Font License) stays in the font's own table of names, as it allows.
    """
    require_glyphs([(out.name, text)], name)
    options = subset.Options(flavor="woff2", hinting=False, name_IDs=["*"], notdef_outline=True)
    options.drop_tables += ["meta"]  # the languages of the full font
    with opened(font_file(name)) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(visible(text) | ALWAYS)))
        subsetter.subset(font)
        out.parent.mkdir(parents=True, exist_ok=True)
        subset.save_font(font, out, options)
