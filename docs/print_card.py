"""print_card: `./dev card [FOLDER]`, prints each card as a PDF of one page in the project's font."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from kesu.common.errors import Exit, KesuError
from kesu.demo.page.font import BOLD, FIXED, REGULAR, require_glyphs
from kesu.verify.evidence.printing import pages_of, printed

ROOT = Path(__file__).parents[1]
CARDS = ROOT / "docs" / "card"
FONTS = {BOLD, FIXED, REGULAR}


class _Text(HTMLParser):
    """Collects the text of a page, including its title and the descriptions of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in ("alt", "title") and value]


def text_of(page: Path) -> str:
    """The visible text of a card."""
    parser = _Text()
    parser.feed(page.read_text(encoding="utf-8"))
    parser.close()
    return "".join(parser.said)


def faults(pdf: bytes) -> list[str]:
    """Faults of a printed card: more than one page, another font than the project's."""
    found = []
    if (pages := pages_of(pdf)) != 1:
        found.append(f"it takes {pages} pages instead of one: shorten its text")
    fonts = {name.decode("ascii") for name in re.findall(rb"/FontName /(?:[A-Z]{6}\+)?([\w-]+)", pdf)}
    if not fonts or not fonts <= FONTS:
        named = ", ".join(sorted(fonts - FONTS)) or "no font"
        found.append(f"it is printed in {named} instead of BIZ UDPGothic: check `font-family` in card.css")
    return found


def print_card(page: Path, out: Path) -> None:
    """Print one card to `out`. Raises KesuError, and writes nothing, if the card is faulty."""
    require_glyphs([(page.name, text_of(page))])
    pdf = printed(page)
    if wrong := faults(pdf):
        raise KesuError(
            f"{page.name} is not printed: {'; '.join(wrong)}.", hint="No PDF was written.", code=Exit.DATA
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(pdf)


def main(folder: Path, cards: Path = CARDS) -> int:
    """Print every card in `cards` into `folder`. Returns 1 after the first faulty one."""
    for page in sorted(cards.glob("*.html")):
        out = folder / f"{page.stem}.pdf"
        try:
            print_card(page, out)
        except (KesuError, OSError) as error:
            hint = f" {error.hint}" if isinstance(error, KesuError) else ""
            print(f"card: {error}{hint}", file=sys.stderr)
            return 1
        print(f"card: printed {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
