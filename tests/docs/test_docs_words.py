"""test_docs_words: the users' pages stay short, begin with what the reader does, and are apart from the contributors'.

The menu of the site (mkdocs.yml) says for whom a page is. Words of generated tables do not count.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_pages import words

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
USERS = ("Operators and trainers", "IT", "Testers and auditors")
CONTRIBUTORS = "Contributors"
USERS_MOST = 20_500
"""Half of the 41,000 words that all documents had when the limit was set."""
ALL_MOST = 41_700
"""Users' and contributors' pages together, without records and Japanese pages; 37,617 when the limit was set, 39,892
with the pages on showing ink and on Windows."""
OPENING_MOST = 100
"""Words of the first paragraph of a page."""


class _Menu(yaml.SafeLoader):
    """Reads mkdocs.yml; values with a tag, such as functions and variables of the environment, become None."""


_Menu.add_multi_constructor("", lambda loader, suffix, node: None)


def part_of(menu: list[dict[str, Any]]) -> dict[str, str]:
    """Page -> the part of the menu that it is in; other pages in the folder of a README belong to it."""
    found: dict[str, str] = {}
    for entry in menu:
        for part, pages in entry.items():
            if not isinstance(pages, list):
                continue
            for page in (name for one in pages for name in one.values() if isinstance(name, str)):
                found[page] = part
                folder = (DOCS / page).parent
                if page.endswith("/README.md"):
                    found.update({str(other.relative_to(DOCS)): part for other in folder.glob("*.md")})
    return found


def parts() -> dict[str, str]:
    return part_of(yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), _Menu)["nav"])


def english() -> list[str]:
    pages = (path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md")))
    return [str(page) for page in pages if page.parts[0] not in ("ja", "records")]


def written(pages: list[str]) -> int:
    return sum(words((DOCS / page).read_text(encoding="utf-8")) for page in pages)


def opening(text: str) -> str:
    """The first paragraph or block of code of a page, below its title and the link to the other language."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return next(block for block in blocks[1:] if not re.fullmatch(r"\[日本語\]\([^)]*\)", block))


USERS_PAGES = [page for page in english() if parts().get(page) in USERS]


def test_every_page_is_for_users_or_for_contributors() -> None:
    known = parts()
    assert {
        page: known.get(page) for page in english() if known.get(page) not in (*USERS, CONTRIBUTORS)
    } == {}
    assert {known[page] for page in english()} == {*USERS, CONTRIBUTORS}
    assert known["hil/dwell-time.md"] == known["hil/README.md"] == "Testers and auditors"


def test_the_pages_for_users_have_at_most_half_of_the_words_that_they_had() -> None:
    readme = words((ROOT / "README.md").read_text(encoding="utf-8"))
    users = written(USERS_PAGES) + readme
    everything = written(english()) + readme
    assert len(USERS_PAGES) > 20
    assert users <= USERS_MOST, "shorten, or move what only contributors need to their pages"
    assert everything <= ALL_MOST
    assert USERS_MOST // 2 < users < everything, "they are counted"


@pytest.mark.parametrize("page", USERS_PAGES)
def test_a_users_page_begins_with_what_its_reader_does(page: str) -> None:
    first = opening((DOCS / page).read_text(encoding="utf-8"))
    assert not re.match(r"#|\||!\[|<!--|[-*] ", first), (
        "a sentence or a command, not a heading, table, picture or list"
    )
    assert words(first) <= OPENING_MOST


def test_words_are_counted_and_generated_tables_are_not() -> None:
    made = "<!-- table: runs -->\n\n| a | b |\n|---|---|\n| one | two |\n\n<!-- end of table -->\n"
    assert words("# Title\n\nTwo words - and `a code`.\n") == 6
    assert words("# Title\n\n" + made) == 1
    assert words("# Title\n\n" + made.replace("<!-- table: runs -->", "")) > 4, "a table by hand counts"


def test_an_opening_is_found() -> None:
    assert opening("# T\n\n[日本語](ja/x.md)\n\nDo this.\n\n## More\n") == "Do this."
    assert opening("# T\n\n## More\n\nDo this.\n").startswith("##")


def test_a_page_that_is_in_no_part_is_found() -> None:
    menu: list[dict[str, Any]] = [{"Home": "index.md"}, {"IT": [{"A": "a.md"}, {"Phones": [{"B": "b.md"}]}]}]
    assert part_of(menu) == {"a.md": "IT"}
